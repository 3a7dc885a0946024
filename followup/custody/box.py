"""A locked box for a backup: encrypted piece by piece, and no piece can be changed, moved or cut off.

AES-256-GCM in pieces of a mebibyte under a key of the box's own, made from the newest of FOLLOWUP_KEYS. The
number of a piece and whether it is the last are in its nonce, and the label in front goes into each.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from followup.store.seal import name_of_key

_MAGIC = b"followup backup 1\n"
_PIECE = 1024 * 1024  # bytes
_TAG = 16
_LONGEST_LABEL = 4096


class BoxError(Exception):
    """A sentence that says why a box cannot be opened."""


def lock(source: Iterator[bytes], target: BinaryIO, key: bytes, label: Mapping[str, Any]) -> str:
    """Write all of `source` into a box; returns the SHA-256 of what went in. `label` stays readable."""
    salt = os.urandom(16)
    line = json.dumps({**label, "key": name_of_key(key), "salt": salt.hex()}).encode() + b"\n"
    target.write(_MAGIC + line)
    cipher, number, waiting, digest = _cipher(key, salt), 0, bytearray(), hashlib.sha256()
    for part in source:
        digest.update(part)
        waiting += part
        while len(waiting) > _PIECE:  # one piece is kept back: the last must say that it is
            target.write(cipher.encrypt(_nonce(number, last=False), bytes(waiting[:_PIECE]), line))
            del waiting[:_PIECE]
            number += 1
    target.write(cipher.encrypt(_nonce(number, last=True), bytes(waiting), line))
    return digest.hexdigest()


def read_label(source: BinaryIO) -> dict[str, Any]:
    """What stands on the box; leaves `source` behind it. Raises BoxError when it is none."""
    line = source.readline(_LONGEST_LABEL) if source.read(len(_MAGIC)) == _MAGIC else b""
    try:
        label = json.loads(line)
        bytes.fromhex(label["salt"]), str(label["key"])
    except (ValueError, KeyError, TypeError):
        raise BoxError("This is not a backup made by `followup backup`.") from None
    return {**label, "line": line}


def unlock_box(source: BinaryIO, keys: Sequence[bytes]) -> Iterator[bytes]:
    """The content, piece by piece. Raises BoxError when the key is not at hand or anything was changed."""
    label = read_label(source)
    fitting = [key for key in keys if name_of_key(key) == label["key"]]
    if not fitting:
        raise BoxError(
            f"The backup is locked with the key named {label['key']}, which is not among FOLLOWUP_KEYS."
        )
    cipher, number = _cipher(fitting[0], bytes.fromhex(label["salt"])), 0
    piece = source.read(_PIECE + _TAG)
    while True:
        following = source.read(_PIECE + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), piece, label["line"])
        except (InvalidTag, ValueError):
            raise BoxError(
                "The backup was changed or is not whole: it cannot be opened to its end."
            ) from None
        if not following:
            return
        piece, number = following, number + 1


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"followup backup").derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
