"""Configuration: read once from `CAIRN_*` variables into a frozen dataclass."""

import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from webapp import keyring
from webapp.disk import drafted

FIELD_KEYS = "field.keys"
"""The file of these keys in CAIRN_CONFIG, where they are not set."""


class ConfigurationError(Exception):
    """The settings are not safe or not complete; the message says what to set, in plain words."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a running Cairn needs to know about where it stands.

    `mode` is `embedded` (one machine, encrypted SQLite, mails as files unless SMTP is set) or
    `production`. Folders are absolute. `origin` is the address people type, without a final slash.
    `vapid_key` is the secret number (hexadecimal) with which Cairn signs what it hands to push services;
    `database_owner_url` is how migrations reach the database of `database_url`, as the role that owns its tables.
    `field_keys` are the keys of what PostgreSQL keeps encrypted (keyring.py).
    `push_hosts` are such services beside the browsers' own. `ntfy_url` is an ntfy server, if one is used.
    `audit_key` (hexadecimal) seals who looked at whose record; it stands nowhere in the database.
    """

    mode: str
    data: Path
    config: Path
    origin: str
    host: str
    port: int
    secret_key: str = field(repr=False)
    database_url: str | None = field(repr=False)
    database_owner_url: str | None = field(repr=False)
    database_key: str = field(repr=False)
    audit_key: str = field(repr=False)
    field_keys: str = field(repr=False)
    smtp_url: str | None = field(repr=False)
    mail_from: str
    vapid_key: str = field(repr=False)
    push_hosts: tuple[str, ...]
    ntfy_url: str | None
    country: str
    proxies: int
    threads: int

    @property
    def production(self) -> bool:
        return self.mode == "production"

    @property
    def secure(self) -> bool:
        """Whether people reach Cairn over https, so that cookies may be bound to it."""
        return self.origin.startswith("https://")

    @property
    def outbox(self) -> Path:
        """Folder for `.eml` files, used where no SMTP server is set."""
        return self.data / "outbox"

    @property
    def checkpoints(self) -> Path:
        """File that says again and again where each chain of looks stood; only ever added to."""
        return self.data / "audit" / "checkpoints"

    @property
    def backups(self) -> Path:
        """Folder for backups of the database, of either kind."""
        return self.data / "backups"


def from_environment(env: Mapping[str, str] | None = None) -> Config:
    """Read the configuration, making folders and keys of an embedded Cairn on its first start.

    Raises ConfigurationError when a setting is not understood, or when production would be unsafe.
    """
    env = os.environ if env is None else env
    mode = env.get("CAIRN_MODE", "embedded")
    if mode not in ("embedded", "production"):
        raise ConfigurationError(f"CAIRN_MODE is {mode!r}; it can be 'embedded' or 'production'.")
    home = Path(env.get("HOME") or Path.home())
    config_dir = _folder(env, "CAIRN_CONFIG", env.get("XDG_CONFIG_HOME"), home / ".config")
    data_dir = _folder(env, "CAIRN_DATA", env.get("XDG_DATA_HOME"), home / ".local" / "share")
    if mode == "production":
        _refuse_unsafe(env, {"CAIRN_CONFIG": config_dir, "CAIRN_DATA": data_dir})
    port, proxies, threads = _numbers(env)
    return Config(
        mode=mode,
        data=data_dir,
        config=config_dir,
        origin=env.get("CAIRN_ORIGIN", f"http://127.0.0.1:{port}").rstrip("/"),
        host=env.get("CAIRN_HOST", "127.0.0.1"),
        port=port,
        secret_key=env.get("CAIRN_SECRET_KEY") or _kept_key(config_dir / "secret.key"),
        database_url=env.get("CAIRN_DATABASE_URL") or None,
        database_owner_url=env.get("CAIRN_DATABASE_OWNER_URL") or None,
        database_key=env.get("CAIRN_DATABASE_KEY") or _kept_key(config_dir / "database.key"),
        audit_key=_hex_key(env, "CAIRN_AUDIT_KEY", config_dir / "audit.key"),
        field_keys=_field_keys(env, config_dir),
        smtp_url=env.get("CAIRN_SMTP_URL") or None,
        mail_from=env.get("CAIRN_MAIL_FROM", "Cairn <cairn@localhost>"),
        vapid_key=_hex_key(env, "CAIRN_VAPID_KEY", config_dir / "vapid.key"),
        push_hosts=_push_hosts(env),
        ntfy_url=_ntfy_url(env),
        country=_country(env),
        proxies=proxies,
        threads=threads,
    )


