"""Customers are switched on over a history: it is read again, and nothing is counted twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from bench import until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from groundswell_site import Site

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.parametrize("site", ["kafka"], indirect=True),
]

FIRST = datetime(2023, 1, 2, tzinfo=UTC)
DAYS, SWITCHED = 70, 62
CUSTOMERS = 200
PRODUCTS = ("Loan", "Card", "Mortgage")


def day(number: int, minute: int = 0) -> str:
    return (FIRST + timedelta(days=number, minutes=minute)).isoformat()


def complaints(days: Iterable[int]) -> list[dict[str, Any]]:
    """Forty a day; on two days of the ninth week forty more of one company."""
    made = []
    for number in days:
        rise = number in {60, 61}
        for n in range(80 if rise else 40):
            at = day(number, n * (17 if rise else 34))
            company = "Company 3" if rise and n % 2 else f"Company {(n * 7 + number) % 8}"
            labels = {"product": PRODUCTS[n % 3], "company": company, "region": f"R{n % 5}"}
            made.append({"event_id": f"x{number}-{n}", "occurred_at": at, **labels})
    return made


def of_customer(number: int, at: int, **fields: Any) -> dict[str, Any]:
    who = {"event_id": f"{number}-{at}", "customer_id": f"c{number}", "occurred_at": day(at)}
    return {**who, "currency": "USD", **fields}


def send(site: Site, topic: str, events: Iterable[dict[str, Any]]) -> None:
    for one in events:  # those of nobody known are spread: no partition is idle for days
        key = one.get("customer_id", one["event_id"])
        site.producer.produce(topic, json.dumps(one), key)
    assert site.producer.flush(60) == 0


def test_customers_are_built_from_the_history_and_what_was_counted_stays(
    site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "complaints.jsonl"
    file.write_text("".join(f"{json.dumps(one)}\n" for one in complaints(range(DAYS))))
    told = site.run("replay", str(file), "--topic", "complaints", "--json").stdout
    expected = [json.loads(line) for line in told.split("\n")[:-1]]
    assert any(row["state"] == "firing" for row in expected)

    site.run("topics", "--create")
    everybody = range(CUSTOMERS)
    send(site, "signups", (of_customer(n, n // 10, monthly_value=4900) for n in everybody))
    send(site, "revenue", (of_customer(n, 20 + n // 5, amount=4900) for n in everybody))
    send(site, "complaints", complaints(range(SWITCHED)))
    worker = site.start()
    until("all are counted", lambda: site.total() == len(complaints(range(SWITCHED))))
    until("and paid", lambda: site.total("revenue") == CUSTOMERS)
    worker.kill()
    worker.wait()

    site.environment["GROUNDSWELL_CUSTOMERS__ENABLED"] = "true"
    worker = site.start()
    until("it reads again", lambda: "reads its topics again" in site.log())
    worker.kill()  # in the middle, or behind it: another one goes on
    worker.wait()
    worker = site.start()
    assert site.ask("/healthz") == "ok\n"
    send(site, "complaints", complaints(range(SWITCHED, DAYS)))
    send(site, "revenue", (of_customer(n, DAYS - 1, amount=4900) for n in everybody))
    until("it goes on", lambda: site.total("revenue") == 2 * CUSTOMERS)
    until("alerts, too", lambda: len(site.rows("alerts.history")) >= len(expected))
    until("everybody is there", lambda: len(list(site.table("customers"))) == CUSTOMERS)
    until("it is ready", lambda: site.ask("/readyz") == "ready\n")
    site.stop(worker)

    assert site.rows("alerts.history") == expected
    assert site.total() == len(complaints(range(DAYS)))
    customers = list(site.table("customers"))
    assert {row["last_movement"]["kind"] for row in customers} == {"new"}
    since = {row["customer_id"]: row["since"][:10] for row in customers}
    assert since == {f"c{n}": day(n // 10)[:10] for n in everybody}
