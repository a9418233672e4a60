"""`groundswell forget` killed (-9) at any time, and the worker, too: in the end all are forgotten.

forget A  killed      before or after its event was sent: nobody can tell
forget B  killed
worker    killed (-9), another takes over
...
forget A, B, ...      each once more, with the same time: so of some there are two events
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from groundswell_site import COMMAND, Site

from schemas.topics import CUSTOMERS
from streams.core.customers.intake.parting import is_empty
from streams.core.customers.stored.packed import unpack
from streams.core.event_time.formats import utc
from streams.simulate.files import EVENTS, event_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random

CHANGELOG: Final = "groundswell-fold-changelog"
WAIT: Final = 120.0
WORKERS_KILLED: Final = 3


class Forgetting(NamedTuple):
    """What came of it.

    Attributes:
        killed: commands that were killed.
        arrived: of those, how many had sent their event.
        left: what is left of those who are forgotten, one line each.
    """

    killed: int
    arrived: int
    left: list[str]


def forget_some(
    site: Site, names: list[str], at: int, chance: Random, kill_worker: Callable[[], None]
) -> Forgetting:
    """Forget customers from a time on (epoch seconds), with commands and workers killed."""
    began = time.monotonic()
    _command(site, names[0], at).wait()
    whole = time.monotonic() - began
    kills = {len(names) * number // WORKERS_KILLED for number in range(WORKERS_KILLED)}
    killed = 0
    for number, name in enumerate(names[1:]):
        command = _command(site, name, at)
        time.sleep(whole * chance.uniform(0.7, 1.3))
        if number in kills:
            kill_worker()
        killed += command.poll() is None
        command.kill()
        command.wait()
    arrived = len(_sent(site))
    for name in names:
        assert _command(site, name, at).wait() == 0
    assert _sent(site) == set(names)
    deadline = time.monotonic() + WAIT
    while (left := _left(site, set(names))) and time.monotonic() < deadline:
        time.sleep(1.0)
    return Forgetting(killed, arrived - (len(names) - 1 - killed) - 1, left)


def write_down(company: Path, site: Site) -> None:
    """Put the events that the commands have sent into the files of a company."""
    lines = [value for value in _events(site) if value["change"] == "forgotten"]
    with event_file(company / EVENTS, "changes").open("ab") as file:
        file.writelines(json.dumps(value).encode() + b"\n" for value in lines)


def _command(site: Site, name: str, at: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "forget", name, "--at", utc(at).isoformat()],
        env=site.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _events(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.rows("changes")
    return found


def _sent(site: Site) -> set[str]:
    return {one["customer_id"] for one in _events(site) if one["change"] == "forgotten"}


def _left(site: Site, names: set[str]) -> list[str]:
    """List the rows of customers, and of the state, that are of somebody who is forgotten."""
    found = []
    for topic in (CUSTOMERS, CHANGELOG):
        for key, value in dict(site.messages(topic)).items():
            words = (key or b"").decode(errors="replace").split("\t")
            if value is not None and not names.isdisjoint(words) and not _is_referred(value):
                found.append(f"{topic}: {key!r}")
    return found


def _is_referred(value: bytes) -> bool:
    """Tell whether a life says only that others have referred it: that stays, as we tell."""
    try:
        life = unpack(value)
    except (ValueError, IndexError):  # it is no life
        return False
    life.referrers = []
    return is_empty(life)