def _refuse_unsafe(env: Mapping[str, str], folders: Mapping[str, Path]) -> None:
    """Raise ConfigurationError with everything that is wrong at once, so that nobody starts five times."""
    wrong = [*_unsafe(env), *_open_to_others(folders)]
    for read in (_country, _push_hosts, _ntfy_url, _numbers):
        try:
            read(env)
        except ConfigurationError as error:
            wrong.append(str(error))
    if wrong:
        raise ConfigurationError("Cairn will not start in production:\n- " + "\n- ".join(wrong))


def _unsafe(env: Mapping[str, str]) -> Iterator[str]:
    if not _hard_to_guess(env.get("CAIRN_SECRET_KEY", "")):
        yield (
            "CAIRN_SECRET_KEY: set a secret of at least 32 characters that nobody else has; it signs the sign-in "
            "cookies. `openssl rand -hex 32` makes one."
        )
    if env.get("CAIRN_DATABASE_KEY") and not _hard_to_guess(env["CAIRN_DATABASE_KEY"]):
        yield "CAIRN_DATABASE_KEY: set 64 hexadecimal digits that nobody else has. `openssl rand -hex 32` makes them."
    if not _hard_to_guess(env.get("CAIRN_AUDIT_KEY", "")):
        yield "CAIRN_AUDIT_KEY: set 64 hexadecimal digits; they seal who looked. `openssl rand -hex 32` makes them."
    if not re.fullmatch(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/?", env.get("CAIRN_ORIGIN", "")):
        yield "CAIRN_ORIGIN: set the https address people use, without a path, such as https://cairn.example."
    if not env.get("CAIRN_SMTP_URL"):
        yield "CAIRN_SMTP_URL: set a mail server, such as smtps://name:password@mail.example:465."
    if not env.get("CAIRN_MAIL_FROM"):
        yield "CAIRN_MAIL_FROM: set the sender of Cairn's mails."
    if env.get("CAIRN_DATABASE_URL") and not env.get("CAIRN_FIELD_KEYS"):
        yield "CAIRN_FIELD_KEYS: set the keys that encrypt what people write; `cairn keys new` makes them."
    if env.get("FLASK_DEBUG", "0") not in ("", "0", "false"):
        yield "FLASK_DEBUG: unset it; the debugger lets strangers run code."
    if env.get("CAIRN_HOST", "127.0.0.1") not in ("127.0.0.1", "::1", "localhost") and not env.get("CAIRN_PROXIES"):
        yield (
            "CAIRN_PROXIES: CAIRN_HOST lets others reach it past the proxy that speaks https. Say how many proxies "
            "stand in front and name the caller's address; 0 if none does."
        )


def _hard_to_guess(key: str) -> bool:
    """Tell whether a key may have been made by chance: long, of many characters, and not out of a manual."""
    known = ("change", "secret", "example", "insecure", "password", "default", "0123456789", "abcdef")
    return len(key) >= 32 and len(set(key)) >= 10 and not any(word in key.lower() for word in known)


def _open_to_others(folders: Mapping[str, Path]) -> Iterator[str]:
    """Name what everybody with an account on this machine could read."""
    for name, folder in folders.items():
        for path in (folder, *folder.glob("*.key"), *folder.glob("*.keys"), *folder.glob("cairn.db*")):
            if path.stat().st_mode & 0o007:
                yield f"{name}: others on this machine can read {path}; `chmod o-rwx {path}` closes it."


def _folder(env: Mapping[str, str], name: str, xdg: str | None, default: Path) -> Path:
    path = Path(env[name]) if env.get(name) else Path(xdg or default) / "cairn"
    path = path.expanduser().absolute()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(f"{name}: the folder {path} can't be made ({error.strerror}).") from error
    return path


def _numbers(env: Mapping[str, str]) -> tuple[int, int, int]:
    """Read port, proxies and threads."""
    port = _number(env, "PORT", "8000") if "CAIRN_PORT" not in env else _number(env, "CAIRN_PORT", "")
    return port, _number(env, "CAIRN_PROXIES", "0"), _number(env, "CAIRN_THREADS", "4", least=1)


def _number(env: Mapping[str, str], name: str, default: str, least: int = 0) -> int:
    text = env.get(name) or default
    if not text.isdecimal():
        raise ConfigurationError(f"{name} is {text!r}; it should be a whole number.")
    if int(text) < least:
        raise ConfigurationError(f"{name} is {text}; it should be at least {least}.")
    return int(text)


def _country(env: Mapping[str, str]) -> str:
    text = (env.get("CAIRN_COUNTRY") or "US").upper()
    if not re.fullmatch("[A-Z]{2}", text):
        raise ConfigurationError(f"CAIRN_COUNTRY is {text!r}; it should be the two letters of a country, such as US.")
    return text


def _push_hosts(env: Mapping[str, str]) -> tuple[str, ...]:
    hosts = tuple(filter(None, re.split(r"[,\s]+", env.get("CAIRN_PUSH_HOSTS", "").lower())))
    for host in hosts:
        if not re.fullmatch(r"(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::[0-9]{1,5})?", host):
            raise ConfigurationError(
                f"CAIRN_PUSH_HOSTS: {host!r} should be the name of a push service, such as push.example.org,"
                " and its port if it has one of its own, such as push.example.org:8443."
            )
    return hosts


def _ntfy_url(env: Mapping[str, str]) -> str | None:
    text = (env.get("CAIRN_NTFY_URL") or "").rstrip("/")
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9/._~-]*)?", text):
        raise ConfigurationError(f"CAIRN_NTFY_URL is {text!r}; it should look like https://ntfy.example.org.")
    return text or None


