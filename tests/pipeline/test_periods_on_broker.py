"""A simulated company through a worker on a broker: all its periods are the true ones."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING

import pytest
from bench import until
from groundswell_site import COMMAND

from streams.settings import Settings
from streams.simulate.files import EVENTS, event_file
from streams.simulate.manifest import read_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from groundswell_site import Site

TOPICS_AT_ONCE = (
    ("revenue", "complaints", "complaint_updates", "referrals"),
    ("corrections", "signups", "changes", "renewals"),
    ("cancellations",),
)
"""What is sent before what: cancellations come after all the rest."""


def send(site: Site, folder: Path, topics: tuple[str, ...], chance: Random) -> None:
    """Send the events of some topics, in their order by topic and mixed between them."""
    lines = {t: iter(event_file(folder / EVENTS, t).read_bytes().splitlines()) for t in topics}
    while lines:
        topic = chance.choice(sorted(lines))
        line = next(lines[topic], None)
        if line is None:
            del lines[topic]
            continue
        found = re.search(rb'"customer_id":"([^"]+)"', line)
        site.producer.produce(topic, line, found[1] if found else b"nobody")
    assert site.producer.flush(60) == 0


def gauge(site: Site, name: str) -> list[float]:
    """Read all values of a metric of the worker."""
    found = re.findall(rf"^{name}{{.*}} (\S+)$", site.ask("/metrics"), re.MULTILINE)
    return [float(value) for value in found]


@pytest.mark.kafka
@pytest.mark.parametrize("site", ["kafka"], indirect=True)  # embedded: that is the demo's
def test_after_a_kill_in_the_middle_the_public_topics_have_the_true_periods(
    site: Site, tmp_path: Path
) -> None:
    company = tmp_path / "company"
    size = ("--customers", "100", "--months", "8", "--seed", "41")
    site.run("simulate", *size, "--out", str(company))
    command = f"import sys; sys.argv += ['--settings', '{company / 'groundswell.toml'}']; {COMMAND}"
    manifest = read_manifest(company)
    chance = Random(41)
    worker = site.start(command)
    send(site, company, TOPICS_AT_ONCE[0], chance)
    until("some is counted", lambda: site.total("revenue") > 0)
    send(site, company, TOPICS_AT_ONCE[1], chance)
    worker.kill()
    worker.wait()
    worker = site.start(command)
    send(site, company, TOPICS_AT_ONCE[2], chance)
    site.say_over(manifest.clock + Settings().tables.grace)

    # To verify takes the CPU that the worker needs: not before it has read what there is.
    until("all is read", lambda: set(gauge(site, "groundswell_consumer_lag_events")) == {0})
    last = site.run("verify", str(company), "--topics", check=False)

    def true() -> bool:
        nonlocal last
        last = site.run("verify", str(company), "--topics", check=False)
        return last.returncode == 0 and "numbers of periods: 1" in last.stdout

    try:
        until("all periods are the true ones", true)
    except AssertionError:
        raise AssertionError(last.stdout + last.stderr) from None
    assert set(gauge(site, "groundswell_conservation_error")) == {0}
    site.stop(worker)
