"""A small language for phrases, and one tree that finds them all in a single pass.

The vocabularies are data that a nurse can read: a phrase is words with spaces between them.

    cant|cannot feel <my>? <leg>      alternatives, a named set of words, something optional
    no (more / further texts)?        a group of longer alternatives, cut by strokes
    hormigue*                         any word that begins so
    leg ~ numb                        up to three words in between (never across a mark or a number)
    was ~~ and                        up to six
    at #                              any number; #big is above 10, #frac is N/M

Every phrase goes into one tree whose branches are sets of words, so the cost of a message grows with
its length and hardly with the number of phrases. Regular expressions with hundreds of branches were
slower by an order of magnitude and can backtrack. The tree is walked as a lazily built automaton: each
set of places is worked out once, so that a message costs a few look-ups a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

_ATOM = re.compile(r"\(|\)\??|~~|~|/|\||[^\s()|]+")
_GAPS = {"~": 3, "~~": 6}
_Token = tuple[tuple[int, ...], bool]  # the sets a word belongs to, and whether it stops a gap
_MOST_STATES = 20_000  # some 20 MB; 4,500 replies need 5,500, and a flood of odd ones starts afresh
_Step = frozenset[str] | int  # the words that may stand here, or how many may be skipped


class Keyed(Protocol):
    """Anything a phrase can match: it answers to one or more keys; marks and numbers stop a gap."""

    @property
    def keys(self) -> tuple[str, ...]: ...
    @property
    def stops_gap(self) -> bool: ...


class Hit(NamedTuple):
    """A phrase found: its label and the half-open span of items."""

    label: str
    start: int
    end: int


class PhraseError(ValueError):
    """A phrase in a vocabulary file cannot be understood; the sentence says which and why."""


@dataclass(slots=True, eq=False)
class _Node:
    """A place in the tree. `free` leads on without a word; `skip` over any word, not a mark or number."""

    edges: dict[int, _Node] = field(default_factory=dict)
    free: list[_Node] = field(default_factory=list)
    skip: _Node | None = None
    gaps: dict[int, _Node] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _State:
    """Every place that some phrase may have reached. Made when first needed, then kept."""

    nodes: frozenset[_Node]
    labels: tuple[str, ...]
    next: dict[_Token, _State | None] = field(default_factory=dict)


@dataclass(slots=True)
class _Part:
    """A piece of a parsed phrase: one step, or a group of alternatives."""

    step: _Step | None
    branches: list[list[_Part]]
    optional: bool


class Phrases:
    """A set of labelled phrases. Build once with `add`, then `find` any number of times."""

    def __init__(self, sets: Mapping[str, Sequence[str]]) -> None:
        self._sets = sets
        self._root = _Node()
        self._symbols: dict[frozenset[str], int] = {}
        self._by_word: dict[str, list[int]] = {}
        self._by_prefix: dict[str, list[int]] = {}
        self._prefix_lengths: tuple[int, ...] = ()
        self._known: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._states: dict[frozenset[_Node], _State] = {}
        self._start: _State | None = None
        self.words: set[str] = set()

    def add(self, label: str, phrase: str) -> None:
        parts = self._parse(label, phrase)
        if parts and all(isinstance(part.step, int) for part in parts):
            raise PhraseError(
                f"The phrase {phrase!r} under {label!r} is a gap and no word; it would match anything."
            )
        while parts:
            first, rest = parts[0], parts[1:]
            # An option at the front is written out twice: the root must stay narrow to stay fast.
            required = _Part(first.step, first.branches, False)
            for node in self._grow([self._root], [required, *rest]):
                if label not in node.labels:
                    node.labels.append(label)
            if not first.optional:
                return
            parts = rest
        raise PhraseError(f"The phrase {phrase!r} under {label!r} may be empty: let one word be without '?'.")

    def find(self, items: Sequence[Keyed]) -> list[Hit]:
        """All hits, the longest for each label and first item, in order of their start."""
        tokens = [(self._symbols_of(item.keys), item.stops_gap) for item in items]
        root = self._first()
        hits: list[Hit] = []
        for start in range(len(tokens)):
            state: _State | None = root
            best: dict[str, int] = {}
            for at in range(start, len(tokens)):
                state = self._step_on(state, tokens[at]) if state else None
                if state is None:
                    break
                for label in state.labels:
                    best[label] = at + 1
            hits.extend(Hit(label, start, end) for label, end in best.items())
        return hits

    def knows(self, word: str) -> bool:
        """Whether some phrase has a place for the word."""
        return bool(self._symbols_of((word,)))

    def _first(self) -> _State:
        if self._start is None or len(self._states) > _MOST_STATES:
            self._states.clear()
            self._start = self._state([self._root])
        assert self._start is not None
        return self._start

    def _step_on(self, state: _State, token: _Token) -> _State | None:
        try:
            return state.next[token]
        except KeyError:
            reached: list[_Node] = []
            for node in state.nodes:
                reached.extend(node.edges[symbol] for symbol in token[0] if symbol in node.edges)
                if node.skip is not None and not token[1]:
                    reached.append(node.skip)
            state.next[token] = following = self._state(reached)
            return following

    def _state(self, reached: list[_Node]) -> _State | None:
        """The state of these places and all that can be reached from them without a word."""
        nodes: set[_Node] = set()
        while reached:
            node = reached.pop()
            if node not in nodes:
                nodes.add(node)
                reached.extend(node.free)
        if not nodes:
            return None
        key = frozenset(nodes)
        state = self._states.get(key)
        if state is None:
            labels = dict.fromkeys(label for node in nodes for label in node.labels)
            state = self._states[key] = _State(key, tuple(sorted(labels)))
        return state

    def _symbols_of(self, keys: tuple[str, ...]) -> tuple[int, ...]:
        found = self._known.get(keys)
        if found is None:
            symbols = [symbol for key in keys for symbol in self._sets_with(key)]
            found = tuple(sorted(set(symbols)))
            if found and len(self._known) < _MOST_STATES:
                self._known[keys] = found
        return found

    def _sets_with(self, key: str) -> list[int]:
        found = list(self._by_word.get(key, ()))
        for length in self._prefix_lengths:
            if len(key) < length:
                break
            found += self._by_prefix.get(key[:length], ())
        return found

    def _grow(self, nodes: list[_Node], parts: list[_Part]) -> list[_Node]:
        """The places where the parts end, having started at any of `nodes`."""
        for part in parts:
            if part.step is None:
                reached = [end for branch in part.branches for end in self._grow(nodes, branch)]
            else:
                reached = [self._child(node, part.step) for node in nodes]
            if part.optional:
                reached += nodes
            nodes = reached
            if len(nodes) > 1:
                join = _Node()
                for node in {id(n): n for n in nodes}.values():
                    node.free.append(join)
                nodes = [join]
        return nodes

    def _child(self, node: _Node, step: _Step) -> _Node:
        if isinstance(step, int):
            return _gap(node, step)
        symbol = self._symbols.get(step)
        if symbol is None:
            symbol = self._symbols[step] = len(self._symbols)
            for word in step:
                if word.endswith("*") and len(word) > 1:
                    self._by_prefix.setdefault(word[:-1], []).append(symbol)
                    self._prefix_lengths = tuple(sorted({len(p) for p in self._by_prefix}))
                else:
                    self._by_word.setdefault(word, []).append(symbol)
                    self.words.add(word)
        return node.edges.setdefault(symbol, _Node())

    def _parse(self, label: str, phrase: str) -> list[_Part]:
        atoms = _ATOM.findall(phrase)
        branches, at = self._alternatives(atoms, 0, label)
        if at < len(atoms) or len(branches) != 1:
            raise PhraseError(f"The phrase {phrase!r} under {label!r} has a bracket or a stroke too many.")
        return branches[0]

    def _alternatives(
        self, atoms: list[str], at: int, label: str, depth: int = 0
    ) -> tuple[list[list[_Part]], int]:
        """The alternatives up to the closing bracket, and the place of that bracket."""
        branches: list[list[_Part]] = [[]]
        while at < len(atoms):
            atom = atoms[at]
            if atom in (")", ")?"):
                break
            if atom == "(":
                inner, at = self._alternatives(atoms, at + 1, label, depth + 1)
                if at >= len(atoms):
                    raise PhraseError(
                        f"A phrase under {label!r} opens a bracket and never closes it: {' '.join(atoms)}"
                    )
                branches[-1].append(_narrow(_Part(None, [b for b in inner if b], atoms[at] == ")?")))
            elif (atom == "/" and depth) or (atom == "|" and depth):
                branches.append([])
            elif atom == "|":
                at += 1
                branches[-1][-1] = _either(branches[-1][-1], self._word(atoms[at], label))
            else:
                branches[-1].append(self._word(atom, label))
            at += 1
        return branches, at

    def _word(self, atom: str, label: str) -> _Part:
        if atom in _GAPS:
            return _Part(_GAPS[atom], [], False)
        optional = atom.endswith("?") and len(atom) > 1
        word = atom[:-1] if optional else atom
        if not (word.startswith("<") and word.endswith(">")):
            return _Part(frozenset({word}), [], optional)
        if word[1:-1] not in self._sets:
            raise PhraseError(f"{label!r} uses the set {word}, which no vocabulary file defines.")
        return _Part(frozenset(self._sets[word[1:-1]]), [], optional)


def _gap(node: _Node, width: int) -> _Node:
    """The place behind a gap of up to `width` words, shared by all phrases that have it here."""
    if width not in node.gaps:
        behind = node.gaps[width] = _Node()
        place = node
        for _ in range(width):
            opening = _Node(free=[behind])
            if place is node:
                place.free.append(opening)
            else:
                place.skip = opening
            place = opening
        place.skip = _Node(free=[behind])
    return node.gaps[width]


def _either(first: _Part, second: _Part) -> _Part:
    if not isinstance(first.step, frozenset) or not isinstance(second.step, frozenset):
        raise PhraseError("Outside brackets | stands between single words.")
    return _Part(first.step | second.step, [], first.optional or second.optional)


def _narrow(group: _Part) -> _Part:
    """The group with all its one-word alternatives gathered in one set, so that the tree stays narrow."""
    single: frozenset[str] = frozenset()
    longer: list[list[_Part]] = []
    for branch in group.branches:
        step = branch[0].step
        if len(branch) == 1 and isinstance(step, frozenset) and not branch[0].optional:
            single |= step
        else:
            longer.append(branch)
    if single and not longer:
        return _Part(single, [], group.optional)
    return _Part(None, ([[_Part(single, [], False)]] if single else []) + longer, group.optional)
