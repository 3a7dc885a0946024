"""Refuse whatever the carrier did not sign, before anything is stored.

The signature covers the address Twilio called, which behind a proxy is not the address Flask sees; so it is
rebuilt from the configured public one. The query is taken as raw bytes (Flask decodes `%2F` and the like, and
a genuine request then fails), the form whole: stripping a space or dropping a blank or repeated field
breaks a genuine signature too.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Request
from twilio.request_validator import RequestValidator


def is_signed(request: Request, public_url: str, tokens: Sequence[str]) -> bool:
    """Whether one of the account's tokens (several during a rotation) signed this request."""
    signature = request.headers.get("X-Twilio-Signature", "")
    if not signature or request.method != "POST":
        return False
    url = _signed_url(request, public_url)
    return any(RequestValidator(token).validate(url, request.form, signature) for token in tokens)


def _signed_url(request: Request, public_url: str) -> str:
    query = request.query_string.decode("latin-1")
    return public_url + request.path + (f"?{query}" if query else "")
