"""Configuration: read once, kept keys, and production that refuses to be unsafe."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from webapp.config import ConfigurationError, database_name, from_environment

PRODUCTION = {
    "CAIRN_MODE": "production",
    "CAIRN_SECRET_KEY": "7d1f9c40e2b85a36" * 3,
    "CAIRN_AUDIT_KEY": "9c40e2b85a367d1f" * 4,
    "CAIRN_ORIGIN": "https://cairn.example",
    "CAIRN_SMTP_URL": "smtps://cairn:secret@mail.example:465",
    "CAIRN_MAIL_FROM": "Cairn <cairn@cairn.example>",
}


def env(folder: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(folder)} | more


def test_an_embedded_cairn_makes_its_keys_once_and_keeps_them(tmp_path: Path) -> None:
    first, second = from_environment(env(tmp_path)), from_environment(env(tmp_path))
    assert first == second
    assert len(first.secret_key) == 64
    assert first.secret_key != first.database_key


def test_keys_stand_apart_from_the_data_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    config = from_environment(env(tmp_path))
    assert config.config != config.data
    assert not list(config.data.glob("*.key"))
    for name in ("secret.key", "database.key"):
        assert stat.S_IMODE((config.config / name).stat().st_mode) == 0o600


def test_many_first_starts_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: from_environment(env(tmp_path)).secret_key, range(32)))
    assert len(found) == 1
    assert sorted(path.name for path in (tmp_path / ".config" / "cairn").iterdir()) == [
        "audit.key",
        "database.key",
        "secret.key",
        "vapid.key",
    ]


def test_folders_port_and_origin_come_from_the_environment(tmp_path: Path) -> None:
    config = from_environment(
        env(tmp_path, CAIRN_DATA=str(tmp_path / "d"), CAIRN_CONFIG=str(tmp_path / "c"), PORT="8123")
    )
    assert (config.data, config.config, config.port) == (tmp_path / "d", tmp_path / "c", 8123)
    assert config.origin == "http://127.0.0.1:8123"


def test_production_with_everything_set_starts(tmp_path: Path) -> None:
    config = from_environment(env(tmp_path, **PRODUCTION))
    assert config.production
    assert config.secure


UNSAFE = (
    *(("CAIRN_SECRET_KEY", key) for key in ("", "short", "7d1f9c40e2b85a36" * 1, "s" * 64, "0123456789abcdef" * 4)),
    *(("CAIRN_SECRET_KEY", key) for key in ("change-me-change-me-change-me-please", "My Secret 7d1f9c40e2b85a36 1234")),
    *(("CAIRN_DATABASE_KEY", key) for key in ("0" * 64, "short", "0123456789abcdef" * 4)),
    *(
        ("CAIRN_ORIGIN", origin)
        for origin in ("", "http://cairn.example", "https://", "cairn.example", "HTTP://x.example")
    ),
    *(("CAIRN_ORIGIN", f"https://cairn.example{more}") for more in ("/app", "?a", "#b", "/ ", ":x", "@evil.example")),
    *(("CAIRN_ORIGIN", f"https://{odd}") for odd in ("me@cairn.example", "cairn.example,evil.example", "a b")),
    *(("CAIRN_SMTP_URL", ""), ("CAIRN_MAIL_FROM", ""), ("FLASK_DEBUG", "1"), ("FLASK_DEBUG", "true")),
    *(("CAIRN_COUNTRY", "Germany"), ("CAIRN_THREADS", "0"), ("PORT", "http"), ("CAIRN_NTFY_URL", "ftp://x")),
)


def test_production_refuses_to_start_unsafe_and_names_what_to_set(tmp_path: Path) -> None:
    for name, value in UNSAFE:
        with pytest.raises(ConfigurationError, match=rf"(?m)^- {name}\b") as refused:
            from_environment(env(tmp_path, **(PRODUCTION | {name: value})))
        assert str(refused.value).count("\n- ") == 1, (name, value)
        assert not value or len(value) < 8 or value not in str(refused.value) or "KEY" not in name
    for host in ("0.0.0.0", "::", "192.0.2.7"):
        with pytest.raises(ConfigurationError, match="CAIRN_PROXIES"):
            from_environment(env(tmp_path, CAIRN_HOST=host, **PRODUCTION))
        assert from_environment(env(tmp_path, CAIRN_HOST=host, CAIRN_PROXIES="0", **PRODUCTION)).host == host


def test_everything_that_is_unsafe_is_said_at_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    odd = {"CAIRN_DATA": str(data), "CAIRN_THREADS": "none", "CAIRN_HOST": "0.0.0.0", "FLASK_DEBUG": "1"}
    with pytest.raises(ConfigurationError) as refused:
        from_environment(env(tmp_path, CAIRN_MODE="production", **odd))
    names = re.findall(r"(?m)^- ([A-Z_]+)", str(refused.value))
    assert names == [
        *("CAIRN_SECRET_KEY", "CAIRN_AUDIT_KEY", "CAIRN_ORIGIN", "CAIRN_SMTP_URL", "CAIRN_MAIL_FROM", "FLASK_DEBUG"),
        *("CAIRN_PROXIES", "CAIRN_DATA", "CAIRN_THREADS"),
    ]


def test_production_keeps_nothing_where_others_on_the_machine_can_read_it(tmp_path: Path) -> None:
    config = from_environment(env(tmp_path, **PRODUCTION))
    files = (config.data / "cairn.db", config.config / "vapid.key", config.config / "field.keys")
    for path in files:
        path.touch(0o600)
    for path in (*files, config.data, config.config):
        rights = path.stat().st_mode
        path.chmod(rights | 0o004)
        with pytest.raises(ConfigurationError, match=f"chmod o-rwx {path}"):
            from_environment(env(tmp_path, **PRODUCTION))
        path.chmod(rights & ~0o007)
        assert from_environment(env(tmp_path, **PRODUCTION)).production


def test_production_never_makes_a_secret_key_of_its_own(tmp_path: Path) -> None:
    without = {key: value for key, value in PRODUCTION.items() if key != "CAIRN_SECRET_KEY"}
    with pytest.raises(ConfigurationError):
        from_environment(env(tmp_path, **without))
    assert not list(tmp_path.rglob("secret.key"))


def test_production_on_postgresql_refuses_to_start_without_the_keys_of_its_fields(tmp_path: Path) -> None:
    server = {**PRODUCTION, "CAIRN_DATABASE_URL": "postgresql+psycopg://cairn:word@db.example/cairn"}
    with pytest.raises(ConfigurationError, match="CAIRN_FIELD_KEYS: set the keys"):
        from_environment(env(tmp_path, **server))
    lookup, one = f"lookup={'a' * 64}", f"1={'b' * 64}"
    config = from_environment(env(tmp_path, **server, CAIRN_FIELD_KEYS=f"{lookup} {one}"))
    assert config.field_keys == f"{lookup} {one}"
    assert not any(word in repr(config) for word in ("aaaa", "bbbb", "ssss", ":word@", ":secret@"))
    for wrong in ("x", one, lookup, f"{lookup} {one[:-1]}", f"{lookup} {one} {one}", f"{lookup} 1={'a' * 64}"):
        with pytest.raises(ConfigurationError, match="^CAIRN_FIELD_KEYS: ") as refused:
            from_environment(env(tmp_path, **server, CAIRN_FIELD_KEYS=wrong))
        assert "aaaa" not in str(refused.value)


def test_elsewhere_the_keys_of_fields_are_made_once_and_kept_where_there_is_a_postgresql(tmp_path: Path) -> None:
    assert from_environment(env(tmp_path)).field_keys == ""
    server = {"CAIRN_DATABASE_URL": "postgresql+psycopg://cairn@db.example/cairn"}
    made = from_environment(env(tmp_path, **server))
    assert re.fullmatch("lookup=[0-9a-f]{64} 1=[0-9a-f]{64}", made.field_keys)
    assert from_environment(env(tmp_path, **server)) == made
    assert stat.S_IMODE((made.config / "field.keys").stat().st_mode) == 0o600


@pytest.mark.parametrize(("name", "value"), [("PORT", "eighty"), ("CAIRN_MODE", "staging"), ("CAIRN_THREADS", "-1")])
def test_a_setting_that_is_not_understood_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        from_environment(env(tmp_path, **{name: value}))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError, match="CAIRN_DATA"):
        from_environment(env(tmp_path, CAIRN_DATA=str(tmp_path / "file" / "data")))


def test_the_name_of_a_database_never_shows_its_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://cairn:secret@db.example/cairn"
    assert (
        database_name(from_environment(env(tmp_path, CAIRN_DATABASE_URL=url)))
        == "postgresql+psycopg://db.example/cairn"
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CAIRN_THREADS", "0", "at least 1"),
        ("CAIRN_COUNTRY", "Germany", "two letters"),
        ("PORT", "http", "whole number"),
    ],
)
def test_a_value_that_cannot_be_meant_is_said_before_anything_starts(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} .*{said}"):
        from_environment(env(tmp_path, **{name: value}))


def test_a_folder_for_keys_that_cannot_be_used_is_said_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "secret.key").mkdir()
    with pytest.raises(ConfigurationError, match="CAIRN_CONFIG"):
        from_environment(env(tmp_path, CAIRN_CONFIG=str(tmp_path / "config")))


def test_the_key_of_push_messages_is_kept_in_production_too(tmp_path: Path) -> None:
    first, second = (from_environment(env(tmp_path, **PRODUCTION)) for _ in range(2))
    assert first.vapid_key == second.vapid_key == (first.config / "vapid.key").read_text()
    assert from_environment(env(tmp_path, CAIRN_VAPID_KEY="AB" * 32)).vapid_key == "ab" * 32


def test_other_ways_to_reach_people_are_off_unless_they_are_set(tmp_path: Path) -> None:
    config = from_environment(env(tmp_path))
    assert (config.push_hosts, config.ntfy_url) == ((), None)
    config = from_environment(
        env(tmp_path, CAIRN_PUSH_HOSTS="push.example.org, 127.0.0.1:8123", CAIRN_NTFY_URL="https://ntfy.example.org/")
    )
    assert config.push_hosts == ("push.example.org", "127.0.0.1:8123")
    assert config.ntfy_url == "https://ntfy.example.org"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CAIRN_VAPID_KEY", "short"),
        ("CAIRN_VAPID_KEY", "g" * 64),
        ("CAIRN_AUDIT_KEY", "a" * 63),
        ("CAIRN_PUSH_HOSTS", "https://push.example.org"),
        ("CAIRN_PUSH_HOSTS", "*.example.org"),
        ("CAIRN_PUSH_HOSTS", "push.example.org/up"),
        ("CAIRN_PUSH_HOSTS", "me@push.example.org"),
        ("CAIRN_PUSH_HOSTS", "[::1]:80"),
        ("CAIRN_PUSH_HOSTS", "good.example.org a..b"),
        ("CAIRN_NTFY_URL", "ntfy.example.org"),
        ("CAIRN_NTFY_URL", "ftp://ntfy.example.org"),
        ("CAIRN_NTFY_URL", "https://"),
        ("CAIRN_NTFY_URL", "https://me:too@ntfy.example.org"),
        ("CAIRN_NTFY_URL", "https://ntfy.example.org/?a=1"),
    ],
)
def test_a_way_to_reach_people_that_can_not_be_meant_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        from_environment(env(tmp_path, **{name: value}))
