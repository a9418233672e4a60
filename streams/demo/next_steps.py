"""What the demo ends with: what to look at while its broker is there, and where to go from here."""

from __future__ import annotations

import sys
from pathlib import Path


def while_it_runs(url: str, bootstrap: str, pages: str | None) -> str:
    """Say how to look into the demo that goes on.

    `url` is the worker's, `bootstrap` the broker's address, `pages` the console's.
    """
    tail = f"  {command()} tail"
    there = f"--from-beginning --exit --brokers {bootstrap}"
    return "\n".join(
        (
            *(() if pages is None else (f"Look at it, and act on it: {pages}/",)),
            f"The worker goes on: {url}/metrics. Ctrl-C ends it.",
            f"So does its broker, {bootstrap}. In another terminal:",
            f"{tail} alerts {there}",
            f"{tail} metrics --metric complaints {there}",
            "Which other programs can read it: docs/reading.md. Nothing of it lasts.",
        )
    )


def afterwards() -> str:
    """Say what to try next."""
    return "\n".join(
        (
            "Next, with a history of your own and no broker (docs/replay.md):",
            f"  {command()} replay FILE --topic complaints --map occurred_at=COLUMN",
            'Then on a Kafka, step by step: README.md, "Run it".',
            "To read the broker of the demo: run it without --exit.",
        )
    )


def command() -> str:
    """Return how this program was called, so that it can be called so again."""
    called = Path(sys.argv[0])
    if called.name != "groundswell":
        return "groundswell"
    here = Path.cwd()
    return str(called.relative_to(here) if called.is_relative_to(here) else called)
