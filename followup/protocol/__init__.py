"""What we ask and in which words: questions as data, and one conversation for text and voice.

Pure: a course and a message go in, a step comes out; rows, clocks and carriers belong to the caller.
"""

from followup.protocol.conclusions import Conclusions, conclusions, contact
from followup.protocol.conversation import advance, first_question, listening, record_only
from followup.protocol.course import QUESTIONS, Answered, Course, Facts, Step
from followup.protocol.needs import next_question
from followup.protocol.segments import is_gsm7, segments
from followup.protocol.wording import (
    LONGEST_CLINIC,
    LONGEST_NAME,
    Manner,
    ask,
    flat,
    heard,
    opening,
    reminder,
    reply,
    safety,
    say,
)

__all__ = [
    "LONGEST_CLINIC",
    "LONGEST_NAME",
    "QUESTIONS",
    "Answered",
    "Conclusions",
    "Course",
    "Facts",
    "Manner",
    "Step",
    "advance",
    "ask",
    "conclusions",
    "contact",
    "first_question",
    "flat",
    "heard",
    "is_gsm7",
    "listening",
    "next_question",
    "opening",
    "record_only",
    "reminder",
    "reply",
    "safety",
    "say",
    "segments",
]
