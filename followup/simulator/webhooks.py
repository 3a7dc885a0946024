"""Requests from the carrier to the product: signed, over real HTTP, with Twilio's retries and redirects.

Real sockets rather than a call into the product's app: timeouts, lost answers and a product that was killed
are then what they are in life. The URL is signed with the public base and posted to where the product
listens, as through a proxy that ends TLS.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
        deadline = time.monotonic() + rules.total
        answer = Answer(address, error=RETRIEVAL)
        for attempt in range(rules.retries + 1):
            answer = self._redirected(address, params, method, pair, token, rules, deadline)
            self._log.note(
                "webhook", url=address, attempt=attempt, status=answer.status, error=answer.error, token=token
            )
            if answer.ok or not rules.retries_after(answer.failure) or time.monotonic() >= deadline:
                break
        return answer

    def _redirected(
        self,
        url: str,
        params: Params,
        method: str,
        pair: tuple[str, str] | None,
        token: str,
        rules: Overrides,
        deadline: float,
    ) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            answer, location = self._once(url, params, method, pair, token, rules, deadline)
            if not location:
                return answer
            if answer.status in (301, 302, 303):
                method, params = "GET", ()  # as a browser does: the form is lost, and Digits with it
            url = urljoin(url, location)
        return Answer(url, status=answer.status, error=REDIRECTS, failure="4xx")

    def _once(
        self,
        url: str,
        params: Params,
        method: str,
        pair: tuple[str, str] | None,
        token: str,
        rules: Overrides,
        deadline: float,
    ) -> tuple[Answer, str]:
        """One request; the answer, and where it redirects to if it does."""
        form = [*params, *UNANNOUNCED] if params else []
        if method == "GET" and form:
            url += ("&" if urlsplit(url).query else "?") + urlencode(form)
            form = []
        headers = {
            "X-Twilio-Signature": signature(self.auth_token, url, form),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1 (simulated)",
            "Accept": "*/*",
            "Connection": "close",  # a kept connection to a product that was restarted would fail by itself
        }
        if cookies := self._cookies_for(pair):
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        request = requests.Request(method, url, headers=headers, data=form or None).prepare()
        request.url = self._delivered(url, request.headers)  # as given: prepare() would rewrite its escapes
        left = max(0.05, deadline - time.monotonic())
        try:
            response = self._session.send(
                request,
                timeout=(min(rules.connect, left), min(rules.read, left)),
                allow_redirects=False,
                stream=True,
            )
            with response:
                body = _read(response, deadline)
        except (requests.ConnectTimeout, requests.exceptions.SSLError):
            return Answer(url, error=CONNECT, failure="ct"), ""
        except requests.ConnectionError as broken:
            # Reset in mid-answer is a read failure; anything else here never got a connection.
            failure = "rt" if "aborted" in str(broken) or "Read timed out" in str(broken) else "ct"
            return Answer(url, error=RETRIEVAL if failure == "rt" else CONNECT, failure=failure), ""
        except requests.RequestException:
            return Answer(url, error=RETRIEVAL, failure="rt"), ""
        if self._faults.strikes("answer_lost"):
            return Answer(url, error=RETRIEVAL, failure="rt"), ""
        self._keep_cookies(pair, response.cookies.get_dict())
        mime = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
        location = response.headers.get("Location", "") if response.status_code // 100 == 3 else ""
        error = 0 if response.status_code // 100 == 2 else RETRIEVAL
        failure = f"{response.status_code // 100}xx" if error else ""
        return Answer(url, response.status_code, mime, body, error, failure), location

    def _delivered(self, url: str, headers: object) -> str:
        """Where `url` is really requested, with the headers a proxy in front of the product would add."""
        if not url.startswith(self.public_url):
            return url
        public = urlsplit(self.public_url)
        assert hasattr(headers, "update")
        headers.update({"Host": public.netloc, "X-Forwarded-Proto": public.scheme})
        return self.deliver_to + url.removeprefix(self.public_url)

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
