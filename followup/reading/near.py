"""The word that was meant by a slip of one letter: "curently", "pehco", "calentuta".

Each known word is filed under itself with one letter left out; a mistyped word is looked up the same way.
Only words of five letters and more, and never number words: "even" is one letter from "seven", and a
wrong score is worse than asking again. What two known words might explain stays unexplained.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_SHORTEST = 5
_SHORTEST_CHANGED = 7  # a letter changed for another needs a longer word around it


class Near:
    """Looks up the one known word that is a slip away."""

    def __init__(self, words: Iterable[str]) -> None:
        self._filed: dict[str, list[str]] = {}
        for word in words:
            if len(word) >= _SHORTEST:
                for shorter in (word, *_without_one(word)):
                    self._filed.setdefault(shorter, []).append(word)

    def get(self, typed: str) -> str | None:
        if len(typed) < _SHORTEST or len(typed) > 20:
            return None
        found = {
            word
            for shorter in (typed, *_without_one(typed))
            for word in self._filed.get(shorter, ())
            if word[0] == typed[0] and _is_slip(typed, word)
        }
        return found.pop() if len(found) == 1 else None


def _without_one(word: str) -> Iterator[str]:
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _is_slip(typed: str, word: str) -> bool:
    """One letter more, one less, two neighbours swapped; in a long word also one for another."""
    if abs(len(typed) - len(word)) == 1:
        longer, shorter = (typed, word) if len(typed) > len(word) else (word, typed)
        return shorter in _without_one(longer)
    differ = [at for at in range(len(word)) if len(word) == len(typed) and word[at] != typed[at]]
    if len(differ) == 2:
        first, second = differ
        return second == first + 1 and typed[first] == word[second] and typed[second] == word[first]
    return len(differ) == 1 and len(word) >= _SHORTEST_CHANGED
