"""The conversation with a mail server, step by step.

Until the text is handed over nothing is lost by beginning again. From its first byte on, silence means that nobody
knows whether the mail was taken.
"""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

from webapp.notify.endings import Busy, InDoubt, NotLetIn, Refused, Unreachable

TIMEOUT = 15
"""Seconds that one step may take."""

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, read from its address."""

    host: str
    port: int
    tls: str
    """"" (none), "starttls" or "at once" """
    user: str
    password: str


def server(url: str) -> Server:
    """Read `smtp://`, `smtp+starttls://` (or `?starttls`) and `smtps://user:password@host:port`.

    Raises ValueError for an address of another kind.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("CAIRN_SMTP_URL: it should look like smtps://name:password@mail.example:465")
    asked = parts.scheme == "smtp+starttls" or "starttls" in parse_qs(parts.query, keep_blank_values=True)
    return Server(
        host=parts.hostname,
        port=parts.port or PORTS["smtp+starttls" if asked else parts.scheme],
        tls="at once" if parts.scheme == "smtps" else "starttls" if asked else "",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def connect(to: Server) -> smtplib.SMTP:
    """Open the conversation. A server that will not let us in counts as not reached: no mail was refused.

    Raises Unreachable or NotLetIn, with what went wrong as their cause.
    """
    smtp: smtplib.SMTP | None = None
    try:
        if to.tls == "at once":
            # Without a context of our own, smtplib would take any certificate for the server's.
            context = ssl.create_default_context()
            smtp = smtplib.SMTP_SSL(to.host, to.port, timeout=TIMEOUT, context=context)
        else:
            smtp = smtplib.SMTP(to.host, to.port, timeout=TIMEOUT)
        if to.tls == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        if to.user:
            smtp.login(to.user, to.password)
        smtp.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException) as error:
        if smtp is not None:
            smtp.close()
        ending = NotLetIn if isinstance(error, smtplib.SMTPAuthenticationError) else Unreachable
        raise ending(f"mail server not reached: {type(error).__name__}") from error
    return smtp


def envelope(smtp: smtplib.SMTP, sender: str, recipient: str) -> None:
    """Say from whom and to whom, up to where the server waits for the text. Raises Unreachable, Busy or Refused."""
    options = [] if recipient.isascii() else ["SMTPUTF8"]
    if options and not smtp.has_extn("smtputf8"):
        raise Refused("the mail server takes no address with letters beyond ASCII")
    if options:
        smtp.command_encoding = "utf-8"
    _expect(_said(smtp.mail, sender, options), 250)
    _expect(_said(smtp.rcpt, recipient), 250, 251, 252)
    _expect(_said(smtp.docmd, "DATA"), 354)


def text_of(message: EmailMessage) -> bytes:
    """Write a mail as it goes over the wire, its end included."""
    return re.sub(rb"(?m)^\.", b"..", message.as_bytes()) + b".\r\n"


def data(smtp: smtplib.SMTP, text: bytes) -> None:
    """Hand the text over. Raises Busy or Refused for what the server says to it, InDoubt when it says nothing."""
    try:
        smtp.send(text)
        answer = smtp.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise InDoubt(f"no answer after the text was sent: {type(error).__name__}") from error
    _expect(answer, 250)


def leave(smtp: smtplib.SMTP) -> None:
    """Say goodbye; what was decided is decided, whatever the server says to it."""
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()


@contextmanager
def given_up_on_error(smtp: smtplib.SMTP) -> Iterator[None]:
    """End the conversation when something goes wrong in it."""
    try:
        yield
    except (Unreachable, InDoubt):  # nobody is there to say goodbye to
        smtp.close()
        raise
    except Exception:
        leave(smtp)
        raise


def _said(command: Callable[..., tuple[int, bytes]], *words: object) -> tuple[int, bytes]:
    try:
        return command(*words)
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(f"mail server lost: {type(error).__name__}") from error


def _expect(answer: tuple[int, bytes], *wanted: int) -> None:
    code = answer[0]
    if code not in wanted:
        # The server's words may quote the address; the ledger gets the number alone.
        raise (Refused if code >= 500 else Busy)(f"mail server answered {code}")
