"""Read back the mails that were kept as files, for a Cairn that has no mail server."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

MOST = 100


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


def forget(folder: Path, before: datetime) -> int:
    """Delete the mails kept before an instant (aware), and return how many; what is being written is left alone."""
    old = [path for path in folder.glob("*.eml") if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def forget_all_to(folder: Path, address: str) -> None:
    """Delete every mail that was kept for one address."""
    for path in folder.glob("*.eml"):
        if _read(path).to.casefold() == address.casefold():
            path.unlink(missing_ok=True)


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
