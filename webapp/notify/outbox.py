"""Read back the mails that were kept as files, for a Cairn that has no mail server."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

MOST = 100
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept mail; `at` is aware."""

    name: str
    to: str
    subject: str
    text: str
    at: datetime


def kept(folder: Path, to: str | None = None) -> tuple[Kept, ...]:
    """List the newest mails first, at most a hundred; `to` keeps those addressed to one address."""
    names = sorted(folder.glob("*.eml"), reverse=True) if folder.is_dir() else []
    found: list[Kept] = []
    for path in names:
        mail = _read(path)
        if to is None or mail.to.casefold() == to.casefold():
            found.append(mail)
        if len(found) == MOST:
            break
    return tuple(found)


def forget(folder: Path, now: datetime) -> None:
    """Delete the mails that were kept long enough by `now` (aware). What is gone already is no matter."""
    for path in folder.glob("*.eml"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < (now - KEPT_FOR).timestamp():
                path.unlink()


def forget_all_to(folder: Path, address: str) -> None:
    """Delete every mail that was kept for one address."""
    for path in folder.glob("*.eml"):
        with suppress(FileNotFoundError):
            head = BytesHeaderParser(policy=policy.default).parsebytes(path.read_bytes())
            if str(head["To"]).casefold() == address.casefold():
                path.unlink()


def _read(path: Path) -> Kept:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    return Kept(
        name=path.stem,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=body.get_content().replace("\r\n", "\n") if body else "",
        at=message["Date"].datetime,
    )
