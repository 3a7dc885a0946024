"""Settings that are wrong stop the start with a sentence; those that are secret are never printed."""

from __future__ import annotations

import pytest

from followup.config import Settings, SettingsError


@pytest.mark.parametrize("value", ["-1", "many", "6", "1.5", "²"])
def test_a_number_of_proxies_that_is_none_stops_the_start(value: str) -> None:
    with pytest.raises(SettingsError, match="FOLLOWUP_PROXIES"):
        Settings.from_env(env={"FOLLOWUP_PROXIES": value})


def test_settings_print_no_secret() -> None:
    env = {
        "DATABASE_URL": "postgresql://u:hush-db@h/d",
        "TWILIO_AUTH_TOKEN": "hush-token",
        "SECRET_KEY": "hush-" + "k" * 16,
        "SMTP_URL": "smtp://u:hush-mail@h",
        "FOLLOWUP_METRICS_TOKEN": "hush-metrics",
    }
    assert "hush" not in repr(Settings.from_env(env=env))
