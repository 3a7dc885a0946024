"""Once a night: does the carrier know the same texts and calls of yesterday as we do?

Receipts and webhooks are told once and can be lost together with whatever would have noticed. A list for the
whole day cannot: what only one side knows becomes a task, and a text that never reached us is taken in late,
as one that waited on disk would be. Not in `outreach` because that may not hear, nor in `inbox` because that
may not ask.
"""
