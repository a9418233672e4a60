"""Follow the README on a fresh clone, word for word, as a newcomer does.

`make readme` clones what is committed and runs there what the README shows: the demo and the
commands that it prints, the replay, and the four terminals, each as a shell of its own. Only the
first terminal is not as typed: Apache Kafka is started from its jars, at the same address, as
Docker may not be there. Then come the blocks of the docs that stand below
`<!-- make readme runs this -->`. Named parts are run alone: `make readme PARTS="demo terminals"`.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from apache_kafka import PROPERTIES, ApacheKafka
from commands import DOCS, README, ROOT, block_with, marked, terminals

if TYPE_CHECKING:
    from collections.abc import Callable

PORT: Final = 9092
LONG: Final = 900.0
"""Seconds that a step may take; the demo takes longest."""
COMPLAINTS: Final = 89_362


class Terminal:
    """A shell in the clone that runs a script; what it prints goes into a file."""

    def __init__(self, clone: Path, name: str, script: str) -> None:
        self.name = name
        self._log = clone.parent / f"{name}.log"
        print(f"--- terminal {name}\n{script.rstrip()}", flush=True)
        inherited = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("GROUNDSWELL_", "PY", "MAKE", "MFLAGS"))
        }
        with self._log.open("wb") as log:
            self._shell = subprocess.Popen(
                [*("bash", "-e", "-c"), script],
                cwd=clone,
                env=inherited | {"COLUMNS": "80", "PYTHONUNBUFFERED": "1"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def text(self) -> str:
        """Read what it has printed."""
        return self._log.read_text(errors="replace")

    def says(self, words: str) -> None:
        """Wait until it has printed this."""
        until(self, f"says {words!r}", lambda: re.search(words, self.text()) is not None)

    def ends(self) -> str:
        """Wait for its end, which must be a good one; gives what it printed."""
        status = self._shell.wait(LONG)
        if status:
            raise FailedError(f"{self.name} ended with status {status}:\n{self.text()[-3000:]}")
        return self.text()

    def ended(self) -> bool:
        """Tell whether it is over."""
        return self._shell.poll() is not None

    def stop(self) -> None:
        """Type Ctrl-C."""
        if self._shell.poll() is None:
            os.killpg(self._shell.pid, signal.SIGINT)
            try:
                self._shell.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self._shell.pid, signal.SIGKILL)
                self._shell.wait()


class FailedError(Exception):
    """A step did not come out as the README says."""


def until(terminal: Terminal, what: str, condition: Callable[[], bool], every: float = 0.5) -> None:
    """Wait for a condition, as long as the terminal is at work; look `every` so many seconds."""
    deadline = time.monotonic() + LONG
    while not condition():
        if time.monotonic() > deadline or terminal.ended():
            tail = terminal.text()[-3000:]
            raise FailedError(f"{terminal.name} ended, or took too long, before it {what}:\n{tail}")
        time.sleep(every)


def expect(text: str, words: str) -> None:
    """Look for what must have been printed."""
    if re.search(words, text) is None:
        raise FailedError(f"{words!r} was not printed:\n{text[-3000:]}")


def see_it_work(clone: Path) -> None:
    """Play the demo and read it as it says; replay a history."""
    page = README.read_text()
    demo = Terminal(clone, "demo", block_with(page, "make demo"))
    try:
        demo.says("Ctrl-C ends it")
        for command in re.findall(r"^  (\S+ tail .*)$", demo.text(), re.MULTILINE):
            tail = Terminal(clone, "demo-tail", command).ends()
            expect(tail, r"company=Navient|complaints, all of them")
        expect(demo.text(), "Every event is accounted for")
    finally:
        demo.stop()
    replay = Terminal(clone, "replay", block_with(page, "groundswell replay")).ends()
    expect(replay, f"folded {COMPLAINTS:,}")
    expect(replay, "company=Navient")


def days_of(clone: Path, command: str) -> int:
    """Add up the days that `tail metrics` shows."""
    told = Terminal(clone, "metrics", command).ends()
    days = re.findall(r"^\d{4}-\d\d-\d\d  complaints, all of them +([\d,]+)", told, re.MULTILINE)
    return sum(int(count.replace(",", "")) for count in days)


def four_terminals(clone: Path, home: Path) -> None:
    """Run the four terminals side by side."""
    scripts = terminals(README.read_text())
    kafka = ApacheKafka(home / "kafka", PROPERTIES.replace("{port}", str(PORT)))
    kafka.port = PORT
    opened: list[Terminal] = []
    try:
        kafka.start()
        for name, words in (("worker", "took over"), ("alerts", "following alerts.history")):
            opened.append(Terminal(clone, name, scripts[name]))
            opened[-1].says(words)
        events = Terminal(clone, "events", scripts["events"])
        opened.append(events)
        told = events.ends()
        expect(told, f"{COMPLAINTS:,} events")
        expect(told, r"(ok|warn) +workers ")
        opened[1].says("FIRING  complaints company=Navient")
        counted = scripts["events"].splitlines()[-1]
        until(opened[0], "has counted all", lambda: days_of(clone, counted) == COMPLAINTS, 10.0)
    finally:
        for terminal in reversed(opened):
            terminal.stop()
        kafka.stop()


def main() -> int:
    """Clone, and follow each part; gives the exit status."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            print(f"somebody listens at 127.0.0.1:{PORT} already, where the README has its Kafka")
            return 1
    failed, parts = 0, 0
    with TemporaryDirectory(prefix="readme-") as folder:
        home = Path(folder)
        clone = home / "groundswell"
        subprocess.run([*("git", "clone", "--quiet"), str(ROOT), str(clone)], check=True)
        steps: list[tuple[str, Callable[[], None]]] = [
            ("demo", lambda: see_it_work(clone)),
            ("terminals", lambda: four_terminals(clone, home)),
        ]
        for page in DOCS:
            for script in marked(page.read_text()):
                name = page.stem

                def run(name: str = name, script: str = script) -> None:
                    Terminal(clone, name, script).ends()

                steps.append((name, run))
        for name, step in steps:
            if sys.argv[1:] and name not in sys.argv[1:]:
                continue
            parts += 1
            try:
                step()
                print(f"{name}: as the page says", flush=True)
            except (FailedError, subprocess.SubprocessError, RuntimeError) as error:
                failed += 1
                print(f"{name}: FAILED: {error}", flush=True)
    print(f"{parts - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
