"""Passwords: argon2id hashes, and what a password must be.

The parameters are OWASP's recommended ones (19 MiB, two passes, one lane): a guess costs an attacker with
the database as much as five of its equals, and a sign-in costs us about 25 ms. Raising them is a change of
`_hasher`; each account moves to the new ones the next time its password is given.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError
from flask_babel import gettext as _

SHORTEST, LONGEST = 12, 200  # characters
_DIFFERENT = 5  # "aaaaaaaaaaaa" is long and no password
# What lists of stolen passwords are full of, once digits, signs and repetitions are taken off.
_COMMON = {
    "", "password", "passwort", "contraseña", "contrasena", "qwerty", "qwertz", "qwertyuiop", "asdf",
    "asdfgh", "asdfghjkl", "abcdefghijkl", "welcome", "welcometo", "bienvenido", "bienvenida", "letmein",
    "iloveyou", "teamo", "admin", "administrator", "changeme", "pleasechangeme", "followup", "clinic", "test",
    "default", "secret", "topsecret", "passwordadmin", "adminpassword", "mypassword", "newpassword",
    "temporal",
}  # fmt: skip
_AT_ONCE = 2  # the web's threads also take in patients' replies: a flood of guesses must not take them all
_gate = threading.BoundedSemaphore(_AT_ONCE)
_PATIENCE = 5.0  # seconds


class PasswordError(Exception):
    """A sentence that says why a password will not do."""


class BusyError(Exception):
    """Too many passwords are being checked at this moment."""


def check_new(password: str, email: str) -> None:
    """Raises PasswordError with a sentence for a password that is too short, too long or too easy."""
    if len(password) < SHORTEST:
        raise PasswordError(
            _("The password is too short; take at least %(count)s characters.", count=SHORTEST)
        )
    if len(password) > LONGEST:
        raise PasswordError(_("The password is too long; take at most %(count)s characters.", count=LONGEST))
    name = email.strip().lower().partition("@")[0]
    is_name = len(name) > 3 and password.lower().startswith(name)
    if len(set(password)) < _DIFFERENT or is_name or _core(password) in _COMMON:
        raise PasswordError(
            _("That password is easy to guess; take a few words that only you would put together.")
        )


def _core(password: str) -> str:
    """What is left without digits and signs, and without saying it twice: "Password2026!" is "password"."""
    letters = "".join(c for c in password.lower() if c.isalpha())
    return letters[: (letters + letters).find(letters, 1)] if letters else ""


def hash_password(password: str) -> str:
    with _turn():
        return _hasher().hash(password)


def fits(password_hash: str, password: str) -> bool:
    """Whether this is the password; an empty or foreign hash fits none. Raises BusyError."""
    if len(password) > LONGEST:
        password = ""
    try:
        with _turn():
            return _hasher().verify(password_hash or nobodys_hash(), password) and bool(password_hash)
    except (Argon2Error, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(password_hash)


@cache
def nobodys_hash() -> str:
    """A hash to check against where there is none: the same work, whoever asks."""
    return _hasher().hash("nobody has this password")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


@contextmanager
def _turn() -> Iterator[None]:
    if not _gate.acquire(timeout=_PATIENCE):
        raise BusyError
    try:
        yield
    finally:
        _gate.release()
