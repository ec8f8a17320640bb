"""Keep and check passwords with argon2id. What makes one good enough stands in domain/passwords.py."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from webapp.domain import passwords
from webapp.domain.passwords import Problem

# OWASP's password storage sheet asks for 19 MiB and 2 passes or the like; this is somewhat more,
# and eight sign-ins at once still fit into the memory of a small machine.
_HASHER = PasswordHasher(time_cost=2, memory_cost=46 * 1024, parallelism=1)


class WeakPassword(Exception):
    """The password is not good enough; `problem` says why, the message is a plain sentence."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(passwords.SENTENCES[problem])
        self.problem = problem


def email_key(email: str) -> str:
    """Fold an e-mail address into the form that tells accounts apart."""
    return passwords.normalised(email).strip().casefold()


def hash_new(password: str, name: str = "", email: str = "") -> str:
    """Hash a password somebody chooses. Raises WeakPassword."""
    problem = passwords.problem(password, name, email)
    if problem:
        raise WeakPassword(problem)
    return _hash(password)


def hash_short(keyed: str) -> str:
    """Hash the keyed hash of a PIN; what makes a PIN good enough stands in domain/pins.py."""
    return _hash(keyed)


def matches(kept: str | None, password: str) -> bool:
    """Tell whether a password is the kept one. Takes as long when there is none to compare with."""
    fits = len(password) <= passwords.LONGEST
    try:
        _HASHER.verify(kept or _nobodys(), passwords.normalised(password) if fits else "")
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
    return kept is not None and fits


def rehashed(kept: str, password: str) -> str | None:
    """Hash a matching password anew when it was kept with other parameters than today's, else None."""
    return _hash(password) if _HASHER.check_needs_rehash(kept) else None


def _hash(password: str) -> str:
    return _HASHER.hash(passwords.normalised(password))


@cache
def _nobodys() -> str:
    return _HASHER.hash("the password of no account")
