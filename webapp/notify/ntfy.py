"""ntfy: a notification through a server of that name, for phones without the browsers' push services.

Whoever knows a topic can read it, and the server keeps what it passes on: only neutral words go out.
"""

import json
import re
from datetime import datetime

from webapp.config import Config
from webapp.notify import http
from webapp.notify.endings import Gone, NotFound, Refused, Unreachable
from webapp.notify.messages import Message

TOPIC = re.compile(r"[-_A-Za-z0-9]{1,64}")
SOUND, SILENT = 3, 2
"""Priorities: what keeps for a day need not make a sound."""


def send(config: Config, message: Message, now: datetime) -> None:
    """Publish a message to the topic in `to`; see `http.post` for what it raises.

    As JSON, because headers would hold no letters beyond ASCII. A server from 2.16 on replaces an earlier message
    of the same tag; an older one shows both.
    """
    if config.ntfy_url is None:
        raise Unreachable("no ntfy server is set")
    if not TOPIC.fullmatch(message.to):
        raise Refused("not an ntfy topic")
    text = json.dumps(_json(message), ensure_ascii=False, separators=(",", ":")).encode()
    try:
        http.post(f"{config.ntfy_url}/", text, {"Content-Type": "application/json"}, now)
    except (NotFound, Gone) as error:
        # A topic is there as soon as it is written to, so that this says that the server's address is wrong.
        raise Unreachable(f"no ntfy server there: {error.reason}") from error


def greet(config: Config) -> None:
    """Ask the server how it is. Raises Unreachable when none answers, or something else than ntfy does."""
    status = http.reach(f"{config.ntfy_url}/v1/health")
    if status != 200:
        raise Unreachable(f"no ntfy server there: answered {status}")


def _json(message: Message) -> dict[str, object]:
    words = {"title": message.title, "message": message.neutral} if message.neutral else {"message": message.title}
    replaces = {"sequence_id": topic} if (topic := message.topic) else {}
    priority = SOUND if message.soon else SILENT
    return {"topic": message.to, **words, **replaces, "click": message.link, "priority": priority}
