"""Percent relief, computed and never asked.

Patients' own percentages run higher than computed ones and agree with them poorly (PMID
25715989), so the service asks for scores on one scale and does the division itself.
"""

from decimal import Decimal


def relief(baseline: Decimal | None, score: Decimal | None) -> Decimal | None:
    """Relief in percent of the baseline: 100 is no pain left, 0 no change, negative is worse.

    Both scores are 0 to 10 and about the same pain. None when either is missing or the
    baseline is 0: nothing can be a share of no pain.
    """
    if baseline is None or score is None or baseline == 0:
        return None
    return 100 * (baseline - score) / baseline


def reaches(baseline: Decimal | None, score: Decimal | None, percent: Decimal) -> bool:
    """Whether the relief is at least `percent`, the bar itself included; False when undefined.

    Multiplied out instead of divided: 7/9 of relief is 77.8 %, and neither a rounding nor a
    repeating decimal may carry it over a bar.
    """
    if baseline is None or score is None or baseline == 0:
        return False
    return 100 * (baseline - score) >= percent * baseline
