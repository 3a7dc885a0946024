"""What staff do and see at the front desk, without a web page around it: worklist, calls, corrections, locks.

Its own room, so that a phone call's outcome moves the same rows as a text would and is tested without a page.
"""
