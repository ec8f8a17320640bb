"""What is sent: one shape for every channel, each of which uses the parts it can."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one endpoint. No part may tell what a plan is about unless the person chose that.

    `to` is the endpoint's address, `keys` a push subscription's. `link` is an address of ours. `footer` is for
    channels with room for it. `tag`: a later message with the same tag takes the place of an earlier one.
    `lasts`: how long it is of use. `answers` are the buttons of a notification, name and label; each is posted
    to `link`. `message_id` is a mail's and stays the same however often it is tried.
    """

    to: str
    title: str
    body: str
    link: str
    footer: str = ""
    tag: str = ""
    lasts: timedelta = timedelta(hours=2)
    answers: tuple[tuple[str, str], ...] = ()
    keys: Mapping[str, str] | None = field(default=None, repr=False)
    message_id: str | None = None
