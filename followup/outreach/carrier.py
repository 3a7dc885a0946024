"""The one place that talks to Twilio's REST API.

The library's own HTTP client has no timeout and reads proxy variables from the environment; a silent
server would stop the clock for ever. Ours has a timeout, a pool as large as the sender's threads, no
retries (creating a message is not idempotent, and there is no idempotency key), and the base address
of the settings, which is all that tells a real carrier from a simulated one.

Network failures come as urllib3's exceptions, refusals as TwilioRestException, and an unreadable 201
as a JSON error *after* the message was created: each is turned into a named outcome here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

import certifi
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from urllib3 import PoolManager, Timeout, make_headers
from urllib3.exceptions import ConnectTimeoutError, HTTPError, SSLError, TimeoutError

from followup.outreach.outcome import Accepted, Later, Listed, Outcome, Refused, Sighting, Unsure

Found = TypeVar("Found")

TIMEOUT = (5.0, 15.0)  # seconds to connect, to answer
SENDERS = 16  # threads that may send at once
_RING = 25  # seconds: long enough to cross a room
_BUSY = 20429  # Twilio: too many requests at once; this one was not processed
_FULL = (21611, 22005)  # the sender's queue, of texts or calls: a wait of seconds would not help


class Carrier:
    """Sends texts, places calls, looks both up. One per process; safe to share between threads."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        api_url: str,
        outside_transaction: Callable[[], None] = lambda: None,
        timeout: tuple[float, float] = TIMEOUT,
        threads: int = SENDERS,
    ) -> None:
        """`outside_transaction` raises when a transaction is open: no lock may wait for the network."""
        self._client = Client(account_sid, auth_token, http_client=_Http(api_url, timeout, threads))
        self._outside_transaction = outside_transaction
        self.account_sid = account_sid

    def send_text(
        self, *, to: str, sender: str, body: str, status_callback: str, validity_seconds: int
    ) -> Outcome:
        """Create a message. Unsent after `validity_seconds` (1 to 36,000) the carrier drops it (30036)."""
        self._outside_transaction()
        source = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        return _outcome(
            lambda: self._client.messages.create(
                to=to,
                body=body,
                status_callback=status_callback,
                validity_period=max(1, min(validity_seconds, 36_000)),
                **source,
            )
        )

    def place_call(self, *, to: str, sender: str, answer: str, status: str, machine: str = "") -> Outcome:
        """Ring a number. `answer`, `status`, `machine`: where its TwiML, its progress and its verdict go.

        Detection runs beside the call (Twilio: asynchronous AMD), or whoever picks up would first hear four
        seconds of silence. The library writes a Python True as "True", which the carrier takes for no.
        """
        self._outside_transaction()
        detection = {
            "machine_detection": "DetectMessageEnd",
            "async_amd": "true",
            "async_amd_status_callback": machine,
            "async_amd_status_callback_method": "POST",
        }
        return _outcome(
            lambda: self._client.calls.create(
                to=to,
                from_=sender,
                url=answer,
                method="POST",
                timeout=_RING,
                status_callback=status,
                status_callback_method="POST",
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                **(detection if machine else {}),
            )
        )

    def redirect_call(self, sid: str, twiml: str) -> Outcome:
        """Give a call that is under way other words; Refused(21220) when it is over."""
        self._outside_transaction()
        return _outcome(lambda: self._client.calls(sid).update(twiml=twiml))

    def redact_text(self, sid: str) -> Outcome:
        """Take a text's words away; Refused(20009) while it is not final, Refused(20404) when it is gone."""
        self._outside_transaction()
        return _outcome(lambda: self._client.messages(sid).update(body=""))

    def find_calls(self, to: str, since: datetime) -> list[Sighting] | None:
        """Calls to a number created since a moment; None when the carrier could not be asked.

        The carrier's own filter is on the day a call was *answered*, which an unanswered one has not.
        """
        self._outside_transaction()
        return _asked(
            lambda: [
                Sighting(c.sid, str(c.status), "", c.date_created, seconds=int(c.duration or 0))
                for c in self._client.calls.list(to=to, limit=100, page_size=100)
                if c.date_created and c.date_created >= since
            ]
        )

    def find_texts(self, to: str, since: datetime) -> list[Sighting] | None:
        """Messages to a number created since a moment; None when the carrier could not be asked.

        Twilio filters on the day of *sending*, which an unsent message has not, so the comparison with
        the day of creation is ours.
        """
        self._outside_transaction()
        return _asked(
            lambda: [
                Sighting(m.sid, str(m.status), m.body or "", m.date_created, int(m.error_code or 0))
                for m in self._client.messages.list(to=to, limit=100, page_size=100)
                if m.date_created and m.date_created >= since
            ]
        )

    def find_text(self, sid: str) -> list[Sighting] | None:
        """One message by its id: [] when the carrier has none, None when it could not be asked."""
        self._outside_transaction()

        def ask() -> list[Sighting]:
            m = self._client.messages(sid).fetch()
            return [Sighting(m.sid, str(m.status), m.body or "", m.date_created, int(m.error_code or 0))]

        return _asked(lambda: _or_none(ask))

    def texts_of(self, day: date) -> list[Listed] | None:
        """Every message, both ways, sent on this UTC day; None when the list could not be had."""
        self._outside_transaction()
        return _asked(
            lambda: [
                Listed(
                    m.sid, str(m.direction), m.from_ or "", m.to or "", m.messaging_service_sid or "",
                    m.body or "", int(m.num_media or 0), m.date_created,
                )
                for m in self._client.messages.list(date_sent=day.isoformat(), page_size=1000)
                if m.date_created
            ]
        )  # fmt: skip

    def calls_of(self, day: date) -> list[Listed] | None:
        """Every call, both ways, that started or ended on this UTC day; None when the list could not be had.

        Two lists, since a call that nobody took may have no time of starting.
        """
        self._outside_transaction()
        calls, on = self._client.calls, day.isoformat()  # a day: a time with it would be taken for the second

        def ask() -> list[Listed]:
            listed = (*calls.list(start_time=on, page_size=1000), *calls.list(end_time=on, page_size=1000))
            found = {call.sid: call for call in listed}
            return [
                Listed(c.sid, str(c.direction), c._from or "", c.to or "", "", "", 0, c.date_created)
                for c in found.values()
                if c.date_created
            ]

        return _asked(ask)

    def find_call(self, sid: str) -> list[Sighting] | None:
        """One call by its id: [] when the carrier has none, None when it could not be asked."""
        self._outside_transaction()

        def ask() -> list[Sighting]:
            c = self._client.calls(sid).fetch()
            return [Sighting(c.sid, str(c.status), "", c.date_created, seconds=int(c.duration or 0))]

        return _asked(lambda: _or_none(ask))

    def check_credentials(self) -> Outcome:
        """Fetch our own account: tells a wrong SID or token before the first patient is due."""
        self._outside_transaction()
        return _outcome(lambda: self._client.api.v2010.accounts(self._client.account_sid).fetch())


