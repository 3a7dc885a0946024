"""Reading patients' replies: text, keypad or speech in, meaning out. No database, no clock, no network."""

from .model import QUESTIONS, Message, Reading, Sign, Why
from .reader import read, read_message
from .signs import scan

__all__ = ["QUESTIONS", "Message", "Reading", "Sign", "Why", "read", "read_message", "scan"]
