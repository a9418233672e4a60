"""Runs `groundswell` on a tether, so that it ends with whoever started it.

    python -m streams.cli.tether worker

When its standard input closes, it stops, as by SIGTERM.
"""

from __future__ import annotations

from streams.tether import stop_when_let_go


def main() -> None:
    """Run the command of the arguments on this tether."""
    stop_when_let_go()
    from streams.cli.main import app  # noqa: PLC0415 -- the watch must be up first

    app()


if __name__ == "__main__":
    main()
