"""Connections to the mail server that are kept for the next mail; never more than there are threads that send.

Greeting, encryption and signing in cost more than the mail itself. Whether a kept connection is still alive shows in
the envelope, before the text is handed over: a dead one is replaced, once, and the mail goes on. Keeping one never
makes a doubt.
"""

import smtplib
import time
from dataclasses import dataclass
from email.message import EmailMessage

from webapp.notify import smtp
from webapp.notify.endings import Busy, Unreachable
from webapp.notify.smtp import Server

IDLE = 20
"""Seconds without a mail after which a connection is not used again: servers don't wait for ever."""

MOST = 50
"""Mails on one connection; many servers take no more."""


@dataclass(slots=True)
class Conversation:
    """An open connection; `since` is when it was last of use, in seconds of the monotonic clock."""

    server: Server
    smtp: smtplib.SMTP
    mails: int = 0
    since: float = 0.0


_idle: list[Conversation] = []
"""Who is taken from here talks to one thread alone until put back. The last to come is the first to go, so that few
are kept busy. Lists are safe to push to and pop from in many threads."""


def hand_over(to: Server, sender: str, recipient: str, message: EmailMessage, *, keep: bool) -> None:
    """Hand one mail over: with `keep` on a connection that is kept before and after, else on one of its own.

    Raises Unreachable, Busy, Refused or InDoubt; after any of these the connection is given up.
    """
    text = smtp.text_of(message)
    held = _ready(to, sender, recipient) if keep else _begun(to, sender, recipient)
    with smtp.given_up_on_error(held.smtp):
        smtp.data(held.smtp, text)
    held.mails += 1
    held.since = time.monotonic()
    if keep and held.mails < MOST:
        _idle.append(held)
    else:
        smtp.leave(held.smtp)


def close_idle() -> None:
    """Hang up on the mail server where nobody is sending: a round of sending is over."""
    while (held := _taken()) is not None:
        smtp.leave(held.smtp)


def _taken() -> Conversation | None:
    try:
        return _idle.pop()
    except IndexError:
        return None


def _ready(to: Server, sender: str, recipient: str) -> Conversation:
    """Bring a conversation to where the server waits for the text: a kept one or, where that won't do, a new one."""
    held = _taken()
    if held is None:
        return _begun(to, sender, recipient)
    if held.server != to or time.monotonic() - held.since >= IDLE:
        held.smtp.close()  # no goodbye: who has gone away silently would let us wait for the answer to it
        return _begun(to, sender, recipient)
    try:
        with smtp.given_up_on_error(held.smtp):
            smtp.envelope(held.smtp, sender, recipient)
    except (Unreachable, Busy):  # "not now" may be said to this connection, which has carried enough
        return _begun(to, sender, recipient)
    return held


def _begun(to: Server, sender: str, recipient: str) -> Conversation:
    line = smtp.connect(to)
    with smtp.given_up_on_error(line):
        smtp.envelope(line, sender, recipient)
    return Conversation(to, line)
