"""Words for everything about oneself: what each table is called, and each column that people read.

A column without a name here is a mark for machines, and stands in the JSON alone; so does a table without one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from webapp.domain.sharing import Scope
from webapp.queries.own_data import OwnData, Row, refers
from webapp.views import edge, formats
from webapp.views.grants import scope_words
from webapp.views.people import page_words
from webapp.views.phrases import list_words, name_words, outcome_words, reason_words
from webapp.views.plan_words import noun_words
from webapp.views.translate import _


@dataclass(frozen=True, slots=True)
class Part:
    """One table to read: its title, the names of its columns, and its rows in words."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What a single row says, beside the names of the columns."""
        return [(head, said) for head, said in zip(self.heads, self.rows[0], strict=True) if said]


def titles() -> dict[str, str]:
    """Name the tables, in the order in which one reads them."""
    return {
        "people": _("Your account"),
        "client_information": _("What your plan says about you"),
        "looks": _("Who looked"),
        "sharing_grants": _("What you share, and with whom"),
        "assignments": _("Who works with you"),
        "supporter_links": _("Who supports you"),
        "contacts": _("People you can turn to"),
        "care_plans": _("Your plans"),
        "goals": _("Goals"),
        "objectives": _("Parts of your goals"),
        "action_steps": _("Steps"),
        "cadences": _("How often steps are for"),
        "check_ins": _("What was recorded"),
        "commitments": _("Promises"),
        "commitment_events": _("What was said about promises"),
        "coping_strategies": _("Coping strategies"),
        "signs": _("Triggers and warning signs"),
        "coping_uses": _("When you used them"),
        "plan_lines": _("Lists in your plan"),
        "team_members": _("Who stands in your plan"),
        "supports": _("Your support system"),
        "monitoring": _("How progress is seen"),
        "step_progress": _("Remarks on steps"),
        "plan_changes": _("What changed in your plan"),
        "sessions": _("Sessions"),
        "agenda_items": _("What you want to talk about"),
        "pauses": _("Pauses"),
        "bad_days": _("Small days"),
        "reminders": _("Your reminders"),
        "deliveries": _("What was sent to you"),
        "notices": _("Other mails that were made for you"),
        "endpoints": _("Where messages come"),
        "calendar_feeds": _("Your calendar address"),
        "invitations": _("Invitations"),
        "sign_ins": _("Where you were signed in"),
    }


def columns() -> dict[str, str]:
    """Name the columns that people read, in the order in which they stand beside each other."""
    when, what = _("When"), _("What")
    return {
        "at": when, "day": _("Day"), "on": _("Day"), "starts_at": _("Begins"), "starts_on": _("From"),
        "valid_from": _("From"), "ends_at": _("Until"), "ends_on": _("Until"), "valid_to": _("Until"),
        "by_id": _("Who"), "person_id": _("Who"), "supporter_id": _("Who"), "care_team_id": _("Who"),
        "step_id": _("Step"), "goal_id": _("Goal"), "strategy_id": _("Strategy"),
        "name": _("Name"), "called": _("Name to be called"), "email": _("E-mail"), "phone": _("Phone"),
        "relation": _("Relation"), "role": _("Role"), "discipline": _("Profession"), "how": _("How"),
        "page": what, "scope": what, "noun": what, "what": what, "verb": what, "outcome": what, "kind": _("Kind"),
        "state": _("How it stands"), "status": _("How it stands"),
        "text": _("Words"), "statement": _("Words"), "own_words": _("Your own words"), "words": _("Words"),
        "suggestion": _("Suggested change"), "vision": _("What it is all for"), "purpose": _("What for"),
        "reason": _("Why"), "why": _("Why"), "note": _("Note"), "message": _("Message"), "cue": _("When it is for"),
        "how_to": _("How to"), "smallest": _("Smallest version"), "time_of_day": _("Time of day"),
        "before": _("Before (0 to 10)"), "after": _("After (0 to 10)"), "helped": _("Did it help?"),
        "per_unit": _("For each"), "target_min": _("At least"), "times": _("Times"), "at_time": _("Time"),
        "born": _("Born"), "address": _("Address"), "stage_of_change": _("Stage of change"),
        "cultural_preferences": _("What matters in your culture"), "history": _("History"),
        "earlier_treatment": _("Earlier treatment"), "reasons_for_living": _("Reasons for living"),
        "substance_use_history": _("History about substance use"),
        "channel": _("Way"), "device": _("Device"), "place": _("Place"), "minutes": _("Minutes"),
        "time_zone": _("Time zone"), "language": _("Language"), "slot": _("Time"), "moved_to": _("Moved to"),
        "assigned_at": _("Since"), "joined_at": _("Since"), "granted_at": _("Given"), "created_at": _("Made"),
        "due_at": _("Due"), "sent_at": _("Sent"), "settled_at": _("Settled"), "reviewed_at": _("Reviewed"),
        "ended_at": _("Ended"), "withdrawn_at": _("Withdrawn"), "undone_at": _("Taken back"),
        "retired_at": _("Taken off the list"), "accepted_at": _("Accepted"),
        "measure": _("Measure"), "who": _("Who"), "how_often": _("How often"),
    }  # fmt: skip


