"""How staff sign in to a clinic's console: the section `[sign_in]` of its clinic file."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class SignIn(BaseModel):
    """Which roles must have a second factor, and how long a session lasts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    second_factor: tuple[Literal["frontdesk", "provider", "admin"], ...] = ("provider", "admin")
    enrol_days: int = Field(default=7, ge=0, le=30)  # from the first sign-in that lacks one; 0 = at once
    idle_minutes: int = Field(default=20, ge=5, le=120)
    session_hours: int = Field(default=10, ge=1, le=24)