def _hex_key(env: Mapping[str, str], name: str, kept: Path) -> str:
    key = (env.get(name) or _kept_key(kept)).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", key):
        raise ConfigurationError(f"{name}: it should be 64 hexadecimal digits; `cairn init` makes one.")
    return key


def _field_keys(env: Mapping[str, str], folder: Path) -> str:
    """Return the keys of a PostgreSQL database's secret fields; the embedded one needs none."""
    text = env.get("CAIRN_FIELD_KEYS", "")
    if not text and not env.get("CAIRN_DATABASE_URL"):
        return ""
    text = text or _kept_key(folder / FIELD_KEYS, lambda: keyring.with_a_new_key(""))
    try:
        keyring.parse(text)
    except ValueError as error:
        raise ConfigurationError(f"CAIRN_FIELD_KEYS: {error}") from error
    return text


def _kept_key(path: Path, made: Callable[[], str] = lambda: secrets.token_hex(32)) -> str:
    """Return the key in the file, making one (256 bits, readable by the owner only) if there is none."""
    try:
        if not path.exists():
            _make_key(path, made())
        return path.read_text().strip()
    except OSError as error:
        raise ConfigurationError(f"CAIRN_CONFIG: {path} can't be made or read ({error.strerror}).") from error


def _make_key(path: Path, key: str) -> None:
    """Link a key to its place whole: of processes that start at once, one wins."""
    with drafted(path, key) as draft, suppress(FileExistsError):
        os.link(draft, path)


def replace_keys(path: Path, keys: str) -> None:
    """Put keys in the place of those in a file, which stay until the new ones are on the disk. Raises OSError."""
    with drafted(path, keys) as draft:
        draft.replace(path)


def database_name(config: Config) -> str:
    """Say where the database is without its password, for people to read."""
    if config.database_url is None:
        return str(config.data / "cairn.db")
    parts = urlsplit(config.database_url)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"
