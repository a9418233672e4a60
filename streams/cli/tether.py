"""Runs `groundswell` so that it ends with whoever started it, however that one ended.

    python -m streams.cli.tether worker

Standard input is the tether: when it closes, the process is told to stop, as by SIGTERM.
"""

from __future__ import annotations

import os
import signal
import sys
from threading import Thread, Timer

_PATIENCE_S = 15.0


def _watch() -> None:
    while sys.stdin.buffer.read(1024):
        pass
    # Whatever hangs then has nobody left to wait for it.
    last = Timer(_PATIENCE_S, os._exit, (1,))
    last.daemon = True
    last.start()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the command of the arguments on this tether."""
    Thread(target=_watch, daemon=True).start()
    from streams.cli.main import app  # noqa: PLC0415 -- the watch must be up first

    app()


if __name__ == "__main__":
    main()
