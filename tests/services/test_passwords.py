"""Kept passwords are slow to guess, and kept anew when the parameters change."""

import pytest
from argon2 import PasswordHasher

from webapp.services import passwords

GOOD = "walk by the river twice"


def test_a_kept_password_matches_itself_and_nothing_else() -> None:
    kept = passwords.hash_new(GOOD, "Clara", "clara@example.test")
    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, GOOD)
    assert passwords.matches(kept, GOOD.replace(" ", "\u00a0"))
    assert not passwords.matches(kept, GOOD + " ")
    assert not passwords.matches(kept, "")


def test_without_a_kept_password_nothing_matches() -> None:
    assert not passwords.matches(None, GOOD)
    assert not passwords.matches(None, "the password of no account")
    assert not passwords.matches("not a hash", GOOD)


def test_a_text_beyond_the_longest_never_matches() -> None:
    assert not passwords.matches(passwords._hash(""), "x" * 5000)


def test_a_weak_password_is_refused_with_a_sentence() -> None:
    with pytest.raises(passwords.WeakPassword, match="15 characters"):
        passwords.hash_new("short", "Clara", "clara@example.test")


def test_old_parameters_are_brought_up_to_date() -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD)
    anew = passwords.rehashed(old, GOOD)
    assert anew is not None
    assert passwords.matches(anew, GOOD)
    assert passwords.rehashed(anew, GOOD) is None


def test_addresses_are_told_apart_by_their_folded_form() -> None:
    assert passwords.email_key(" Clara@EXAMPLE.test ") == "clara@example.test"
