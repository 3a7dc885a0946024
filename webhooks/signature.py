"""Refuse whatever the carrier did not sign, before anything is stored.

The signature covers the address Twilio called, which behind a proxy is not the address Flask sees; so it is
rebuilt from the configured public one. The query is taken as raw bytes (Flask decodes `%2F` and the like, and
a genuine request then fails), the form whole: stripping a space or dropping a blank or repeated field
breaks a genuine signature too.

Twilio signs with SHA-1, or, for who has set up a shared key, with SHA-256 and says so in a header. That
header is not signed: it only chooses how to check, and what it names must be one of these two.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Request
from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)


def is_signed(request: Request, public_url: str, tokens: Sequence[str]) -> bool:
    """Whether one of the account's tokens (several during a rotation) signed this request."""
    signature = request.headers.get("X-Twilio-Signature", "")
    if not signature or request.method != "POST":
        return False
    algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER, "")).upper()
    if algorithm not in (HMAC_SHA1, HMAC_SHA256):
        return False
    url = _signed_url(request, public_url)
    return any(RequestValidator(token).validate(url, request.form, signature, algorithm) for token in tokens)


def _signed_url(request: Request, public_url: str) -> str:
    query = request.query_string.decode("latin-1")
    return public_url + request.path + (f"?{query}" if query else "")
