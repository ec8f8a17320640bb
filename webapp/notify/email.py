"""Mail: plain text over SMTP or, where no server is set, as `.eml` files in the outbox.

What became of a try is told by how it ends: it returns when the server took the mail, and raises Unreachable
(nothing was handed over), Busy (the server said not now), Refused (it said no) or InDoubt (nobody can know).
"""

import hashlib
import hmac
import os
import re
import secrets
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from webapp.config import Config
from webapp.notify.endings import Busy, InDoubt, NotLetIn, Refused, Unreachable
from webapp.notify.messages import Message

TIMEOUT = 15
"""Seconds that one step of the conversation may take."""

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one address. Subject and text must not tell what the person's plan is about."""

    to: str
    subject: str
    text: str
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, read from its address."""

    host: str
    port: int
    tls: str
    """"" (none), "starttls" or "at once" """
    user: str
    password: str


def message_id_of(config: Config, delivery_id: int) -> str:
    """Name a delivery's mail in the sender's domain: the same however often it is asked, and telling nothing."""
    name = hmac.new(config.secret_key.encode(), f"message {delivery_id}".encode(), hashlib.sha256).hexdigest()[:40]
    return f"<{name}@{_sender(config).rpartition('@')[2] or 'localhost'}>"


def send(config: Config, message: Message, now: datetime) -> None:
    """Send a message as a mail; see `post`."""
    text = f"{message.body} {message.link}" + (f"\n\n{message.footer}" if message.footer else "")
    post(config, Mail(message.to, message.title, f"{text}\n", message.message_id), now)


def post(config: Config, mail: Mail, now: datetime) -> None:
    """Hand one mail over. `now` (aware) becomes its date.

    Raises Unreachable, Busy, Refused or InDoubt; ValueError for an address that can't be written into a header.
    """
    message = _message(config, mail, now)
    if config.smtp_url is None:
        _keep(config.outbox, message, now)
    else:
        _hand_over(server(config.smtp_url), _sender(config), mail.to, message)


def greet(config: Config) -> None:
    """Open the conversation with the mail server as before a mail, and close it again.

    Raises Unreachable or NotLetIn, with what went wrong as their cause; ValueError for an address that is none.
    """
    _leave(_connect(server(config.smtp_url or "")))


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


def _hand_over(server: Server, sender: str, to: str, message: EmailMessage) -> None:
    smtp = _connect(server)
    try:
        _envelope(smtp, sender, to)
        _data(smtp, message)
    finally:
        _leave(smtp)


def _connect(server: Server) -> smtplib.SMTP:
    """Open the conversation. A server that will not let us in counts as not reached: no mail was refused."""
    smtp: smtplib.SMTP | None = None
    try:
        if server.tls == "at once":
            # Without a context of our own, smtplib would take any certificate for the server's.
            context = ssl.create_default_context()
            smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
        if server.tls == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        if server.user:
            smtp.login(server.user, server.password)
        smtp.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException) as error:
        if smtp is not None:
            smtp.close()
        ending = NotLetIn if isinstance(error, smtplib.SMTPAuthenticationError) else Unreachable
        raise ending(f"mail server not reached: {type(error).__name__}") from error
    return smtp


def _envelope(smtp: smtplib.SMTP, sender: str, to: str) -> None:
    options = [] if to.isascii() else ["SMTPUTF8"]
    if options and not smtp.has_extn("smtputf8"):
        raise Refused("the mail server takes no address with letters beyond ASCII")
    if options:
        smtp.command_encoding = "utf-8"
    try:
        _expect(smtp.mail(sender, options), (250,))
        _expect(smtp.rcpt(to), (250, 251, 252))
        _expect(smtp.docmd("DATA"), (354,))
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(f"mail server lost: {type(error).__name__}") from error


def _data(smtp: smtplib.SMTP, message: EmailMessage) -> None:
    """Hand the text over; from the first byte on, silence means that nobody knows."""
    text = re.sub(rb"(?m)^\.", b"..", message.as_bytes())
    try:
        smtp.send(text + b".\r\n")
        answer = smtp.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise InDoubt(f"no answer after the text was sent: {type(error).__name__}") from error
    _expect(answer, (250,))


def _expect(answer: tuple[int, bytes], wanted: tuple[int, ...]) -> None:
    code = answer[0]
    if code not in wanted:
        # The server's words may quote the address; the ledger gets the number alone.
        raise (Refused if code >= 500 else Busy)(f"mail server answered {code}")


def _leave(smtp: smtplib.SMTP) -> None:
    """Say goodbye; what was decided is decided, whatever the server says to it."""
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()
