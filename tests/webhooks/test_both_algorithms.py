"""The carrier's two ways of signing, and nothing between them: forged, replayed, downgraded, rotated."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from followup.config import Settings
from followup.store import Store
from followup.store.models import Call, Inbound, Receipt
from tests.clinic_day import SENDER, ClinicDay
from tests.webhooks.signed import SETTINGS, post, signature
from webhooks.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SMS = "/twilio/sms"
TOKENS = ("the-new-secret", "the-old-secret")
BY_KEY = {SETTINGS: "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}


@pytest.fixture
def rotating(day: ClinicDay) -> ClinicDay:
    """While a secret is changed both are accepted, in either algorithm."""
    day.app = create_app(
        Settings(database_url="", public_url="https://followup.example", auth_tokens=TOKENS,
                 secret_key="0123456789abcdef", spool=day.settings.spool), day.store, day.clock,
    )  # fmt: skip
    return day


def text(sid: str = "SM1", words: str = "7") -> list[tuple[str, str]]:
    return [("MessageSid", sid), ("From", "+12025550201"), ("To", SENDER), ("Body", words)]


def kept(store: Store) -> int:
    with store.read() as session:
        return sum(len(session.exec(select(table)).all()) for table in (Inbound, Receipt, Call))


def test_each_secret_of_a_rotation_opens_in_either_algorithm(rotating: ClinicDay) -> None:
    for number, (token, (how, headers)) in enumerate(
        product(TOKENS, (("sha1", {}), ("sha256", BY_KEY)))  # type: ignore[arg-type]
    ):
        fields = text(f"SM{number}")
        answer = post(rotating.app, SMS, fields, signature(SMS, fields, token, how), **headers)
        assert answer.status_code == 200, (token, how)
    assert len(rotating.rows(Inbound)) == 4


def test_a_signature_of_one_algorithm_is_none_in_the_other(rotating: ClinicDay) -> None:
    """A header that chooses the check must not choose a weaker one, or none."""
    fields = text()
    by_sha1, by_sha256 = (signature(SMS, fields, TOKENS[0], how) for how in ("sha1", "sha256"))
    for signed, named in (
        (by_sha1, "key=a,algorithm=HMAC_SHA256"),
        (by_sha256, "key=a,algorithm=HMAC_SHA1"),
        (by_sha256, "key=a"),
        (by_sha256, ""),
        (by_sha1, "key=a,algorithm=none"),
        (by_sha1, "algorithm=HMAC_MD5"),
        (signature(SMS, fields, TOKENS[0], "md5"), "algorithm=HMAC_MD5"),
        (by_sha256, ["algorithm=HMAC_SHA256", "algorithm=HMAC_SHA1"][1]),
    ):
        assert post(rotating.app, SMS, fields, signed, **{SETTINGS: named}).status_code == 403, named
    assert kept(rotating.store) == 0


def test_a_secret_that_was_taken_out_or_never_was_opens_nothing(rotating: ClinicDay) -> None:
    fields = text()
    for token, how in product(("a-third-secret", ""), ("sha1", "sha256")):
        headers = BY_KEY if how == "sha256" else {}
        assert (
            post(rotating.app, SMS, fields, signature(SMS, fields, token, how), **headers).status_code == 403
        )
    assert kept(rotating.store) == 0


def test_a_genuine_signature_bought_for_one_request_opens_no_other(rotating: ClinicDay) -> None:
    """Replayed with another body, on another address, with a field more or less, or the same again."""
    fields = text()
    signed = signature(SMS, fields, TOKENS[0])
    others = (
        (SMS, text(words="0")),
        (SMS, [*fields, ("OptOutType", "STOP")]),
        (SMS, fields[:3]),
        (f"{SMS}?o=1", fields),
        (f"{SMS}/status", fields),
        ("/twilio/voice/incoming", fields),
    )
    for path, changed in others:
        assert post(rotating.app, path, changed, signed).status_code == 403, path
    assert kept(rotating.store) == 0
    answers = {post(rotating.app, SMS, fields, signed).data for _ in range(3)}
    assert len(answers) == 1
    assert kept(rotating.store) == 1


ANYTHING = st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=6)
PATHS = st.sampled_from(
    [SMS, f"{SMS}/status", f"{SMS}/status?o=1", "/twilio/voice/answer?o=1", "/twilio/voice/step?o=1&t=1",
     "/twilio/voice/incoming", "/twilio/voice/status?o=1", "/twilio/voice/machine?o=1",
     "/twilio/../twilio/sms",     "/twilio//sms", "/twilio/sms/", "/twilio/sms%2fstatus"]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=PATHS, fields=ANYTHING, signed=st.one_of(st.none(), st.text(max_size=40)), named=st.text(max_size=40)
)
def test_whatever_a_stranger_posts_is_refused_and_stored_nowhere(
    day: ClinicDay, path: str, fields: dict[str, str], signed: str | None, named: str
) -> None:
    headers = (
        {} if signed is None else {"X-Twilio-Signature": signed.encode("utf-8", "replace").decode("latin-1")}
    )
    headers = {name: value for name, value in headers.items() if not set(value) & set("\r\n")}
    if not set(named) & set("\r\n") and named.isascii():
        headers[SETTINGS] = named
    answer = day.app.test_client().post(path, data=fields, headers=headers)
    assert answer.status_code in (400, 403, 404, 308), path
    assert kept(day.store) == 0
