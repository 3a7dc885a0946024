"""The door opens only for what the carrier signed; each way a genuine signature is known to break is a test.

Signatures are made here by hand, from Twilio's description, so that the validator cannot agree with itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from followup.clock import SetClock
from followup.config import Settings
from followup.store import Store
from followup.store.models import Inbound, Receipt
from webhooks.app import create_app

PUBLIC = "https://followup.example"
TEXT = [("MessageSid", "SM" + "1" * 32), ("From", "+12025550201"), ("To", "+12025550123"), ("Body", "7")]


def sign(url: str, fields: Sequence[tuple[str, str]], token: str = "new-token") -> str:
    pairs = sorted({(name, value) for name, value in fields})
    text = url + "".join(name + value for name, value in pairs)
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@pytest.fixture
def door(store: Store, now: object, tmp_path: Path) -> FlaskClient:
    settings = Settings(
        database_url="",
        public_url=PUBLIC,
        auth_tokens=("new-token", "old-token"),
        secret_key="0123456789abcdef",
        spool=str(tmp_path / "spool"),
    )
    return create_app(settings, store, SetClock(now)).test_client()  # type: ignore[arg-type]


def post(
    door: FlaskClient,
    path: str,
    fields: Sequence[tuple[str, str]],
    signature: str | None,
    base: str = "http://inner:8080",
) -> int:
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    return door.post(
        path, base_url=base, data=urlencode(fields), headers=headers,
        content_type="application/x-www-form-urlencoded",
    ).status_code  # fmt: skip


def inbound(store: Store) -> list[Inbound]:
    with store.read() as session:
        return list(session.exec(select(Inbound)).all())


def test_a_genuine_signature_opens_the_door_behind_a_proxy(door: FlaskClient, store: Store) -> None:
    assert post(door, "/twilio/sms", TEXT, sign(f"{PUBLIC}/twilio/sms", TEXT)) == 200
    assert [row.body for row in inbound(store)] == ["7"]


@pytest.mark.parametrize("signature", [None, "", "nonsense", "AAAA" * 7])
def test_an_absent_or_wrong_signature_is_refused_and_stores_nothing(
    door: FlaskClient, store: Store, signature: str | None
) -> None:
    assert post(door, "/twilio/sms", TEXT, signature) == 403
    assert post(door, "/twilio/sms/status?o=1", TEXT, signature) == 403
    assert post(door, "/twilio/no-such-page", TEXT, signature) == 403
    assert inbound(store) == []


def test_a_signature_for_another_body_another_path_or_http_is_refused(
    door: FlaskClient, store: Store
) -> None:
    other = [*TEXT[:3], ("Body", "0")]
    assert post(door, "/twilio/sms", other, sign(f"{PUBLIC}/twilio/sms", TEXT)) == 403
    assert post(door, "/twilio/sms", TEXT, sign(f"{PUBLIC}/twilio/sms/status", TEXT)) == 403
    assert post(door, "/twilio/sms", TEXT, sign("http://followup.example/twilio/sms", TEXT)) == 403
    assert inbound(store) == []


def test_a_replayed_text_is_stored_once_and_answered_alike(door: FlaskClient, store: Store) -> None:
    signature = sign(f"{PUBLIC}/twilio/sms", TEXT)
    first = door.post("/twilio/sms", data=dict(TEXT), headers={"X-Twilio-Signature": signature})
    again = door.post("/twilio/sms", data=dict(TEXT), headers={"X-Twilio-Signature": signature})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.data == again.data
    assert len(inbound(store)) == 1


def test_both_tokens_of_a_rotation_are_accepted_and_a_third_is_not(door: FlaskClient) -> None:
    url = f"{PUBLIC}/twilio/sms"
    assert post(door, "/twilio/sms", TEXT, sign(url, TEXT, "new-token")) == 200
    assert post(door, "/twilio/sms", TEXT, sign(url, TEXT, "old-token")) == 200
    assert post(door, "/twilio/sms", TEXT, sign(url, TEXT, "third-token")) == 403


def test_a_blank_a_padded_and_a_repeated_field_still_validate(door: FlaskClient, store: Store) -> None:
    fields = [
        *TEXT[:3],
        ("Body", "  7 "),
        ("FromZip", ""),
        ("MediaUrl", "b"),
        ("MediaUrl", "a"),
        ("MediaUrl", "b"),
    ]
    assert post(door, "/twilio/sms", fields, sign(f"{PUBLIC}/twilio/sms", fields)) == 200
    assert inbound(store)[0].body == "  7 "


@pytest.mark.parametrize("query", ["o=1", "o=%C3%B1", "o=a%2Fb%40c%3A%2C%27%7E", "o=a+b&o=%20", "o=1&o=1"])
def test_an_encoded_query_still_validates(door: FlaskClient, store: Store, query: str) -> None:
    fields = [("MessageSid", "SM" + "2" * 32), ("MessageStatus", "delivered")]
    path = f"/twilio/sms/status?{query}"
    assert post(door, path, fields, sign(PUBLIC + path, fields)) == 204
    with store.read() as session:
        assert len(session.exec(select(Receipt)).all()) == 1


def test_unknown_fields_are_signed_and_kept(door: FlaskClient, store: Store) -> None:
    fields = [*TEXT, ("SomethingNewTwilioAdded", "ñ 'quoted' <b>")]
    assert post(door, "/twilio/sms", fields, sign(f"{PUBLIC}/twilio/sms", fields)) == 200
    assert "SomethingNewTwilioAdded" in inbound(store)[0].raw


def test_a_get_is_never_a_webhook(door: FlaskClient) -> None:
    assert (
        door.get("/twilio/sms", headers={"X-Twilio-Signature": sign(f"{PUBLIC}/twilio/sms", [])}).status_code
        == 403
    )


def test_answers_are_never_plain_text(door: FlaskClient) -> None:
    """The carrier sends text/plain to the patient as a text."""
    answer = door.post(
        "/twilio/sms", data=dict(TEXT), headers={"X-Twilio-Signature": sign(f"{PUBLIC}/twilio/sms", TEXT)}
    )
    assert answer.mimetype == "text/xml"


def test_a_signed_text_without_an_id_is_a_400_with_a_sentence(door: FlaskClient) -> None:
    fields = TEXT[1:]
    assert post(door, "/twilio/sms", fields, sign(f"{PUBLIC}/twilio/sms", fields)) == 400
