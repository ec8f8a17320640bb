"""Mail: plain text over SMTP or, where no server is set, as `.eml` files in the outbox.

What became of a try is told by how it ends: it returns when the server took the mail, and raises Unreachable
(nothing was handed over), Busy (the server said not now), Refused (it said no) or InDoubt (nobody can know).
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path

from webapp.config import Config
from webapp.notify import kept_smtp, smtp
from webapp.notify.messages import Message


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one address. Subject and text must not tell what the person's plan is about."""

    to: str
    subject: str
    text: str
    message_id: str | None = None


def message_id_of(config: Config, delivery_id: int) -> str:
    """Name a delivery's mail in the sender's domain: the same however often it is asked, and telling nothing."""
    name = hmac.new(config.secret_key.encode(), f"message {delivery_id}".encode(), hashlib.sha256).hexdigest()[:40]
    return f"<{name}@{_sender(config).rpartition('@')[2] or 'localhost'}>"


def send(config: Config, message: Message, now: datetime) -> None:
    """Send a message as a mail, on a connection that is kept; see `post`."""
    text = " ".join(filter(None, (message.body, message.lead, message.link)))
    text += f"\n\n{message.footer}" if message.footer else ""
    _hand_over(config, Mail(message.to, message.title, f"{text}\n", message.message_id), now, keep=True)


def post(config: Config, mail: Mail, now: datetime) -> None:
    """Hand one mail over, on a connection of its own. `now` (aware) becomes its date.

    Raises Unreachable, Busy, Refused or InDoubt; ValueError for an address that can't be written into a header.
    """
    _hand_over(config, mail, now, keep=False)


def greet(config: Config) -> None:
    """Open the conversation with the mail server as before a mail, and close it again.

    Raises Unreachable or NotLetIn, with what went wrong as their cause; ValueError for an address that is none.
    """
    smtp.leave(smtp.connect(smtp.server(config.smtp_url or "")))


def _hand_over(config: Config, mail: Mail, now: datetime, keep: bool) -> None:
    message = _message(config, mail, now)
    if config.smtp_url is None:
        _keep(config.outbox, message, now)
    else:
        kept_smtp.hand_over(smtp.server(config.smtp_url), _sender(config), mail.to, message, keep=keep)


def _sender(config: Config) -> str:
    return parseaddr(config.mail_from)[1]


def _message(config: Config, mail: Mail, now: datetime) -> EmailMessage:
    message = EmailMessage(policy.SMTP if mail.to.isascii() else policy.SMTPUTF8)
    message["From"] = config.mail_from
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = mail.message_id or make_msgid(domain=_sender(config).rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"  # so that nobody's holiday note answers us (RFC 3834)
    message.set_content(mail.text)
    return message


def _keep(folder: Path, message: EmailMessage, now: datetime) -> None:
    """Write a whole file or none: it gets its name only when it is complete."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{now:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(8)}"
    draft = folder / f".{name}"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(message.as_bytes())
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / f"{name}.eml")
