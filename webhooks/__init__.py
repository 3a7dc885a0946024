"""The patients' door: what the carrier posts to us, signature first."""
