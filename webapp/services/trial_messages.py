"""Send somebody a test message, so that they know reminders would reach them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from webapp.config import Config
from webapp.notify import CHANNELS, close_idle, wording
from webapp.notify.endings import Gone, InDoubt, NotFound, NotSent
from webapp.notify.messages import Message
from webapp.queries.reminders import Address


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a test message at one endpoint: "sent", "in_doubt", "gone" or "not_reached"."""

    endpoint: Address
    ending: str


def send(
    config: Config, endpoints: Iterable[Address], language: str, now: datetime, neutral_name: bool = False
) -> list[Told]:
    """Send a test message to every endpoint that is on. Takes as long as the other side does; no transaction."""
    try:
        return [Told(one, _ending(config, one, language, now, neutral_name)) for one in endpoints if one.off_at is None]
    finally:
        close_idle()


def _ending(config: Config, to: Address, language: str, now: datetime, neutral_name: bool) -> str:
    text = wording.test_message(language)
    if neutral_name:
        text = wording.by_other_name(text, language)
    message = Message(
        to=to.address,
        title=text.title,
        body=text.body,
        neutral=text.neutral,
        lead=text.lead,
        footer=text.footer,
        language=language,
        link=f"{config.origin}/reminders",
        tag="test",
        again=True,
        keys=to.keys,
    )
    try:
        CHANNELS[to.channel](config, message, now)
    except InDoubt:
        return "in_doubt"
    except (Gone, NotFound):
        return "gone"
    except (NotSent, ValueError, OSError):
        return "not_reached"
    return "sent"
