"""A file of encrypted pieces that can't be read with another key, changed, reordered, or cut without its showing.

A first line says which key and which salt; each backup has a key of its own, derived from both. Each piece is closed
by AES-GCM under its number, and the last one under a mark that it is the last. No plain byte ever reaches the disk.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from webapp.backups.problems import Damaged
from webapp.keyring import Keyring, NotOpened

BEGINS = b"Cairn backup 1 "
PURPOSE = "cairn backup"
LARGEST = 64 * 1024 * 1024
"""Bytes of a piece; a length beyond it is damage, and no reason to ask for that much memory."""


def is_sealed(path: Path) -> bool:
    """Tell a file of this kind from a copy of the embedded database."""
    with open(path, "rb") as file:
        return file.read(len(BEGINS)) == BEGINS


class Writer:
    """Write pieces one after the other; without a last one the file is worth nothing."""

    def __init__(self, file: IO[bytes], keys: Keyring) -> None:
        salt = os.urandom(16)
        self._head = BEGINS + json.dumps({"key": keys.newest, "salt": salt.hex()}).encode() + b"\n"
        self._cipher = AESGCM(keys.key_for(PURPOSE, keys.newest, salt))
        self._file, self._number = file, 0
        file.write(self._head)

    def piece(self, plain: bytes, last: bool = False) -> None:
        closed = self._cipher.encrypt(_nonce(self._number, last), plain, self._head)
        self._file.write(len(closed).to_bytes(4) + closed)
        self._number += 1


def pieces(path: Path, keys: Keyring) -> Iterator[bytes]:
    """Read the pieces of a file. Raises Damaged as soon as something is wrong; only after the last all was right."""
    with open(path, "rb") as file:
        head = file.readline(1000)
        cipher = _cipher(path, head, keys)
        end, number = path.stat().st_size, 0
        while True:
            length = int.from_bytes(file.read(4))
            closed = file.read(length) if length <= LARGEST else b""
            if not closed or len(closed) < length:
                raise Damaged(f"{path.name} is damaged, or was cut off.")
            last = file.tell() == end
            yield _opened(path, cipher, closed, number, last, head)
            if last:
                return
            number += 1


def _opened(path: Path, cipher: AESGCM, closed: bytes, number: int, last: bool, head: bytes) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last), closed, head)
    except InvalidTag as error:
        raise Damaged(f"{path.name} is damaged or was cut off, or its key is another one.") from error


def _cipher(path: Path, head: bytes, keys: Keyring) -> AESGCM:
    try:
        told = json.loads(head.removeprefix(BEGINS))
        return AESGCM(keys.key_for(PURPOSE, str(told["key"]), bytes.fromhex(told["salt"])))
    except NotOpened as error:
        raise Damaged(f"{path.name} can't be opened. {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{path.name} is damaged: its first line can't be read.") from error


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])
