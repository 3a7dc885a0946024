"""The fixed day in every rendering, as files.

After a wanted change: `python -m tests.digest.golden`, then read the difference line by line.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import select

from followup.digest.build import build
from followup.digest.mail import compose, count
from followup.digest.note import chart_note
from followup.digest.render_html import render_html
from followup.digest.render_json import render_json
from followup.digest.render_outcomes import outcomes_sheet, render_outcomes_html, render_outcomes_text
from followup.digest.render_series import render_series_csv, render_series_html, render_series_text
from followup.digest.render_text import render_text
from followup.digest.series import SeriesSheet, series_sheet
from followup.store import Store, open_store, unlock
from followup.store.migrate import migrate
from followup.store.models import Clinic, Patient

from .clinic_day import DAY, NOW
from .earlier_weeks import add_series
from .full_day import add_full_day

FOLDER = Path(__file__).parent / "golden"
PICTURE = "/outcomes/{name}.svg?narrow={narrow}"
LINK = "https://followup.harbor.example/digest/2026-03-10"


def renderings(store: Store) -> dict[str, str]:
    """File name → what it must hold."""
    with store.write() as session:
        clinic_id = add_full_day(session).id
    with store.read() as session:
        clinic = session.get_one(Clinic, clinic_id)
        made = build(session, clinic, DAY, NOW)
        outcomes = outcomes_sheet(session, clinic, DAY - timedelta(days=1), NOW, count=5)
    series = _series(store)
    mail = compose(count(made), DAY, LINK)
    noted = [e for e in made.entries if e.reference in ("P-1", "P-3", "P-10", "P-12", "P-24")]
    return {
        "digest.txt": render_text(made),
        "digest.json": json.dumps(render_json(made), ensure_ascii=False, indent=1) + "\n",
        "digest.html": str(render_html(made, standalone=False)),
        "notes.txt": "\n".join(chart_note(entry, made.zone) for entry in noted),
        "mail.txt": f"Subject: {mail.subject}\n\n{mail.body}",
        "series.txt": render_series_text(series),
        "series.csv": render_series_csv(series),
        "series.html": str(render_series_html(series, standalone=False)),
        "outcomes.txt": render_outcomes_text(outcomes),
        "outcomes.html": str(render_outcomes_html(outcomes, standalone=False, picture_url=PICTURE.format)),
    }


def _series(store: Store) -> SeriesSheet:
    """Two positive blocks of one patient, five weeks apart."""
    with store.write() as session:
        clinic = session.exec(select(Clinic)).one()
        last = add_series(session, clinic, 1, 1.5)
        return series_sheet(session, clinic, session.get_one(Patient, last.patient_id), NOW)


if __name__ == "__main__":
    unlock([bytes(range(32))])
    with TemporaryDirectory() as folder:
        fresh = open_store(f"sqlite:///{folder}/followup.db")
        migrate(fresh)
        for name, held in renderings(fresh).items():
            (FOLDER / name).write_text(held, encoding="utf-8", newline="")
        fresh.close()
