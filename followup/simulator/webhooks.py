"""Requests from the carrier to the product: signed, over real HTTP, with Twilio's retries and redirects.

Real sockets rather than a call into the product's app: timeouts, lost answers and a product that was killed
are then what they are in life. The URL is signed with the public base and posted to where the product
listens, as through a proxy that ends TLS.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from .faults import Faults
from .log import Log
from .overrides import Overrides, split
from .signing import signature

Params = Sequence[tuple[str, str]]
MAX_REDIRECTS = 10
COOKIE_LIFE = timedelta(hours=4)
RETRIEVAL, CONNECT, REDIRECTS = 11200, 11205, 11215
# Twilio adds parameters without notice. These stand for them on every request: new, blank, and repeated.
UNANNOUNCED = (("FutureTrack", "b7"), ("FutureBlank", ""), ("FutureList", "two"), ("FutureList", "one"))


@dataclass(frozen=True)
class Answer:
    """What came back. `error` is 0 or Twilio's code for why nothing usable did; `url` answered (after
    redirects) and is the base of relative addresses in the document."""

    url: str
    status: int = 0
    mime: str = ""
    body: bytes = b""
    error: int = 0
    failure: str = ""  # "ct", "rt", "4xx", "5xx"

    @property
    def ok(self) -> bool:
        return not self.error


@dataclass(frozen=True)
class _Asking:
    """One event to tell the product of, and the limits it is told within."""

    params: Params
    method: str
    pair: tuple[str, str] | None
    token: str
    rules: Overrides
    deadline: float  # of time.monotonic()

    @property
    def left(self) -> float:
        return max(0.05, self.deadline - time.monotonic())


class Webhooks:
    def __init__(
        self,
        auth_token: str,
        public_url: str,
        deliver_to: str,
        now: Callable[[], datetime],
        log: Log,
        faults: Faults,
        unique: Callable[[str], str],
    ) -> None:
        self.auth_token = auth_token
        self.public_url = public_url.rstrip("/")
        self.deliver_to = deliver_to.rstrip("/")
        self.also_to: tuple[str, ...] = ()  # more of the product's processes, asked in turn
        self._turn = count()
        self._now, self._log, self._faults, self._unique = now, log, faults, unique
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy variable must not carry loopback traffic away
        self._cookies: dict[tuple[str, str], tuple[datetime, dict[str, str]]] = {}

    def post(
        self,
        url: str,
        params: Params,
        *,
        method: str = "POST",
        fallback: str = "",
        pair: tuple[str, str] | None = None,
        token: str = "",
    ) -> Answer:
        """Request `url` with `params`, retry as its fragment says, then try `fallback`.

        `pair` (from, to) keeps cookies for four hours. `token` repeats an earlier idempotency token, for a
        second delivery of the same event. The total never exceeds 15 real seconds for either address.
        """
        token = token or self._unique("idempotency")
        answer = self._with_retries(url, params, method, pair, token)
        if not answer.ok and fallback:
            reasons = (("ErrorCode", str(answer.error)), ("ErrorUrl", split(url)[0]))
            answer = self._with_retries(fallback, [*params, *reasons], method, pair, token)
        return answer

    def _with_retries(
        self, url: str, params: Params, method: str, pair: tuple[str, str] | None, token: str
    ) -> Answer:
        address, rules = split(url)
        asking = _Asking(params, method, pair, token, rules, time.monotonic() + rules.total)
        answer = Answer(address, error=RETRIEVAL)
        for attempt in range(rules.retries + 1):
            answer = self._redirected(address, asking)
            self._log.note(
                "webhook", url=address, attempt=attempt, status=answer.status, error=answer.error, token=token
            )
            if answer.ok or not rules.retries_after(answer.failure) or time.monotonic() >= asking.deadline:
                break
        return answer

    def _redirected(self, url: str, asking: _Asking) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            answer, location = self._once(url, asking)
            if not location:
                return answer
            if answer.status in (301, 302, 303):
                # As a browser does: the form is lost, and Digits with it.
                asking = replace(asking, method="GET", params=())
            url = urljoin(url, location)
        return Answer(url, status=answer.status, error=REDIRECTS, failure="4xx")

    def _once(self, url: str, asking: _Asking) -> tuple[Answer, str]:
        """One request; the answer, and where it redirects to if it does."""
        url, request = self._signed(url, asking)
        timeout = (min(asking.rules.connect, asking.left), min(asking.rules.read, asking.left))
        try:
            response = self._session.send(request, timeout=timeout, allow_redirects=False, stream=True)
            with response:
                body = _read(response, asking.deadline)
        except (requests.ConnectTimeout, requests.exceptions.SSLError):
            return Answer(url, error=CONNECT, failure="ct"), ""
        except requests.ConnectionError as broken:
            # Cut off in mid-answer is a read that failed; anything else here never got a connection.
            if "aborted" in str(broken) or "Read timed out" in str(broken):
                return Answer(url, error=RETRIEVAL, failure="rt"), ""
            return Answer(url, error=CONNECT, failure="ct"), ""
        except requests.RequestException:
            return Answer(url, error=RETRIEVAL, failure="rt"), ""
        if self._faults.strikes("answer_lost"):
            return Answer(url, error=RETRIEVAL, failure="rt"), ""
        self._keep_cookies(asking.pair, response.cookies.get_dict())
        mime = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
        kind = response.status_code // 100
        location = response.headers.get("Location", "") if kind == 3 else ""
        if kind == 2:
            return Answer(url, response.status_code, mime, body), ""
        return Answer(url, response.status_code, mime, body, RETRIEVAL, f"{kind}xx"), location

    def _signed(self, url: str, asking: _Asking) -> tuple[str, requests.PreparedRequest]:
        """The address that is signed, and the request as it goes out: to where the product really listens,
        with the headers that a proxy in front of it would add."""
        form = [*asking.params, *UNANNOUNCED] if asking.params else []
        if asking.method == "GET" and form:
            url += ("&" if urlsplit(url).query else "?") + urlencode(form)
            form = []
        headers = {
            "X-Twilio-Signature": signature(self.auth_token, url, form),
            "I-Twilio-Idempotency-Token": asking.token,
            "User-Agent": "TwilioProxy/1.1 (simulated)",
            "Accept": "*/*",
            "Connection": "close",  # a kept connection to a product that was restarted would fail by itself
        }
        if cookies := self._cookies_for(asking.pair):
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        target = url
        if url.startswith(self.public_url):
            public = urlsplit(self.public_url)
            headers |= {"Host": public.netloc, "X-Forwarded-Proto": public.scheme}
            places = (self.deliver_to, *self.also_to)
            target = places[next(self._turn) % len(places)] + url.removeprefix(self.public_url)
        request = requests.Request(asking.method, target, headers=headers, data=form or None).prepare()
        request.url = target  # as it was given: prepare() would rewrite its escapes
        return url, request

    def _cookies_for(self, pair: tuple[str, str] | None) -> dict[str, str]:
        kept_at, cookies = self._cookies.get(pair, (None, {})) if pair else (None, {})
        return cookies if kept_at and self._now() - kept_at < COOKIE_LIFE else {}

    def _keep_cookies(self, pair: tuple[str, str] | None, cookies: dict[str, str]) -> None:
        if pair and cookies:
            self._cookies[pair] = (self._now(), {**self._cookies_for(pair), **cookies})


def _read(response: requests.Response, deadline: float) -> bytes:
    """The body, at most 64 KiB and not beyond the total time: an answer that trickles is a timeout too."""
    body = b""
    for chunk in response.iter_content(8192):
        body += chunk
        if time.monotonic() > deadline:
            raise requests.ReadTimeout("the answer took longer than the total time")
        if len(body) > 65536:
            break
    return body
