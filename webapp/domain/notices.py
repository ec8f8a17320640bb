"""Notices: what people are told beside reminders, each once."""

from enum import StrEnum


class NoticeKind(StrEnum):
    """What a notice is about.

    sessions: the care team's sessions of tomorrow · look_back: the client's own week · review: the plan is due
    for a review · ending: a step ends soon.
    """

    SESSIONS = "sessions"
    LOOK_BACK = "look_back"
    REVIEW = "review"
    ENDING = "ending"
