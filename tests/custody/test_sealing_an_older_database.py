"""A database of the first release held clinic files and providers in the open; upgrading seals them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from followup.store import Store, open_store
from followup.store.migrate import _config, migrate
from followup.store.models import Clinic, Outbound, Procedure, RosterLine
from followup.store.seal import seal
from tests import postgres
from tests.needs import missing

NOW = "2026-03-09 12:00:00"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """At revision 0003, with a clinic, a procedure with a proposal, and a mail."""
    if request.param == "sqlite":
        yield _as_it_was(open_store(f"sqlite:///{tmp_path / 'older.db'}"))
        return
    server: postgres.Server | str = request.getfixturevalue("_server")
    if isinstance(server, str):
        missing("postgres", server)
    with server.database() as url:
        yield _as_it_was(open_store(url))


def _as_it_was(store: Store) -> Store:
    with store.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        connection.commit()
    with store.engine.begin() as connection:
        sealed = {
            name: seal("x", f"patient.{name}") for name in ("chart", "given_name", "family_name", "phone")
        }
        for statement in _ROWS:
            connection.execute(
                text(statement),
                {"now": NOW, "no": False, "year": seal("", "patient.birth_year"), **sealed,
                 "to": seal("x", "outbound.to"), "body": seal("", "outbound.body"),
                 "said": seal("", "roster_line.said")},
            )  # fmt: skip
    return store


_ROWS = (
    "INSERT INTO clinic (id, code, sender, file, source, paused, created_at, changed_at) VALUES"
    " (1, 'harbor', '+12025550123', 'Dr Wolkenstein is on call', 'the same', :no, :now, :now)",
    "INSERT INTO patient (id, clinic_id, chart, chart_hash, given_name, family_name, phone, phone_hash,"
    " phone_state, language, channel, timezone, consent, birth_year, created_at, changed_at) VALUES"
    " (1, 1, :chart, 'h', :given_name, :family_name, :phone, '', 'ok', 'en', 'text', '', :no, :year,"
    " :now, :now)",
    "INSERT INTO procedure (id, clinic_id, patient_id, reference, performed_at, status, kind, levels, side,"
    " intent, agent, provider, ended, ended_by, created_at, changed_at) VALUES"
    " (1, 1, 1, 'P1', :now, 'performed', 'facet', '', '', '', '', 'Dr Quillfeather', '', '', :now, :now)",
    "INSERT INTO proposal (id, procedure_id, seq, disposition, reason, flags, rule, inputs, thresholds, at)"
    " VALUES (1, 1, 1, 'provider_review', 'x', '', 'r', '{}', '{}', :now)",
    'INSERT INTO outbound (id, dedupe, clinic_id, channel, step, question, turn, sender, "to", to_hash,'
    " subject, body, state, due_at, owner, attempts, looks, sid, delivery, error, reason, segments, seconds,"
    " created_at, changed_at) VALUES (1, 'digest:harbor:2026-03-09:0730:desk@harbor.example', 1, 'email',"
    " 'digest', '', 0, '', :to, '', '', :body, 'sent', :now, '', 0, 0, '', '', '', '', 0, 0, :now, :now)",
    "INSERT INTO roster (id, clinic_id, at, lines, unchanged) VALUES (1, 1, :now, 1, 0)",
    "INSERT INTO roster_line (id, roster_id, line, result, reference, said)"
    " VALUES (1, 1, 2, 'new', 'P1', :said)",
)


def test_what_stood_open_is_sealed_and_nothing_is_lost(older: Store, tmp_path: Path) -> None:
    migrate(older)
    with older.read() as session:
        clinic = session.get_one(Clinic, 1)
        assert (clinic.file, clinic.source) == ("Dr Wolkenstein is on call", "the same")
        assert session.get_one(Procedure, 1).provider == "Dr Quillfeather"
        assert "@" not in session.get_one(Outbound, 1).dedupe
        assert session.execute(text("SELECT count(*) FROM proposal")).scalar_one() == 1
        assert session.get_one(RosterLine, 1).clinic_id == 1
    older.close()
    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("older.db*"))
    assert not older.is_sqlite or b"harbor" in on_disk
    for secret in (b"Wolkenstein", b"Quillfeather", b"desk@"):
        assert secret not in on_disk
