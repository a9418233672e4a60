"""Have clients of other languages read the tables of a running worker, row by row as we do.

`make clients`, or `make clients CLIENTS="java node" CLIENTS_ARGS="--codec gzip"`. The broker of the
demo (`--embedded`) only some can read. Status 1 if a client has other rows than our own reader.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from clients import CLIENTS, KEPT
from history_bed import running, tables
from printed_rows import differences, table

if TYPE_CHECKING:
    from clients import Client

LONG: Final = 90.0
"""Seconds that a client may take to have read all; Flink starts for a while."""


def main() -> int:
    """Run those that are named, or all."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("names", nargs="*", help=", ".join(CLIENTS))
    arguments.add_argument("--codec", default="zstd", help="kafka.compression of the worker")
    arguments.add_argument("--embedded", action="store_true", help="the broker of the demo")
    given = arguments.parse_args()
    names = given.names or list(CLIENTS)
    if unknown := set(names) - CLIENTS.keys():
        arguments.error(f"there is no client {', '.join(unknown)}; there are {', '.join(CLIENTS)}")
    KEPT.mkdir(parents=True, exist_ok=True)
    failed = []
    with (
        TemporaryDirectory(prefix="clients-") as folder,
        running(Path(folder), given.codec, embedded=given.embedded) as site,
    ):
        kind = "the embedded broker" if given.embedded else "Apache Kafka"
        print(f"a worker on {kind}, codec {given.codec}: {site.bootstrap}", flush=True)
        for name in names:
            problem = reads(name, site.bootstrap, embedded=given.embedded)
            print(f"{name:<8} {problem or 'has the rows that Groundswell has'}", flush=True)
            failed += [name] if problem else []
    print(f"{len(names) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def reads(name: str, bootstrap: str, *, embedded: bool) -> str | None:
    """Have a client read both tables; gives what is wrong, None if nothing is."""
    try:
        client = CLIENTS[name](bootstrap)
    except (OSError, subprocess.SubprocessError) as error:
        return f"was not built: {error}"
    try:
        deadline = time.monotonic() + LONG
        while True:
            ended, problem = client.ended(), compared(client, bootstrap, embedded=embedded)
            if problem is None or ended or time.monotonic() > deadline:
                return problem and (ended or problem)
            time.sleep(0.5)
    finally:
        client.stop()


def compared(client: Client, bootstrap: str, *, embedded: bool) -> str | None:
    """Compare what a client has printed by now with what our own reader sees; None: the same."""
    theirs = table(client.lines())
    return differences(tables(bootstrap, check_crcs=not embedded), theirs) or None


if __name__ == "__main__":
    sys.exit(main())
