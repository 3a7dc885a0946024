"""Whom we follow: the clinic's own file and its roster, as rows.

Everything that enters is checked here, field by field and in words, because the tables behind it do not
validate: what passes this room is asked about, texted and counted.
"""

from followup.intake.clinics import set_clinic
from followup.intake.importing import import_roster
from followup.intake.result import ImportResult
from followup.intake.roster import Refusal, RosterRow
from followup.intake.sheet import IntakeError

__all__ = ["ImportResult", "IntakeError", "Refusal", "RosterRow", "import_roster", "set_clinic"]
