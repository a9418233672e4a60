"""The fork server: processes of their own, and what is known of each.

It is made before there are threads, which pytest has; so each test is a program.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.worker.processes import fork_server

pytestmark = pytest.mark.skipif(not fork_server.AVAILABLE, reason="nothing is forked here")

PROGRAM = """
import asyncio, os, signal, sys
from streams.worker.processes.fork_server import ForkServer

def work(name):
    said = sys.stdin.readline().strip()
    print(f"{{name}} was given {{said}}", flush=True)
    sys.stdin.read()  # until the parent lets go
    if name == "quits":
        sys.exit(3)
    if name == "raises":
        raise ValueError("of its own")

async def begun(server, name):
    process = await server.start(name)
    process.stdin.write(b"something\\n")
    print((await process.stdout.readline()).decode().strip(), flush=True)
    return process

async def main(server):
{body}

asyncio.run(main(ForkServer(work)))
"""


def said(body: str) -> tuple[list[str], str]:
    """Run a program with this body; return the lines that it wrote, and its errors."""
    code = PROGRAM.format(body="\n".join(f"    {line}" for line in body.strip().splitlines()))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    return done.stdout.splitlines(), done.stderr


def test_a_process_has_its_name_its_pipes_and_signals_as_they_were() -> None:
    lines, errors = said("""
one, two = await begun(server, "one"), await begun(server, "two")
print(one.pid != two.pid, one.returncode)
one.send_signal(signal.SIGTERM)
print(await one.wait(), two.returncode)
two.stdin.close()
print(await two.wait(), one.returncode)
""")
    assert lines == [
        "one was given something",
        "two was given something",
        "True None",
        "-15 None",
        "0 -15",
    ], errors


def test_it_is_known_how_one_ended() -> None:
    lines, errors = said("""
for name in ("quits", "raises", "killed"):
    process = await begun(server, name)
    process.kill() if name == "killed" else process.stdin.close()
    print(await process.wait())
""")
    assert [line for line in lines if "given" not in line] == ["3", "1", "-9"]
    assert errors.splitlines()[-1] == "ValueError: of its own"


def test_processes_see_that_their_parent_is_no_more_and_so_does_the_fork_server() -> None:
    lines, _ = said("""
await begun(server, "one")
await begun(server, "two")
os.kill(os.getpid(), signal.SIGKILL)
""")
    # They all have our pipe for their errors, which ends when the last of them has.
    assert lines == ["one was given something", "two was given something"]


def test_without_the_fork_server_the_parent_says_so() -> None:
    lines, errors = said("""
process = await begun(server, "one")
with open(f"/proc/{process.pid}/stat") as file:
    os.kill(int(file.read().rsplit(")", 1)[1].split()[1]), signal.SIGKILL)
for ask in (process.wait, lambda: server.start("two")):
    try:
        await ask()
    except Exception as error:
        print(type(error).__name__, error)
""")
    lost = "WorkerFailedError the process that forks the others was ended"
    assert lines[1:] == [lost, lost], errors
