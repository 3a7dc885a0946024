"""A whole clinic day to look at: a sample clinic, simulated patients, a simulated carrier.

It knows nothing of the database: patients come in by a roster, everything else by the carrier's signed
webhooks, and what it prints is what the product's own commands say.
"""
