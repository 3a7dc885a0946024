"""What every command shares: how it starts, how it fails, and which clinic it means."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from followup.clock import parse_moment
from followup.config import DATA, Settings, SettingsError

if TYPE_CHECKING:
    from sqlmodel import Session

    from followup.store import Store
    from followup.store.models import Clinic


_SAY_WHICH = "There is more than one clinic; say which with --clinic CODE."
_NONE_YET = "There is no clinic yet. Make one with `followup clinic set FILE.toml`."


class CouldNotStart(click.ClickException):
    """One sentence on stderr and exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True)


class _Moment(click.ParamType[datetime]):
    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return value if isinstance(value, datetime) else parse_moment(value)
        except ValueError as problem:
            self.fail(str(problem), param, ctx)


class _Day(click.ParamType[date]):
    name = "DAY"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write it like 2026-03-10", param, ctx)


DAY = _Day()

now_option = click.option("--now", type=_Moment(), help="Act as if it were this moment (ISO 8601 with zone).")
clinic_option = click.option("--clinic", "code", help="The clinic's code; not needed when there is only one.")


def read_settings(need: Collection[str]) -> Settings:
    try:
        return Settings.from_env(need)
    except SettingsError as problem:
        raise CouldNotStart(str(problem)) from None


@contextmanager
def open_database(need: Collection[str] = DATA) -> Iterator[tuple[Settings, Store]]:
    """The settings and the database, closed at the end."""
    from followup.setup import open_for_work

    settings = read_settings(need)
    try:
        store = open_for_work(settings)
    except SettingsError as problem:
        raise CouldNotStart(str(problem)) from None
    try:
        yield settings, store
    finally:
        store.close()


def chosen_clinic(session: Session, code: str | None) -> Clinic:
    """The clinic named, or the only one there is."""
    from sqlmodel import select

    from followup.store.models import Clinic

    clinics = session.exec(select(Clinic)).all() if code is None else []
    if code is None and len(clinics) == 1:
        return clinics[0]
    if code is None:
        raise CouldNotStart(_SAY_WHICH if clinics else _NONE_YET)
    found = session.exec(select(Clinic).where(Clinic.code == code)).one_or_none()
    if found is None:
        raise CouldNotStart(f"There is no clinic {code!r}. `followup clinic set FILE.toml` makes one.")
    return found


def owner() -> str:
    """Who claims rows: this process on this machine."""
    return f"{socket.gethostname()}:{os.getpid()}"
