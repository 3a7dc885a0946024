"""Sealed columns and keyed hashes: what a stolen database file must not tell.

Names, numbers and message bodies are sealed with AES-256-GCM; the table and column are the associated
data, so that a value moved to another column no longer opens. Sealed values cannot be searched, so
numbers, chart ids and e-mail addresses also have a keyed hash (HMAC-SHA256) to find them by. Keys come
newest first: the newest seals and hashes, every live one still opens and is still searched under.

The keyring is one per process because a column type has no other way to reach it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_VERSION = b"\x01"
_NONCE = 12
HASH_LENGTH = 40  # hex characters: 160 bits are beyond guessing and keep the indexes small


class SealError(Exception):
    """A value cannot be sealed or opened with the keys at hand; the sentence says which way."""


class _Keyring:
    def __init__(self) -> None:
        self.ciphers: dict[bytes, AESGCM] = {}
        self.newest = b""
        self.hash_keys: tuple[bytes, ...] = ()


_ring = _Keyring()


def unlock(keys: Sequence[bytes]) -> None:
    """Make these keys (32 bytes each, newest first) the process's keyring."""
    _ring.ciphers = {_key_id(key): AESGCM(key) for key in keys}
    _ring.newest = _key_id(keys[0]) if keys else b""
    _ring.hash_keys = tuple(hmac.digest(key, b"followup index", "sha256") for key in keys)


def name_of_key(key: bytes) -> str:
    """The key's name: it says which key is needed, and nothing of what it is."""
    return _key_id(key).hex()


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"followup key id" + key).digest()[:4]


def live_keys() -> list[str]:
    """The names of the keys in the ring, newest first; a name tells nothing of its key."""
    return [name.hex() for name in _ring.ciphers]


def sealed_under(blob: bytes) -> str:
    """The name of the key that `seal` made this value with."""
    return bytes(blob[1:5]).hex()


def seal(text: str, place: str) -> bytes:
    """Seal `text` for the column `place` ("table.column"). Raises SealError without a key."""
    if not _ring.newest:
        raise SealError("FOLLOWUP_KEYS is not set, so nothing can be sealed.")
    nonce = os.urandom(_NONCE)
    sealed = _ring.ciphers[_ring.newest].encrypt(nonce, text.encode(), place.encode())
    return _VERSION + _ring.newest + nonce + sealed


def unseal(blob: bytes, place: str) -> str:
    """Open what `seal` made for the same place. Raises SealError for a foreign key or a changed value."""
    cipher = _ring.ciphers.get(blob[1:5])
    if blob[:1] != _VERSION or cipher is None:
        raise SealError(f"{place}: sealed with a key that is not among FOLLOWUP_KEYS.")
    try:
        return cipher.decrypt(blob[5 : 5 + _NONCE], blob[5 + _NONCE :], place.encode()).decode()
    except InvalidTag:
        raise SealError(f"{place}: the sealed value was changed or moved.") from None


def keyed_hash(kind: str, value: str) -> str:
    """The hash to store for `value`, under the newest key. Raises SealError without a key."""
    return known_hashes(kind, value)[0]


def known_hashes(kind: str, value: str) -> list[str]:
    """The hashes to search for, one a live key: rows written before a rotation are found too."""
    if not _ring.hash_keys:
        raise SealError("FOLLOWUP_KEYS is not set, so nothing can be looked up.")
    message = f"{kind}\0{value}".encode()
    return [hmac.digest(key, message, "sha256").hex()[:HASH_LENGTH] for key in _ring.hash_keys]


def mark(address: str) -> str:
    """Stands for a staff mailbox in a key that must outlive the encryption keys: not the address itself."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


class Sealed(TypeDecorator[str]):
    """A text column that is sealed on its way in and opened on its way out."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def __repr__(self) -> str:
        return f"Sealed({self.place!r})"

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else seal(value, self.place)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else unseal(bytes(value), self.place)
