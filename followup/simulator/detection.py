"""Answering-machine detection: when the verdict comes, and what it says (Twilio: AMD)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .messages import whole
from .refusals import Refusal
from .scripts import Ring


@dataclass(frozen=True)
class Detection:
    """What was ordered. `timeout` is seconds after the answer; beyond it the verdict is `unknown`."""

    to_message_end: bool
    waits: bool  # synchronous: the callee hears silence until the verdict
    callback: str
    timeout: int

    @classmethod
    def ordered(cls, form: Mapping[str, str]) -> Detection | None:
        mode = form.get("MachineDetection", "")
        if not mode:
            return None
        if mode not in ("Enable", "DetectMessageEnd"):
            raise Refusal(20001, f"MachineDetection={mode!r}")
        return cls(
            to_message_end=mode == "DetectMessageEnd",
            waits=form.get("AsyncAmd", "") != "true",  # exactly that word: the client's True is "True"
            callback=form.get("AsyncAmdStatusCallback", ""),
            timeout=whole(form, "MachineDetectionTimeout", 3, 59, 30),
        )

    def verdict(self, ring: Ring, wrong: bool) -> tuple[float, str]:
        """Seconds after the answer, and who it is taken for."""
        machine = (ring.outcome == "machine") != wrong
        if not machine:
            return 3.5, "human"
        if not self.to_message_end:
            return 4.0, "machine_start"
        ends = (ring.greeting if ring.outcome == "machine" else 6.0) + 0.5
        if ends > self.timeout:
            return float(self.timeout), "unknown"
        return ends, "machine_end_beep" if ring.beep else "machine_end_silence"