def _or_none(fetch: Callable[[], list[Found]]) -> list[Found]:
    """What is fetched by its id; a 404 is an answer too: there is no such thing."""
    try:
        return fetch()
    except TwilioRestException as refusal:
        if refusal.status == 404:
            return []
        raise


def _asked(ask: Callable[[], list[Found]]) -> list[Found] | None:
    try:
        return ask()
    except (HTTPError, TwilioException, ValueError, KeyError):
        return None


def _outcome(ask: Callable[[], Any]) -> Outcome:
    try:
        made = ask()
        if not isinstance(made.sid, str):
            return Unsure("unreadable answer")
        return Accepted(made.sid, str(made.status or ""))
    except (TwilioRestException, TwilioServiceException) as refusal:
        return _refusal(refusal.status, refusal.code)
    except (ConnectTimeoutError, SSLError):
        # Refused, not found or not trusted before a connection stood: nothing was sent.
        return Later(0, 60)
    except TimeoutError:
        return Unsure("timeout")
    except HTTPError:
        return Unsure("connection lost")
    except (ValueError, TypeError, KeyError, AttributeError):
        return Unsure("unreadable answer")
    except TwilioException:
        return Unsure("unreadable answer")


def _refusal(status: int, code: int | None) -> Outcome:
    """A 4xx is a definite no; 429 a definite not-now; a 5xx may have come after the message was made."""
    if code == _BUSY or (status == 429 and code not in _FULL):
        return Later(_BUSY, 30)
    if 400 <= status < 500:
        return Refused(int(code or status))
    return Unsure("server error")


class _Http(HttpClient):  # type: ignore[misc]
    """urllib3 without requests above it, which would take as long again for each text as the rest."""

    def __init__(self, api_url: str, timeout: tuple[float, float], threads: int) -> None:
        super().__init__(None, False, None)
        self._base = urlsplit(api_url)
        self._pool = PoolManager(
            num_pools=4,
            maxsize=threads,
            timeout=Timeout(connect=timeout[0], read=timeout[1]),
            retries=False,
            ca_certs=certifi.where(),
        )

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        asked = urlsplit(url)
        asking = {name: value for name, value in (params or {}).items() if value is not None}
        query = "&".join(part for part in (asked.query, urlencode(asking, doseq=True)) if part)
        answer = self._pool.request(
            method,
            urlunsplit((self._base.scheme, self._base.netloc, self._base.path + asked.path, query, "")),
            body=urlencode(data, doseq=True) if data else None,
            headers={**(headers or {}), **_who(auth)},
            redirect=False,
        )
        return Response(answer.status, answer.data.decode(), answer.headers)


@lru_cache(maxsize=4)
def _who(auth: tuple[str, str] | None) -> dict[str, str]:
    credentials = f"{auth[0]}:{auth[1]}" if auth else None
    found: dict[str, str] = make_headers(basic_auth=credentials, accept_encoding=True)
    return found
