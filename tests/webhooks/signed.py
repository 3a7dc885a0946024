"""Requests signed by hand from the carrier's description, so that nothing agrees with itself."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

PUBLIC = "https://followup.example"
TOKEN = "a-token-of-the-simulated-account"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"


def signature(
    path: str, fields: Sequence[tuple[str, str]], token: str = TOKEN, how: str = "sha1", base: str = PUBLIC
) -> str:
    pairs = sorted({(name, value) for name, value in fields})
    text = base + path + "".join(name + value for name, value in pairs)
    return base64.b64encode(hmac.new(token.encode(), text.encode(), how).digest()).decode()


def post(
    app: Any, path: str, fields: Sequence[tuple[str, str]], signed: str | None, **headers: str
) -> TestResponse:
    """Post a form as the carrier would; `signed` None leaves the signature out."""
    given = {} if signed is None else {"X-Twilio-Signature": signed}
    answer: TestResponse = app.test_client().post(
        path, data=urlencode(fields), headers={**given, **headers},
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    return answer


def signed_post(day: Any, path: str, **fields: str) -> TestResponse:
    """A genuine request to a day's web app."""
    listed = list(fields.items())
    return post(day.app, path, listed, signature(path, listed))
