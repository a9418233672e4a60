"""A process on a tether: it ends with whoever started it, however that one ended.

The tether is its standard input. The owner starts it with a pipe there and keeps the other end;
when that closes, by `let_go` or because the owner is no more, the process leaves by itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from threading import Thread, Timer
from typing import Any, Final

_PATIENCE_S: Final = 15.0


def let_go(process: subprocess.Popen[Any], patience_s: float) -> None:
    """Let a tethered process leave and wait for it; kill it if it takes over `patience_s`."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_when_let_go() -> None:
    """Stop this process, as by SIGTERM, when its standard input closes.

    One that has not ended `_PATIENCE_S` seconds later is ended at once.
    """
    Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    while sys.stdin.buffer.read(1024):
        pass
    # Whatever hangs then has nobody left to wait for it.
    last = Timer(_PATIENCE_S, os._exit, (1,))
    last.daemon = True
    last.start()
    os.kill(os.getpid(), signal.SIGTERM)
