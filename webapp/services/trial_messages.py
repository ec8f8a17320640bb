"""Send somebody a test message, so that they know reminders would reach them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from webapp.config import Config
from webapp.notify import CHANNELS, wording
from webapp.notify.email import InDoubt, Mail, NotSent
from webapp.queries.reminders import Address


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a test message at one address: "sent", "in_doubt" or "not_reached"."""

    address: str
    ending: str


def send(config: Config, addresses: Iterable[Address], language: str, now: datetime) -> list[Told]:
    """Send a test message to every address that is on. Takes as long as the mail server does; no transaction."""
    subject, text = wording.test_message(config.origin, language)
    return [Told(one.address, _ending(config, one, subject, text, now)) for one in addresses if one.off_at is None]


def _ending(config: Config, to: Address, subject: str, text: str, now: datetime) -> str:
    try:
        CHANNELS[to.channel](config, Mail(to.address, subject, text), now)
    except InDoubt:
        return "in_doubt"
    except (NotSent, ValueError, OSError):
        return "not_reached"
    return "sent"
