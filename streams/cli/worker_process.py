"""One of the processes of `groundswell worker --processes`, as their parent starts or forks it.

    python -m streams.cli.worker_process NAME

Its settings come on standard input, which is a tether: when it closes, the process stops. It
prints the port of its HTTP, on loopback, to standard output. All else goes to standard error.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from typing import TYPE_CHECKING

import typer

from streams.tether import stop_when_let_go

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.settings import Settings
    from streams.transport.spec import Pipeline


def main(name: str, of: Callable[[Settings], Pipeline] | None = None) -> None:
    """Work as the process of this name; `of` gives the stages, by default Groundswell's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # until we can stop in order; the parent tells us
    # From our parent, by a pipe that is ours alone.
    settings: Settings = pickle.load(sys.stdin.buffer)  # noqa: S301
    stop_when_let_go()
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    from streams.cli.work import work  # noqa: PLC0415 -- the watch must be up first

    def tell(port: int) -> None:
        with os.fdopen(answers, "w") as parent:
            parent.write(f"{port}\n")

    # Started again, it is the same member of the group.
    here = {"host": "127.0.0.1", "port": 0, "instance": f"{settings.worker.instance}-{name}"}
    worker = settings.worker.model_copy(update=here)
    try:
        work(settings.model_copy(update={"worker": worker}), tell, name, of)
    except typer.Exit as ended:  # said why
        sys.exit(ended.exit_code)


if __name__ == "__main__":
    main(sys.argv[1])
