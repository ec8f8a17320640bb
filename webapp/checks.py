"""What `cairn check` looks at: configuration, database, backups, mail, push and clock, in plain words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webapp import db, migrations, setup
from webapp.config import Config, ConfigurationError, database_name
from webapp.guard import row_security

if TYPE_CHECKING:
    from sqlalchemy import Connection

RELEASED = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
"""No clock that is right says less than this."""

NOBODYS = (".localhost", ".local", ".test", ".example", ".invalid")
"""Where no mail is ever delivered (RFC 2606, RFC 6762)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `words` say what is right or what to do."""

    about: str
    well: bool
    words: str


def all_of(config: Config, now: datetime) -> list[Finding]:
    """Look at everything, whatever the first finding is."""
    looks: tuple[Callable[[Config, datetime], Iterator[Finding]], ...] = (
        _configuration,
        _database,
        _backups,
        _mail,
        _push,
        _ntfy,
        _clock,
    )
    return [finding for look in looks for finding in look(config, now)]


def _configuration(config: Config, now: datetime) -> Iterator[Finding]:
    words = f"{config.mode}, people reach it at {config.origin}, keys in {config.config}"
    yield Finding("configuration", True, words)
    if config.data == config.config:
        yield Finding("configuration", False, "Keys and database share a folder; set CAIRN_CONFIG to another one.")
    if not config.secure and config.host not in ("127.0.0.1", "localhost", "::1"):
        yield Finding("configuration", False, "Others can reach it without https; set an https CAIRN_ORIGIN.")


def _database(config: Config, now: datetime) -> Iterator[Finding]:
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    where = database_name(config)
    try:
        database = db.connect(config)
        with database.reading() as connection:
            if migrations.pending(connection):
                yield Finding("database", False, f"{where} has not been set up yet; `cairn serve` does it.")
                return
            if database.embedded and (wrong := connection.execute(text("PRAGMA quick_check")).scalar_one()) != "ok":
                yield Finding("database", False, f"{where} is damaged ({wrong}); restore a backup.")
                return
            if not database.embedded and (why := row_security.too_mighty(connection)):
                words = f"{where}: the role {database.role} {why}, so that row security does not bind it. "
                yield Finding("database", False, words + setup.HOW_TO_BIND)
            yield Finding("database", True, f"{where} opens and is up to date")
            if not database.embedded:
                yield _field_keys(connection)
            yield from _heartbeat(connection, now)
    except ConfigurationError as error:
        yield Finding("database", False, str(error))
    except db.DatabaseDown as error:
        what = "does not answer" if config.database_url else "can't be opened with its key, or is damaged"
        yield Finding("database", False, f"{where} {what}: {str(error).strip().splitlines()[0]}")
    except migrations.UnknownRevision:
        yield Finding("database", False, f"{where} was made by a newer Cairn.")
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
        yield Finding("database", False, f"{where} can't be opened: {cause}")


def _field_keys(connection: "Connection") -> Finding:
    from webapp import setup
    from webapp.keyring import NotOpened
    from webapp.models.secret import keyring

    try:
        setup.ensure_keys(connection)
    except NotOpened as error:
        return Finding("field keys", False, f"The field keys are not those of this database. {error}")
    return Finding("field keys", True, f"what people write is closed with key {keyring(connection.dialect).newest}")


def _heartbeat(connection: object, now: datetime) -> Iterator[Finding]:
    from webapp.queries.health import last_heartbeat

    beat = last_heartbeat(connection)  # type: ignore[arg-type]
    if beat is None:
        yield Finding("jobs", False, "The jobs have never run, so no reminder goes out; `cairn serve` starts them.")
    elif beat > now + timedelta(minutes=2):
        yield Finding("clock", False, "The jobs wrote a time that is still to come: a clock was or is wrong.")
    elif now - beat > timedelta(minutes=2):
        yield Finding("jobs", False, f"The jobs were last seen {now - beat} ago; reminders wait until they run.")
    else:
        yield Finding("jobs", True, "running")


def _backups(config: Config, now: datetime) -> Iterator[Finding]:
    from webapp import backups

    newest, place = backups.newest(config, now), backups.folder(config)
    days = (backups.tonight(now) - newest).days if newest else 0
    if newest is None:
        yield Finding("backups", False, f"There is no backup yet; the jobs make one every night in {place}.")
    elif days > 1:
        words = (
            f"The newest backup is {days} days old, and the jobs make one every night: do they run, is the disk full?"
        )
        yield Finding("backups", False, words)
    else:
        yield Finding("backups", True, f"the newest is of {newest}, in {place}")


def _mail(config: Config, now: datetime) -> Iterator[Finding]:
    if config.smtp_url is None:
        yield Finding("mail", True, f"no mail server is set: mails are kept as files in {config.outbox}")
        return
    from webapp.notify import email, smtp
    from webapp.notify.endings import NotLetIn, Unreachable

    try:
        server = smtp.server(config.smtp_url)
    except ValueError as error:
        yield Finding("mail", False, str(error))
        return
    where = f"{server.host}:{server.port}"
    try:
        email.greet(config)
        yield Finding("mail", True, f"the mail server at {where} answers")
    except NotLetIn:
        yield Finding("mail", False, f"the mail server at {where} refuses this name and password (CAIRN_SMTP_URL).")
    except Unreachable as error:
        yield Finding("mail", False, f"the mail server at {where} does not answer ({error.__cause__}).")


def _push(config: Config, now: datetime) -> Iterator[Finding]:
    from webapp.notify import push

    domain = parseaddr(config.mail_from)[1].rpartition("@")[2]
    if not config.secure and urlsplit(config.origin).hostname not in ("127.0.0.1", "localhost"):
        yield Finding("push", False, "Browsers take push messages over https only; set an https CAIRN_ORIGIN.")
    elif not config.secure:
        yield Finding("push", True, "reaches browsers on this machine; for phones, set an https CAIRN_ORIGIN")
    elif "." not in domain or domain.endswith(NOBODYS):
        words = f"Push services want an address they can write to, and {config.mail_from} is none; set CAIRN_MAIL_FROM."
        yield Finding("push", False, words)
    else:
        yield Finding("push", True, f"can reach phones; its public key is {push.public_key(config)}")


def _ntfy(config: Config, now: datetime) -> Iterator[Finding]:
    if config.ntfy_url is None:
        yield Finding("ntfy", True, "no ntfy server is set: nobody is reached that way")
        return
    from webapp.notify import ntfy
    from webapp.notify.endings import Unreachable

    try:
        ntfy.greet(config)
        yield Finding("ntfy", True, f"the ntfy server at {config.ntfy_url} answers")
    except Unreachable as error:
        yield Finding("ntfy", False, f"No ntfy server answers at {config.ntfy_url} ({error.__cause__ or error}).")


def _clock(config: Config, now: datetime) -> Iterator[Finding]:
    from zoneinfo import available_timezones

    if now < RELEASED:
        yield Finding("clock", False, f"The clock says {now:%Y-%m-%d}; that is before this release was made.")
    elif "America/New_York" not in available_timezones():
        yield Finding("clock", False, "The list of time zones is missing; install the tzdata package.")
    else:
        yield Finding("clock", True, f"{now:%Y-%m-%d %H:%M} UTC")
