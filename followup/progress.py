"""A progress bar for long work: moving in a terminal, plain lines in a log, nothing for short work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FROM = 200  # rows; below that the work is over before anybody wonders


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Yields `progress(done, total)`. The bar goes to stderr, so that output can be piped."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as shown:
        task = None
        last_line = 0

        def progress(done: int, total: int) -> None:
            nonlocal task, last_line
            if total < FROM:
                return
            if console.is_terminal:
                task = shown.add_task(title, total=total) if task is None else task
                shown.update(task, completed=done)
            elif done == total or done - last_line >= total // 10:
                last_line = done
                print(f"{title}: {done} of {total}", file=sys.stderr)

        yield progress
