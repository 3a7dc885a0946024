"""Which sentences of the core the console shows in the reader's language, for `make translations`.

The core speaks English, to terminals and logs too, and knows nothing of languages; a page translates what the
core says when it shows it. A list of those sentences kept by hand would be out of date with the first change.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from typing import IO, Any

# What is raised or returned with a sentence, and the names sentences are given before.
_CALLS = {
    "UnreadableError", "Refusal", "RefusedLine.of", "_refused", "choice", "CaseError", "DeskError", "_", "N_",
}  # fmt: skip
_NAMES = {"how", "why", "instead"}
Found = tuple[int, None, str, list[str]]


def from_python(source: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """The whole sentences in a Python file, for `pybabel extract`; what goes into one is named."""
    for node in ast.walk(ast.parse(source.read())):
        if isinstance(node, ast.Call) and _name(node.func) in _CALLS:
            said = [*node.args, *(given.value for given in node.keywords)]
        elif isinstance(node, ast.Assign) and {_name(target) for target in node.targets} & _NAMES:
            said = [node.value]
        else:
            continue
        for value in said:
            # A sentence has a space; a field's name or a code has none.
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and " " in value.value:
                yield value.lineno, None, value.value, []
            elif isinstance(value, ast.Constant) and value.value == "empty":
                yield value.lineno, None, "empty", []


def from_codes(source: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """What staff read of the carrier's codes."""
    for row in tomllib.loads(source.read().decode()).values():
        yield 0, None, row["words"], []


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