def values() -> dict[str, Mapping[str, str]]:
    """Say the marks that stand in columns, where the mark itself is no word of the reader's language."""
    stands = {
        "active": _("in use"), "completed": _("completed"), "on_hold": _("on hold"), "retired": _("taken out"),
        "suggested": _("suggested"), "reached": _("reached"), "ended": _("ended"), "planned": _("planned"),
        "held": _("held"), "cancelled": _("called off"), "proposed": _("asked"), "accepted": _("promised"),
        "change_suggested": _("a change was suggested"), "declined": _("not possible"), "sent": _("sent"),
        "pending": _("waiting"), "claimed": _("waiting"), "sending": _("waiting"), "unknown": _("not sure"),
        "failed": _("not delivered"), "suppressed": _("not needed any more"),
    }  # fmt: skip
    return {
        "status": stands,
        "state": stands,
        "what": {
            "added": _("added"), "changed": _("changed"), "retired": _("let go"), "brought_back": _("taken up again"),
            "suggested": _("a change was suggested"), "suggested_step": _("suggested"), "settled": _("talked about"),
            "accepted": _("taken into the plan"), "imported": _("taken in from a file"),
        },
        "verb": {
            "proposed": _("asked"), "accept": _("promised"), "suggest": _("a change was suggested"),
            "decline": _("not possible"), "agree": _("agreed to the change"), "keep": _("asked to keep it as it was"),
            "ask_again": _("asked again"), "end": _("ended"),
        },
        "helped": {"yes": _("yes"), "a_little": _("a little"), "no": _("no")},
        "channel": {"email": _("mail"), "push": _("notification"), "ntfy": "ntfy"},
        "per_unit": {"day": _("day"), "week": _("week"), "month": _("month")},
        "kind": {
            "trigger": _("trigger"), "warning_sign": _("warning sign"), "strength": _("strength"),
            "preference": _("preference"), "concern": _("concern"), "crisis_step": _("in a crisis"),
            "review": _("review"), "professional": _("professional"), "natural_supporter": _("family or friend"),
            "target": _("any days"), "fixed": _("set days"), "once": _("once"), "as_needed": _("as needed"),
            "ongoing": _("nothing said"),
        },
        "role": {"client": _("client"), "supporter": _("supporter"), "care_team": _("care team"), "admin": _("admin")},
    }  # fmt: skip


def parts(data: OwnData) -> list[Part]:
    """Put the rows about the reader into words, table by table."""
    return _parts(data.whole, data)


def parts_elsewhere(data: OwnData) -> list[Part]:
    """Put what the reader did in other people's records into words."""
    return _parts(data.parts, data)


def _parts(tables: Mapping[str, tuple[Row, ...]], data: OwnData) -> list[Part]:
    named, said = columns(), values()
    found = []
    for name, title in titles().items():
        rows = tables.get(name, ())
        used = [one for one in named if any(row.get(one) not in (None, "", [], {}) for row in rows)]
        if used:
            told = tuple(tuple(_cell(name, one, row.get(one), data, said) for one in used) for row in rows)
            found.append(Part(title, tuple(named[one] for one in used), told))
    return found


_SPOKEN: dict[str, Callable[[str], str]] = {
    "outcome": outcome_words,
    "reason": reason_words,
    "page": page_words,
    "noun": noun_words,
}


def _cell(table: str, column: str, value: Any, data: OwnData, said: Mapping[str, Mapping[str, str]]) -> str:
    target = refers(table).get(column)
    if value is None:
        return ""
    if target is not None:
        return _name_of(target, value, data)
    if isinstance(value, str) and column in _SPOKEN:
        return _SPOKEN[column](value)
    if column == "scope":
        return scope_words(Scope(value), "client")[0]
    if isinstance(value, str):
        return said.get(column, {}).get(value, value)
    return plain(value)


def _name_of(table: str, number: int, data: OwnData) -> str:
    """Name what a row points to: a person, or another row of the reader's own."""
    if table == "people":
        return name_words(data.names.get(number, ""))
    row: Row = next((one for one in data.whole.get(table, ()) if one.get("id") == number), {})
    return str(row.get("own_words") or row.get("text") or row.get("statement") or row.get("name") or "")


def plain(value: Any) -> str:
    """Write a day, an instant in the reader's zone, a number, a yes or a list as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        local = value.astimezone(edge.actor().zone)
        return f"{formats.weekday_day(local.date(), year=True)}, {formats.clock(local.time())}"
    if isinstance(value, date):
        return formats.weekday_day(value, year=True)
    if isinstance(value, time):
        return formats.clock(value)
    if isinstance(value, list):
        return list_words([str(one) for one in value])
    return "" if isinstance(value, dict) else str(value)
