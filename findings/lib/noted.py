"""For the Python inside the findings: hold what is seen against what was noted."""

from __future__ import annotations

import sys


def noted(what: str, expected: object, found: object) -> None:
    """Print what was found; end with status 1 if it is not what was noted."""
    print(f"  {what}: {found!r}", flush=True)
    if found != expected:
        sys.exit(f"CHANGED: {what} was {expected!r}")
