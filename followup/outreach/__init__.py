"""How we reach people: hours, claims, the send path, what the carrier answered, and what is in doubt."""
