"""Every table. Import from here, so that the metadata is whole whoever asks first."""

from followup.store.models.accounts import Link, RecoveryCode, StaffSession, Tally
from followup.store.models.audit import Audit, AuditSeal, Place
from followup.store.models.care import Answer, CheckIn, Decision, Procedure, Proposal
from followup.store.models.desk import CaseLock, DeskAct
from followup.store.models.messages import Call, Inbound, Outbound, Pace, Receipt
from followup.store.models.people import Clinic, OptOut, Patient, SealingKey, Staff
from followup.store.models.work import (
    Alert,
    Comparison,
    DigestRun,
    Heartbeat,
    PurgeRun,
    Roster,
    RosterDraft,
    RosterLine,
    Task,
)

__all__ = [
    "Alert",
    "Answer",
    "Audit",
    "AuditSeal",
    "Call",
    "CaseLock",
    "CheckIn",
    "Clinic",
    "Comparison",
    "Decision",
    "DeskAct",
    "DigestRun",
    "Heartbeat",
    "Inbound",
    "Link",
    "OptOut",
    "Outbound",
    "Pace",
    "Patient",
    "Place",
    "Procedure",
    "Proposal",
    "PurgeRun",
    "Receipt",
    "RecoveryCode",
    "Roster",
    "RosterDraft",
    "RosterLine",
    "SealingKey",
    "Staff",
    "StaffSession",
    "Tally",
    "Task",
]
