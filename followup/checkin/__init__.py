"""One patient's check-in from planned to closed: what intake, outreach and inbox all do to it.

Its own room because three rooms need it and none of them may import another: a roster row plans and
cancels, the ladder gives up, a reply closes, and each of them may change what is proposed.
"""
