"""Keeping what we hold and giving it up: keys, backups, retention, one person's data."""
