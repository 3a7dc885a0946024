"""A busy day with everything in it that must not get out: names, numbers, words, in both languages."""

from __future__ import annotations

from tests.clinic_day import CLINIC, ClinicDay

ON_CALL = """
[on_call]
[[on_call.people]]
name = "Dr Quillfeather"
phone = "+12025550190"
[calling]
from = "+12025550123"
"""
BUSY_CLINIC = CLINIC + ON_CALL
HEADER = (
    "patient_id,given_name,family_name,phone,procedure_id,performed_at,baseline_score,agent,language,provider"
)
ANN, LUCIA, BO, STRANGER = "+12025550211", "+12025550212", "+12025550213", "+12025550277"

#: what nobody may find outside the sealed columns; each is a needle of its own
SECRETS = (
    "Annabelle", "Quartermain", "Lucía", "Ibarrondo", "Bogdan", "Zwiebelmann", "chart-7731", "chart-7732",
    "2025550211", "2025550212", "2025550213", "2025550277", "2025550190",
    "Quillfeather", "Wolkenstein", "zebra", "orinar", "marmalade", "hurricane", "pineapple",
)  # fmt: skip


def play(day: ClinicDay) -> None:
    """Monday's roster, Tuesday's answers: scores, an emergency, a STOP, a stranger."""
    refused = day.roster(
        f"chart-7731,Annabelle,Quartermain,{ANN},pr1,2026-03-09 11:00,8,bupivacaine,en,Dr Wolkenstein",
        f"chart-7732,Lucía,Ibarrondo,{LUCIA},pr2,2026-03-09 11:30,7,lidocaine,es,Dr Wolkenstein",
        f"chart-7733,Bogdan,Zwiebelmann,{BO},pr3,2026-03-09 12:30,6,bupivacaine,en,Dr Wolkenstein",
        f"chart-7734,Nobody,Zwiebelmann,{BO},pr4,hurricane,6,bupivacaine,en,Dr Wolkenstein",
        header=HEADER,
    )
    assert len(refused.refused) == 1
    day.person(ANN, ["7 like a zebra", "N", "1", "6", "N", "Y"])
    day.person(LUCIA, ["no puedo orinar desde anoche"])
    day.at("10:30")
    day.text("+12025550190", f"OK {day.alert_number()}")
    day.text(STRANGER, "marmalade on toast, who is this?")
    day.text(BO, "please stop, pineapple")
    day.at("17:00")
