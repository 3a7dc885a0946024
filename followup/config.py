"""The process's settings, read once from the environment.

One frozen value instead of scattered `os.environ` reads: a wrong variable is then found before the
first patient is contacted, by name, and not in the middle of a clinic day. What one clinic wants
(hours, wording, thresholds) is not here but in its clinic file (`followup/clinic.py`).
"""

from __future__ import annotations

import base64
import binascii
import logging
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
TWILIO_API = "https://api.twilio.com"

#: what each kind of command cannot start without
WEB = frozenset({"PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "FOLLOWUP_KEYS", "SECRET_KEY"})
CLOCK = frozenset({"PUBLIC_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "FOLLOWUP_KEYS"})
DATA = frozenset({"FOLLOWUP_KEYS"})
NOTHING: frozenset[str] = frozenset()


class SettingsError(Exception):
    """A sentence that names the variable, what is wrong with it and how to mend it."""


@dataclass(frozen=True)
class Settings:
    database_url: str = field(repr=False)  # it holds the password
    public_url: str = ""
    account_sid: str = ""
    auth_tokens: tuple[str, ...] = field(default=(), repr=False)  # the first signs, all are accepted
    twilio_api_url: str = TWILIO_API
    keys: tuple[bytes, ...] = field(default=(), repr=False)  # newest first, 32 bytes each
    secret_key: str = field(default="", repr=False)
    smtp_url: str = field(default="", repr=False)
    heartbeat_url: str = field(default="", repr=False)
    tick_seconds: float = 5.0
    spool: str = ""
    metrics_token: str = field(default="", repr=False)
    log_level: int = logging.INFO
    log_format: str = "text"  # or "json"
    proxies: int = 0  # how many stand before the web process and add to X-Forwarded-For

    @classmethod
    def from_env(cls, need: Collection[str] = NOTHING, env: Mapping[str, str] = os.environ) -> Settings:
        """Read and check every variable; raises SettingsError for the first that is missing or malformed.

        `need` holds the names that this command cannot do without.
        """
        read = _Reader(env)
        for name in sorted(need):
            if not read(name).strip(" ,"):  # lists of tokens and keys: a lone comma is none
                raise SettingsError(f"{name} is not set. {_HOW.get(name, 'Set it in the environment.')}")
        return cls(
            database_url=_database_url(read("DATABASE_URL") or "sqlite:///followup.db"),
            public_url=_web_address("PUBLIC_URL", read("PUBLIC_URL")),
            account_sid=_account_sid(read("TWILIO_ACCOUNT_SID")),
            auth_tokens=tuple(t.strip() for t in read("TWILIO_AUTH_TOKEN").split(",") if t.strip()),
            twilio_api_url=_web_address("TWILIO_API_URL", read("TWILIO_API_URL") or TWILIO_API),
            keys=_keys(read("FOLLOWUP_KEYS")),
            secret_key=_secret(read("SECRET_KEY")),
            smtp_url=_smtp_url(read("SMTP_URL")),
            heartbeat_url=_web_address("HEARTBEAT_URL", read("HEARTBEAT_URL"), loopback_only_http=False),
            tick_seconds=_seconds(read("FOLLOWUP_TICK_SECONDS") or "5"),
            spool=read("FOLLOWUP_SPOOL"),
            metrics_token=read("FOLLOWUP_METRICS_TOKEN"),
            log_level=_log_level(read("FOLLOWUP_LOG_LEVEL") or "info"),
            log_format=_log_format(read("FOLLOWUP_LOG_FORMAT") or "text"),
            proxies=_proxies(read("FOLLOWUP_PROXIES") or "0"),
        )

    @property
    def spool_folder(self) -> Path:
        """Where requests wait while the database is away: FOLLOWUP_SPOOL, else beside the database file."""
        return Path(self.spool or f"{self.sqlite_path or 'followup'}.spool")

    @property
    def sqlite_path(self) -> Path | None:
        """The database file, or None when the database is a server."""
        prefix = "sqlite:///"
        return Path(self.database_url[len(prefix) :]) if self.database_url.startswith(prefix) else None


_HOW = {
    "FOLLOWUP_KEYS": "Make one with `followup keys new` and keep it where the database backups are not.",
    "SECRET_KEY": "Give 32 or more random characters; they sign the staff's sessions.",
    "PUBLIC_URL": "Give the https address under which Twilio reaches this server.",
    "TWILIO_ACCOUNT_SID": "It is on the first page of the Twilio console and starts with AC.",
    "TWILIO_AUTH_TOKEN": "It is on the first page of the Twilio console.",
}


class _Reader:
    """NAME, or the content of the file NAME_FILE points to (how container platforms hand out secrets)."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def __call__(self, name: str) -> str:
        path = self._env.get(f"{name}_FILE", "").strip()
        if not path:
            return self._env.get(name, "").strip()
        if self._env.get(name, "").strip():
            raise SettingsError(f"Both {name} and {name}_FILE are set; keep one of them.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            raise SettingsError(f"{name}_FILE cannot be read: {type(problem).__name__}.") from None


def _database_url(url: str) -> str:
    # Hosting platforms hand out postgres://, a scheme SQLAlchemy refuses.
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url[len(scheme) :]
    if url.startswith("postgresql+psycopg://"):
        return url
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        return url
    raise SettingsError(
        "DATABASE_URL is not understood. Write sqlite:///followup.db or postgresql://user:password@host/name."
    )


def _web_address(name: str, url: str, *, loopback_only_http: bool = True) -> str:
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise SettingsError(f"{name} is not a web address.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise SettingsError(f"{name} is not a web address. Write it like https://followup.example.org.")
    if parts.query or parts.fragment:
        raise SettingsError(f"{name} may not carry a query or a fragment; give the bare address.")
    if loopback_only_http and parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise SettingsError(f"{name} starts with http:// but is not on this machine; use https://.")
    return url.rstrip("/")


def _account_sid(sid: str) -> str:
    if sid and not re.fullmatch(r"AC[0-9A-Za-z]{8,32}", sid):
        raise SettingsError("TWILIO_ACCOUNT_SID is malformed: it starts with AC and has 34 characters.")
    return sid


def _keys(value: str) -> tuple[bytes, ...]:
    keys = []
    for number, text in enumerate((t.strip() for t in value.split(",") if t.strip()), start=1):
        try:
            key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != 32:
            raise SettingsError(f"FOLLOWUP_KEYS: key {number} is malformed. {_HOW['FOLLOWUP_KEYS']}")
        keys.append(key)
    return tuple(keys)


def _secret(value: str) -> str:
    if value and len(value) < 16:
        raise SettingsError(f"SECRET_KEY is too short. {_HOW['SECRET_KEY']}")
    return value


def _smtp_url(url: str) -> str:
    if not url:
        return ""
    if url.startswith("file:") and len(url) > len("file:"):
        return url
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("smtp", "smtps") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        good = False
    if not good:
        raise SettingsError(
            "SMTP_URL is malformed. Write smtp://user:password@host:587?starttls=1 or file:DIR."
        )
    return url


def _log_level(value: str) -> int:
    levels = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
    if value.lower() not in levels:
        raise SettingsError("FOLLOWUP_LOG_LEVEL must be debug, info or warning.")
    return levels[value.lower()]


def _log_format(value: str) -> str:
    if value in ("text", "json"):
        return value
    raise SettingsError("FOLLOWUP_LOG_FORMAT must be text or json.")


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0.05 <= seconds <= 60:
        raise SettingsError("FOLLOWUP_TICK_SECONDS must be a number from 0.05 to 60 (seconds).")
    return seconds


def _proxies(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) <= 5):
        raise SettingsError("FOLLOWUP_PROXIES is the number of proxies before the web process, 0 to 5.")
    return int(value)
