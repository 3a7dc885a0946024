"""What is said and heard on a call: the same conversation as by text, turn by turn, with keys for words.

It decides nothing about the check-in: answers, alerts, closings and refusals are the inbox's and the
check-in's. Here is what only a call has: somebody who must say who they are, silence, machines, star keys.
"""
