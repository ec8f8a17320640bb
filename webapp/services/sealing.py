"""Seal small secrets with a key that no database holds: whoever copies the database alone reads none of them."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
"""Bytes; random, as few secrets are ever sealed with one key (SP 800-38D)."""


class Broken(Exception):
    """It was sealed with another key, for another purpose or owner, or changed since."""


def seal(key: str, purpose: str, owner: int, plain: bytes) -> bytes:
    """Encrypt (AES-256-GCM) with a key derived (HKDF) from the app's, for one purpose and one person."""
    nonce = os.urandom(NONCE)
    return nonce + _cipher(key, purpose).encrypt(nonce, plain, _bound(purpose, owner))


def unseal(key: str, purpose: str, owner: int, sealed: bytes) -> bytes:
    """Decrypt what `seal` made with the same key, purpose and person. Raises Broken."""
    try:
        return _cipher(key, purpose).decrypt(sealed[:NONCE], sealed[NONCE:], _bound(purpose, owner))
    except (InvalidTag, ValueError) as error:
        raise Broken from error


def _cipher(key: str, purpose: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=f"cairn {purpose}".encode()).derive(key.encode()))


def _bound(purpose: str, owner: int) -> bytes:
    return f"{purpose}:{owner}".encode()
