"""Keys of the fields that PostgreSQL keeps encrypted: numbered ones, and one that finds an address again.

They are written as `lookup=<64 hexadecimal digits> 1=<64 …> 2=<64 …>`. The highest number encrypts; those below it
still open what they closed, until `cairn keys rotate` has closed it anew. `lookup` never changes: addresses are
found by its keyed hash.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LOOKUP = "lookup"
NONCE = 12
"""Bytes, by chance for each field: one key may close four thousand million of them (NIST SP 800-38D, 8.3)."""


class NotOpened(Exception):
    """What was stored can't be opened where it stands; the message names the place and never what stands there."""


class Keyring:
    """Close and open fields. Each is bound to its table, column, row and key: moved elsewhere it does not open."""

    def __init__(self, lookup: bytes, keys: dict[int, bytes]) -> None:
        self._lookup, self._raw = lookup, keys
        self._keys = {str(number): AESGCM(key) for number, key in keys.items()}
        self.newest = str(max(keys))

    @property
    def numbers(self) -> list[str]:
        """Every key that opens something, oldest first."""
        return [str(number) for number in sorted(self._raw)]

    def close(self, place: str, row: int, text: str) -> str:
        """Encrypt a field of a row; `place` is "table.column"."""
        nonce = os.urandom(NONCE)
        closed = self._keys[self.newest].encrypt(nonce, text.encode(), _bound(place, row, self.newest))
        return f"{self.newest}:{base64.b64encode(nonce + closed).decode()}"

    def open(self, place: str, row: int | str, stored: str) -> str:
        """Decrypt a field where it stands. Raises NotOpened for one that was moved, changed, or has no key here."""
        number, _, body = stored.partition(":")
        key = self._keys.get(number)
        if key is None:
            raise NotOpened(f"A field of {place} needs the key {number[:9]!r}, which CAIRN_FIELD_KEYS does not have.")
        try:
            raw = base64.b64decode(body)
            return key.decrypt(raw[:NONCE], raw[NONCE:], _bound(place, row, number)).decode()
        except (InvalidTag, ValueError) as error:
            raise NotOpened(f"A field of {place} was changed or moved, or its key is another one.") from error

    def hash(self, place: str, text: str) -> str:
        """Give the keyed hash by which an address is found; the same text in another column has another one."""
        return hmac.new(self._lookup, f"{place}:{text}".encode(), hashlib.sha256).hexdigest()

    def key_for(self, purpose: str, number: str, salt: bytes) -> bytes:
        """Derive a key of 256 bits for something else, such as one backup. Raises NotOpened without that number."""
        raw = self._raw.get(int(number)) if number.isdecimal() else None
        if raw is None:
            raise NotOpened(f"It needs the key {number[:9]!r}, which CAIRN_FIELD_KEYS does not have.")
        return HKDF(SHA256(), 32, salt, purpose.encode()).derive(raw)


def parse(text: str) -> Keyring:
    """Read keys as they are written. Raises ValueError that says what is wrong, and never what was written."""
    found: dict[str, bytes] = {}
    for word in text.split():
        name, _, digits = word.partition("=")
        if not re.fullmatch(r"lookup|[1-9][0-9]{0,8}", name) or not re.fullmatch(r"[0-9a-fA-F]{64}", digits):
            raise ValueError("each key should be a number, =, and 64 hexadecimal digits; one is called lookup.")
        if name in found:
            raise ValueError(f"the key {name} is there twice.")
        found[name] = bytes.fromhex(digits)
    lookup = found.pop(LOOKUP, None)
    if lookup is None or not found:
        raise ValueError("it needs a key called lookup and one with a number; `cairn keys new` writes them.")
    if len({lookup, *found.values()}) <= len(found):
        raise ValueError("two keys are the same.")
    return Keyring(lookup, {int(name): key for name, key in found.items()})


def with_a_new_key(text: str) -> str:
    """Return the keys and one more, which encrypts from now on. Without any: the first ones. Raises ValueError."""
    if not text.strip():
        return f"{LOOKUP}={secrets.token_hex(32)} 1={secrets.token_hex(32)}"
    return f"{text.strip()} {int(parse(text).newest) + 1}={secrets.token_hex(32)}"


def _bound(place: str, row: int | str, number: str) -> bytes:
    return f"{place}:{row}:{number}".encode()
