"""What the answers suggest: percent relief and the decision table.

The table proposes and a provider decides. It is pure so that a proposal made in March can be
made again, word for word, from the inputs and thresholds stored beside it. The rows and their
sources are in docs/clinical.md.
"""

from followup.assessment.explain import CAUTIONS, SUGGESTS, explain, what_if, why
from followup.assessment.inputs import CONTACTS, Inputs
from followup.assessment.lines import assess_line
from followup.assessment.relief import reaches, relief
from followup.assessment.table import DISPOSITIONS, RULES, RULES_VERSION, Proposal, decide
from followup.assessment.thresholds import MinHours, Thresholds, in_sentences
from followup.assessment.turning import Turn, turns

__all__ = [
    "CAUTIONS",
    "CONTACTS",
    "DISPOSITIONS",
    "RULES",
    "RULES_VERSION",
    "SUGGESTS",
    "Inputs",
    "MinHours",
    "Proposal",
    "Thresholds",
    "Turn",
    "assess_line",
    "decide",
    "explain",
    "in_sentences",
    "reaches",
    "relief",
    "turns",
    "what_if",
    "why",
]
