"""A page as a PDF, printed by the Chromium of this machine.

A second layout engine for paper would print another page than the one on the screen; the browser that
shows it prints it the same. Where there is none, the console's page can be printed from anybody's browser.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from markupsafe import Markup

_BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge")
_TIMEOUT = 60  # seconds


class NoPrinterError(Exception):
    """A sentence: why nothing could be printed, and what to do instead."""


def printer() -> str | None:
    """The browser that would print, None when there is none."""
    return next((path for name in _BROWSERS if (path := shutil.which(name))), None)


def print_pdf(html: Markup) -> bytes:
    """The PDF of a standalone page. The page holds names: it is kept in a private folder and removed.

    Raises NoPrinterError when there is no browser, or when it prints nothing.
    """
    browser = printer()
    if browser is None:
        raise NoPrinterError(
            "A PDF needs Chromium, and there is none on this machine: install it (Debian: apt install "
            "chromium), or open the page in the console and print it to PDF."
        )
    with tempfile.TemporaryDirectory(prefix="followup-") as name:  # readable by this user alone
        folder = Path(name)
        page, pdf = folder / "page.html", folder / "page.pdf"
        page.write_text(html, encoding="utf-8")
        command = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
            f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={pdf}", page.as_uri(),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT)  # noqa: S603
            return pdf.read_bytes()
        except (subprocess.SubprocessError, OSError):
            raise NoPrinterError(
                f"{browser} did not print the page. Open it in the console and print it to PDF instead."
            ) from None
