"""The clock: wakes up, asks the core what is due, and goes back to sleep."""
