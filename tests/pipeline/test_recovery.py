"""Refused events, corrected and fed back, are counted; twice is once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench import until
from junk import good

if TYPE_CHECKING:
    from pathlib import Path

    from groundswell_site import Site

START = 1_700_000_000


def test_junk_that_was_corrected_is_counted_once(site: Site, tmp_path: Path) -> None:
    worker = site.start()
    for number in range(40):
        key = f"cust-{number}".encode()
        site.producer.produce("complaints", good(f"g{number}", START), key)
        bad = good(f"b{number}", START).replace(b"2023", b"in 2023")
        site.producer.produce("complaints", bad, key)
    site.producer.flush()
    until("the bad ones are reported", lambda: sum(1 for _ in site.messages("deadletter")) == 40)
    export, corrected = tmp_path / "export.jsonl", tmp_path / "corrected.jsonl"
    site.run("deadletter", "export", str(export))
    corrected.write_text(export.read_text().replace("in 2023", "2023"))
    site.run("deadletter", "replay", str(corrected))
    until("the corrected are counted", lambda: site.total() == 80)
    site.run("deadletter", "replay", str(corrected))
    for number in range(40):  # behind the second replay, on every partition
        site.producer.produce("complaints", good(f"last{number}", START), f"{number}".encode())
    site.producer.flush()
    until("the second replay was read", lambda: site.total() >= 120)
    site.stop(worker)
    assert site.total() == 120
    assert sum(1 for _ in site.messages("deadletter")) == 40
    assert site.rows("late") == []


def test_what_is_corrected_after_its_bucket_closed_is_late(site: Site, tmp_path: Path) -> None:
    worker = site.start()
    site.producer.produce("complaints", b"{", b"cust-1")
    site.producer.produce("complaints", good("an hour later", START + 3600), b"cust-1")
    site.producer.flush()
    until("the later one is counted", lambda: site.total() == 1)
    corrected = tmp_path / "corrected.jsonl"
    site.run("deadletter", "export", str(corrected))
    line = json.loads(corrected.read_bytes()) | {"payload": json.loads(good("c", START))}
    corrected.write_text(json.dumps(line))
    site.run("deadletter", "replay", str(corrected))
    until("it is reported as late", lambda: len(site.rows("late")) == 1)
    site.stop(worker)
    assert site.rows("late")[0]["event"]["event_id"] == "c"
    assert site.total() == 1
