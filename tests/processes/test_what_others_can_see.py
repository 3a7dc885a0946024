"""What other users of the machine and its log collector see of the product: no secret, and no patient."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from .house import KEY, TOKEN, House, soon, sqlite_only

SECRETS = ("Annabelle", "Quartermain", "2125550177", "zebra", "chart-7731", KEY, TOKEN, "0123456789abcdef")


def arguments() -> str:
    """The command lines of every process, as any user of the machine can read them."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has ended meanwhile
    return "\n".join(line for line in lines if "followup" in line and "simulator" not in line)


@pytest.mark.long
@sqlite_only
def test_no_secret_and_no_patient_in_arguments_or_logs(house: House) -> None:
    house.env |= {"FOLLOWUP_LOG_LEVEL": "debug", "FOLLOWUP_LOG_FORMAT": "json"}
    assert house.followup("migrate").returncode == 0
    house.carrier()
    house.set_up(0)
    day = datetime.now(ZoneInfo(house.zone)).date() - timedelta(days=1)
    roster = house.folder / "people.csv"
    roster.write_text(
        "patient_id,given_name,family_name,phone,procedure_id,performed_at,baseline_score\n"
        f"chart-7731,Annabelle,Quartermain,+12125550177,pr1,{day} 09:00,8\n"
        f"chart-7732,Annabelle,Quartermain,zebra,pr2,{day} 09:00,8\n",
        encoding="utf-8",
    )
    serve = house.serve()
    imported = house.followup("import", str(roster))
    soon(lambda: house.facts("arrive"), "the first text")
    house.tell_carrier("phones/+12125550177/text", to="+12025550123", text="7 like a zebra")
    soon(lambda: len(house.facts("arrive")) > 1, "the next question")
    seen = arguments()
    assert "followup.cli serve" in seen
    copied = house.followup("backup", str(house.folder / "copy.backup"))
    assert copied.returncode == 0, copied.stderr
    assert serve.stop() == 0
    said = serve.said()
    assert [secret for secret in SECRETS if secret in seen] == []
    assert [secret for secret in SECRETS if secret in said] == []
    printed = imported.stdout + imported.stderr + copied.stdout + copied.stderr
    assert [secret for secret in SECRETS[5:] if secret in printed] == []
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert any(line["event"].startswith("inbound 1 from ...0177") for line in lines)
