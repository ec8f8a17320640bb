"""One file per channel, each with the same small `send()`. Channels know nothing of plans or people."""

from collections.abc import Callable, Mapping
from datetime import datetime

from webapp.config import Config
from webapp.notify import email
from webapp.notify.email import Mail

Send = Callable[[Config, Mail, datetime], None]

CHANNELS: Mapping[str, Send] = {"email": email.send}
"""How to send on each channel; another channel is one more file and one more entry."""
