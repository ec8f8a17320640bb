"""What is sent: one shape for every channel, each of which uses the parts it can."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b

SOON = timedelta(hours=6)
"""What is of use for no longer than this should come at once, even to a phone that sleeps."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one endpoint. No part may tell what a plan is about unless the person chose that.

    `to` is the endpoint's address, `keys` a push subscription's. `title` is always neutral; `body` may hold the
    person's own words where they chose so, and `neutral` is the body for channels whose messages others might read
    (empty: there is none). `lead` are words that lead up to `link`, an address of ours, where it is shown.
    `footer` is for channels with room for it. `tag`: a later message with the same tag takes the place of an
    earlier one, without a sound unless it is said `again`: on purpose, not because the earlier one may have been
    lost on the way. `lasts`: how long it is of use. `answers` are the buttons of a notification, name and label; each
    is posted to `link`. `badge`: how many things wait, for the app's icon; None leaves it as it is. `language` is that
    of the words. `message_id` is a mail's and stays the same however often it is tried.
    """

    to: str
    title: str
    body: str
    link: str
    footer: str = ""
    tag: str = ""
    again: bool = False
    lasts: timedelta = timedelta(hours=2)
    answers: tuple[tuple[str, str], ...] = ()
    lead: str = ""
    neutral: str = ""
    language: str = ""
    badge: int | None = None
    keys: Mapping[str, str] | None = field(default=None, repr=False)
    message_id: str | None = None

    @property
    def soon(self) -> bool:
        """Whether it should come at once: it is of use for a few hours only."""
        return self.lasts <= SOON

    @property
    def topic(self) -> str:
        """The tag for other people's servers: 32 letters, digits, "-" and "_" that say nothing; "" without a tag."""
        return urlsafe_b64encode(blake2b(self.tag.encode(), digest_size=24).digest()).decode() if self.tag else ""
