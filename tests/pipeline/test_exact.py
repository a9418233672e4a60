"""What goes in is what the public topics tell: exact, whatever comes in between."""

from __future__ import annotations

import json
from base64 import b64decode
from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from bench import until
from junk import KINDS, good

if TYPE_CHECKING:
    from pathlib import Path

    from groundswell_site import Site

START = 1_700_000_000
PRODUCTS = ("Loan", "Card", "Mortgage")


def csv(path: Path, rows: int) -> Path:
    lines = ["occurred_at,product,company"]
    lines += [
        f"2023-{1 + n * 6 // rows:02d}-{1 + n * 168 // rows % 28:02d}T12:00:00Z"
        f",{PRODUCTS[n % 3]},Company {n % 17}"
        for n in range(rows)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def outbreak(path: Path) -> Path:
    """Forty a day for ten weeks; on two days of the ninth forty more of one company."""
    first = date(2023, 1, 2)
    lines = ["occurred_at,product,company,region"]
    for day in range(70):
        for n in range(40):
            company = (n * 7 + day) % 8
            lines.append(f"{first + timedelta(day)},{PRODUCTS[n % 3]},Company {company},R{n % 5}")
        if day in {60, 61}:
            lines += [f"{first + timedelta(day)},Loan,Company 3,R{n % 5}" for n in range(40)]
    path.write_text("\n".join(lines) + "\n")
    return path


def by_product(site: Site) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in site.table("metrics.buckets"):
        if row["grain"] == "1d" and list(row["labels"]) == ["product"]:
            counts[row["labels"]["product"]] += row["count"]
    return counts


def test_a_stop_in_mid_load_and_loading_twice_change_nothing(site: Site, tmp_path: Path) -> None:
    file = csv(tmp_path / "complaints.csv", 6_000)
    worker = site.start()
    site.run("load", str(file), "--topic", "complaints")
    until("some are counted", lambda: site.total() > 0)
    site.stop(worker)
    worker = site.start()
    before = Counter(dict.fromkeys(PRODUCTS, 2_000))
    # The total and the products are published by different partitions, each in its own time.
    until("all are counted", lambda: site.total() == 6_000 and by_product(site) == before)
    site.run("load", str(file), "--topic", "complaints")
    one_more = good("one more", START)
    site.producer.produce("complaints", one_more, b"one more")
    site.producer.flush()
    until("the second load was read", lambda: site.total() == 6_001)
    site.stop(worker)
    assert by_product(site) - Counter({"unknown": 1}) == before


def test_junk_costs_one_event_each_and_no_neighbour(site: Site) -> None:
    sent: dict[bytes, tuple[bytes | None, str]] = {}
    worker = site.start()
    for number in range(2_000):
        kind = KINDS[number % len(KINDS)]
        key = f"{kind.reason}-{number}".encode()
        payload = kind.make(number)
        sent[key] = (payload, kind.reason)
        # One key, one partition: a good event is the neighbour of every bad one.
        site.producer.produce("complaints", payload, key, partition=0)
        site.producer.produce("complaints", good(f"g{number}", START), key, partition=0)
        site.producer.poll(0)
    site.producer.flush()
    until("every good one is counted", lambda: site.total() == 2_000)
    until("every bad one is reported", lambda: sum(1 for _ in site.messages("deadletter")) == 2_000)
    site.stop(worker)
    found = {}
    for row in site.rows("deadletter"):
        payload = row["payload_base64"]
        bytes_ = None if payload is None else b64decode(payload)
        found[b64decode(row["key_base64"])] = (bytes_, row["reason"])
    assert found == sent


@pytest.mark.kafka
@pytest.mark.parametrize("site", ["kafka"], indirect=True)  # embedded: that is the demo's
def test_alerts_are_those_of_a_replay(site: Site, tmp_path: Path) -> None:
    file = outbreak(tmp_path / "outbreak.csv")
    options = (str(file), "--topic", "complaints")
    expected = [
        json.loads(line) for line in site.run("replay", *options, "--json").stdout.split("\n")[:-1]
    ]
    # A hint may have been taken for the cause of another one; who is paged reads the company.
    paged = [a for a in expected if a["state"] == "firing" and not a["explained_by"]]
    assert {a["labels"].get("company") for a in paged} == {"Company 3"}
    site.run("load", *options)  # the first to come makes the topics
    worker = site.start()
    site.stop(worker)
    worker = site.start()
    until("as many transitions", lambda: len(site.rows("alerts.history")) >= len(expected))
    site.stop(worker)
    assert site.rows("alerts.history") == expected
    latest = {row["alert_id"]: row for row in expected}
    table = {row["alert_id"]: row for row in site.table("alerts")}
    assert table.keys() == latest.keys()
    assert {n: row["state"] for n, row in table.items()} == {
        n: row["state"] for n, row in latest.items()
    }
