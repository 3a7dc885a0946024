"""Sentences that are kept as they were written, in English, and shown in the reader's language.

Other rooms write them into rows: what a task asks for, what came of a try. They are looked up as they stand,
so one that is worded otherwise there is shown in English, and nothing is lost.
"""

from followup.tongue import N_

# What came of a try.
CAME_OF = (
    N_("delivered"), N_("completed"), N_("busy"), N_("no-answer"), N_("not delivered"),
    N_("not known to have left"), N_("nobody picked up"), N_("answered"), N_("a wrong number"),
)  # fmt: skip
# What a task says.
TASKS = (
    N_("The patient asked us to stop. No more texts or calls leave; please phone if it matters."),
    N_("Two replies to one question could not be read. Please phone and ask."),
    N_("The patient asks to be called."),
    N_("A text came when no question was open. Please read it."),
    N_("A text came before the questions were put. Please read it."),
    N_("A text from a number that no patient here has."),
    N_("A photo or an empty text came in."),
    N_("More than one patient uses this phone; we do not know whose text this is."),
    N_("Somebody else has this number. Please find the patient's right one."),
    N_("An answer was corrected after the decision. Please see whether it still holds."),
    N_("The patient wants our messages again. Please see whether to ask once more."),
    N_("The carrier lost our text twice. Please phone the patient."),
)
