"""`followup doctor`: is everything set so that tomorrow's patients are reached? Says what to fix."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sys
from collections.abc import Iterator

import click

from followup.config import WEB, Settings, SettingsError
from followup.outreach.outcome import Accepted

_TIMEOUT = 10  # seconds


@click.command()
def doctor() -> None:
    """Check settings, database, carrier, public address and signature; exit 1 if something is wrong."""
    sick = False
    for good, sentence in _findings():
        sick = sick or not good
        click.echo(f"{'ok   ' if good else 'FIX  '} {sentence}")
    sys.exit(1 if sick else 0)


def _findings() -> Iterator[tuple[bool, str]]:
    try:
        settings = Settings.from_env(WEB)
    except SettingsError as problem:
        yield False, str(problem)
        return
    yield True, "The settings can be read."
    yield from _database(settings)
    yield from _carrier(settings)
    yield from _public_address(settings)
    if settings.public_url.startswith("https:") and not settings.proxies:
        yield (
            True,
            "FOLLOWUP_PROXIES is not set: every sign-in seems to come from the server that does the https. "
            "Set it to the number of proxies before the web process, mostly 1.",
        )
    if not settings.smtp_url:
        yield False, "SMTP_URL is not set: digests cannot be mailed."
    if not settings.heartbeat_url:
        yield True, "HEARTBEAT_URL is not set: nobody outside will notice a clock that has stopped."


def _database(settings: Settings) -> Iterator[tuple[bool, str]]:
    from followup.setup import open_for_work

    try:
        open_for_work(settings).close()
    except SettingsError as problem:
        yield False, str(problem)
        return
    yield True, "The database is there and up to date."


def _carrier(settings: Settings) -> Iterator[tuple[bool, str]]:
    from followup.outreach.carrier import Carrier

    carrier = Carrier(settings.account_sid, settings.auth_tokens[0], settings.twilio_api_url)
    if isinstance(carrier.check_credentials(), Accepted):
        yield True, "The carrier accepts TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
    else:
        yield (
            False,
            "The carrier does not accept TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or cannot be reached.",
        )


def _public_address(settings: Settings) -> Iterator[tuple[bool, str]]:
    """A signed request without a message id is answered 400 and stores nothing; a wrong signature, 403."""
    import requests

    url = f"{settings.public_url}/twilio/sms"
    try:
        answer = requests.post(
            url,
            data={"AccountSid": settings.account_sid},
            headers={"X-Twilio-Signature": _signature(url, settings)},
            timeout=_TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as problem:
        yield (
            False,
            f"PUBLIC_URL cannot be reached ({type(problem).__name__}). Is `followup serve` running?",
        )
        return
    if answer.status_code == 400:
        yield True, "PUBLIC_URL reaches this program and its signature check agrees."
    elif answer.status_code == 403:
        yield (
            False,
            "PUBLIC_URL reaches a program that refuses our signature: its PUBLIC_URL or token differs.",
        )
    elif 300 <= answer.status_code < 400:
        yield False, "PUBLIC_URL redirects: the carrier would lose what it posts. Give the final address."
    else:
        yield False, f"PUBLIC_URL answers {answer.status_code} instead of this program."


def _signature(url: str, settings: Settings) -> str:
    text = f"{url}AccountSid{settings.account_sid}"
    return base64.b64encode(
        hmac.digest(settings.auth_tokens[0].encode(), text.encode(), hashlib.sha1)
    ).decode()
