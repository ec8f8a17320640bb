"""One file per channel, each with the same small `send()`. Channels know nothing of plans or people.

`send(config, message, now)` returns when the other side took the message and raises one of `endings` otherwise.
Another channel is one more file, one more entry here, and one more word in `domain.deliveries.Channel`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from webapp.config import Config
from webapp.domain.deliveries import Channel
from webapp.notify import email, kept_smtp, ntfy, push
from webapp.notify.messages import Message

Send = Callable[[Config, Message, datetime], None]

CHANNELS: Mapping[str, Send] = {Channel.EMAIL: email.send, Channel.PUSH: push.send, Channel.NTFY: ntfy.send}
"""How to send on each channel."""


def close_idle() -> None:
    """Let go of what channels keep open for the next message. Whoever sends calls it when a round is over."""
    kept_smtp.close_idle()
