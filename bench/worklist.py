"""How soon the worklist and the search answer with five hundred open cases and years of closed ones.

    python bench/worklist.py [FOLLOW_UPS] [--sqlite]

On the past that `bench/fill.py` makes (a million follow-ups unless said otherwise), signs in over HTTP and
asks a hundred times each for the worklist, for what is new on it, for one patient, and for a name, a number
and a chart id. `make bench` does the same at every size (bench/growth.py).
"""

from __future__ import annotations

import re
import statistics
import sys
import time
from decimal import Decimal
from pathlib import Path

import requests
from sqlmodel import select

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.fill import History, databases
from bench.inbound import environment
from followup.cli.mortal import SharedClock
from followup.console.accounts import add_staff
from followup.store import Store, open_store
from followup.store.models import Clinic, Patient
from tests.digest.clinic_day import NOW, REPEAT, TESTING, WORSE, add_case
from tests.morning.processes import webs

OPEN, TIMES, LIMIT = 500, 100, 150  # cases, requests of each kind, milliseconds at the 95th percentile
PASSWORD = "four words put together"
KINDS = (REPEAT, TESTING, WORSE, {"pain_now": 7})


def busy_day(store: Store) -> int:
    """Five hundred open cases of every kind and somebody to look at them; returns a patient's id."""
    with store.write() as session:
        clinic = session.exec(select(Clinic)).first()
        assert clinic is not None
        for number in range(OPEN):
            silent = number % 3 == 2
            case = add_case(
                session, clinic, 20_000_000 + number, f"Open{number} Case",
                said={} if silent else KINDS[number % len(KINDS)], words="" if silent else "7",
                outcome="no_answer" if silent else "answered", baseline=Decimal(8),
                provider=f"Dr {number % 6}",
            )  # fmt: skip
        add_staff(session, clinic, "desk@harbor.example", "frontdesk", PASSWORD, NOW)
        return case.patient_id


def signed_in(address: str) -> requests.Session:
    browser = requests.Session()
    page = browser.get(f"{address}/sign-in", timeout=30).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    form = {"email": "desk@harbor.example", "password": PASSWORD, "csrf_token": found[1]}
    browser.post(f"{address}/sign-in", data=form, timeout=30)
    return browser


def first_byte(
    browser: requests.Session, method: str, url: str, times: int = TIMES, **more: object
) -> list[float]:
    """Milliseconds until the first byte, for each of so many requests after three to warm up."""
    took = []
    for _ in range(times + 3):
        started = time.perf_counter()
        answer = browser.request(method, url, stream=True, timeout=30, **more)  # type: ignore[arg-type]
        next(answer.iter_content(1))
        took.append((time.perf_counter() - started) * 1000)
        answer.close()
        assert answer.status_code == 200, (url, answer.status_code)
    return sorted(took[3:])


def answers(store: Store, url: str, patient: int, times: int = TIMES) -> dict[str, list[float]]:
    """Milliseconds until the first byte of each page, in order, from a server on this machine."""
    with store.read() as session:
        known = session.get_one(Patient, patient)
        number, chart = known.phone, known.chart
    env = environment(url) | {"PUBLIC_URL": "http://127.0.0.1", "SECRET_KEY": "0123456789abcdef" * 2}
    # A process of its own, as `serve` is: sharing ours, it would wait for us too.
    with webs(env, SharedClock(NOW).cell, 1) as (port,):
        address = f"http://127.0.0.1:{port}"
        browser = signed_in(address)
        page = browser.get(f"{address}/", timeout=30).text
        assert page.count('<tbody id="row-') >= 30, "the list is not shown"
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token

        def asked(path: str) -> list[float]:
            return first_byte(browser, "GET", address + path, times)

        def searched(words: str) -> list[float]:
            form = {"q": words, "csrf_token": token[1]}
            return first_byte(browser, "POST", f"{address}/search", times, data=form)

        return {
            "the worklist": asked("/"),
            "its tenth page": asked("/?page=10"),
            "what is new": asked("/worklist/news"),
            "one patient": asked(f"/patients/{patient}"),
            "a name": searched("open4 case"),
            "a number": searched(number),
            "a chart id": searched(chart),
        }


def measure(kind: str, url: str, size: int) -> bool:
    store = open_store(url)
    loaded = History(store).grow(size)
    patient = busy_day(store)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    told = answers(store, url, patient)
    store.close()
    print(f"{kind}: {OPEN} open, {size:,} closed follow-ups (made in {loaded:.0f} s); first byte in ms")
    for name, took in told.items():
        print(f"  {name:<16} p50 {statistics.median(took):6.1f}   p95 {late(took):6.1f}")
    return late(told["the worklist"]) < LIMIT


def late(took: list[float]) -> float:
    """The 95th percentile."""
    return took[int(len(took) * 0.95) - 1]


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "--sqlite"]
    size = int(words[0]) if words else 1_000_000
    with databases() as each:
        fine = [measure(kind, url, size) for kind, url in each if kind != "SQLite" or "--sqlite" in sys.argv]
    sys.exit(0 if all(fine) else 1)


if __name__ == "__main__":
    main()
