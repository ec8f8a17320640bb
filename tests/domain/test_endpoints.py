"""What a browser hands over to be written to, and the mark by which it knows itself."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.endpoints import POINT, SECRET, keys_of, mark_of


def text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


KEY = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
"""The browser of RFC 8291, 5."""


@given(st.binary(min_size=POINT - 1, max_size=POINT - 1), st.binary(min_size=SECRET, max_size=SECRET))
def test_the_keys_of_a_browser_are_kept_as_they_are(point: bytes, secret: bytes) -> None:
    key, auth = text(b"\x04" + point), text(secret)
    assert keys_of(key, auth) == {"p256dh": key, "auth": auth}
    assert keys_of(key + "=", auth + "==") == {"p256dh": key, "auth": auth}, "padded is the same"


@pytest.mark.parametrize(
    ("key", "auth"),
    [
        ("", AUTH),
        (KEY, ""),
        (AUTH, KEY),
        (text(b"\x04" + b"k" * 63), AUTH),
        (text(b"\x04" + b"k" * 65), AUTH),
        (text(b"\x02" + b"k" * 64), AUTH),
        (KEY, text(b"s" * 15)),
        (KEY, text(b"s" * 17)),
        (KEY.replace("_", "/"), AUTH),
        (KEY + "\n", AUTH),
        ("é" * 87, AUTH),
        ("A" * 5000, AUTH),
        ("A", "A"),
    ],
)
def test_anything_else_is_none(key: str, auth: str) -> None:
    assert keys_of(key, auth) is None


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_brings_it_down(key: str, auth: str) -> None:
    assert keys_of(key, auth) is None or len(key) in (87, 88)


def test_a_mark_is_the_same_for_the_same_address_and_tells_nothing() -> None:
    mark = mark_of("https://push.example/secret")
    assert mark == mark_of("https://push.example/secret")
    assert mark != mark_of("https://push.example/other")
    assert len(mark) == 16
    assert mark_of(None) == ""
