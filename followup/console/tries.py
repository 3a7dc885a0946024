"""What a try at signing in is counted by: the account, and the network address it comes from.

Counting by the account alone would let anybody shut a colleague out by typing wrong passwords. So a browser
that has signed in to the account before is counted by itself: strangers use up the strangers' tries.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from flask import Response, after_this_request, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlmodel import Session

from followup import limits
from followup.store import keyed_hash, known_hashes

FREE, LONGEST = 5, timedelta(minutes=15)  # wrong tries at one account; so long its door shuts at most
_FREE_HERE, _LONGEST_HERE = 30, timedelta(hours=1)  # the same for one address, shared by a whole clinic
_COOKIE, _LASTS = "followup_browser", 90 * 24 * 3600  # seconds
_PRIVATE = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")


@dataclass(frozen=True)
class Tries:
    """The tallies of one request. `place` is "" when the address tells nobody from anybody else."""

    account: str
    place: str

    def count(self, db: Session, now: datetime) -> timedelta:
        """Count one try; returns zero, or how long to wait."""
        wait = timedelta(0)
        if self.place:
            wait = limits.knock(db, self.place, now, free=_FREE_HERE, longest=_LONGEST_HERE)
        return wait or limits.knock(db, self.account, now, free=FREE, longest=LONGEST)

    def forgive(self, db: Session, now: datetime) -> None:
        """It was right. In the order of counting, or two requests would wait for each other."""
        if self.place:
            limits.forgive_one(db, self.place, now)
        limits.forgive(db, self.account)

    def take_back(self, db: Session, now: datetime) -> None:
        """It was never looked at."""
        if self.place:
            limits.forgive_one(db, self.place, now)
        limits.forgive_one(db, self.account, now)


def tries_at(email: str) -> Tries:
    """By what this request's try at the account of `email` is counted, whether there is one or not."""
    address = request.remote_addr or ""
    place = "" if _is_the_proxys(address) else f"from:{keyed_hash('address', address)}"
    return Tries(f"account:{keyed_hash('email', email)}:{_known_as(email)}", place)


def remember_browser(email: str) -> None:
    """Let this browser be counted by itself from now on; the cookie opens nothing."""
    value = _signer().dumps([keyed_hash("email", email), secrets.token_hex(6)])

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            _COOKIE, value, max_age=_LASTS, path="/sign-in", httponly=True, samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )  # fmt: skip
        return response


def _known_as(email: str) -> str:
    try:
        whose, mark = _signer().loads(request.cookies.get(_COOKIE, ""), max_age=_LASTS)
    except (BadSignature, ValueError, TypeError):
        return ""
    return str(mark) if whose in known_hashes("email", email) else ""


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="a browser that was signed in")


def _is_the_proxys(address: str) -> bool:
    """Whether everybody would share this address: an https server nobody told of the proxy before it.

    Thirty wrong passwords of a stranger would then shut everybody's door.
    """
    settings = current_app.extensions["followup"].settings
    if settings.proxies or not settings.public_url.startswith("https:"):
        return False
    try:
        return any(ip_address(address) in ip_network(net) for net in _PRIVATE)
    except ValueError:
        return True
