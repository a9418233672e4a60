from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from schemas import wire
from streams.core.event_time.buckets import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

FEB_1 = 1_454_284_800


def row(
    name: str,
    movements: Sequence[tuple[str, int, str, Mapping[str, int]]],
    merged_into: str | None = None,
) -> bytes:
    return wire.encode_customer(
        customer_id=name,
        status="active" if merged_into is None else "merged",
        merged_into=merged_into,
        segment="small business",
        tier="gold",
        since=FEB_1,
        recurring_value={"USD": 4_900},
        value_known=True,
        plan="team",
        subscriptions=1,
        open_complaints=2,
        last_movement=None,
        movements=movements,
        losses=[],
        complaints=[],
        words=[],
        definitions="5f0c1a2b",
    )


STORY = [
    ("new", FEB_1, "unknown", {"USD": 5_000}),
    ("expansion", FEB_1 + DAY, "upgrade [team]", {"USD": 1_000, "EUR": 200}),
    ("contraction", FEB_1 + 2 * DAY, "price", {"USD": 1_100, "EUR": 200}),
]
OLD = {n: v for n, v in json.loads(row("cust-41", [])).items() if n != "movements"}
"""As it was written before there were movements."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "customers.jsonl"
    rows = [row("cust-42", STORY), json.dumps(OLD).encode(), row("x", [])]
    file.write_bytes(b"\n".join(rows))
    return file


def test_the_story_has_every_movement_with_its_reason_and_what_it_is_worth(
    run: Run, file: Path
) -> None:
    result = run("customer", "cust-42", "--file", file)
    assert result.exit_code == 0
    assert [" ".join(line.split()) for line in result.stdout.splitlines()] == [
        "cust-42 active, a customer since 2016-02-01 00:00",
        "worth 49.00 USD a month; segment small business, tier gold, plan team",
        "subscriptions: 1; open complaints: 2",
        "",
        "when what a month why",
        "2016-02-01 00:00 new +50.00 USD unknown",
        "2016-02-02 00:00 expansion +10.00 USD, +2.00 EUR upgrade [team]",
        "2016-02-03 00:00 contraction -11.00 USD, -2.00 EUR price",
        "times are UTC; definitions 5f0c1a2b",
    ]


def test_of_somebody_who_was_merged_it_is_said_into_whom(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rows").write_bytes(row("ann", STORY, merged_into="bob"))
    said = run("customer", "ann", "--file", tmp_path / "rows").stdout
    assert said.startswith("ann merged into bob, a customer since")


def test_as_json_it_is_the_row(run: Run, file: Path) -> None:
    result = run("customer", "cust-42", "--file", file, "--format", "json")
    assert result.stdout.encode() == row("cust-42", STORY) + b"\n"


def test_of_a_row_without_movements_the_rest_is_told(run: Run, file: Path) -> None:
    result = run("customer", "cust-41", "--file", file)
    assert result.stdout.startswith("cust-41 active")
    assert "before rows had movements" in " ".join(result.stdout.split())


def test_who_is_not_there_is_said_in_a_line_with_those_who_may_be_meant(
    run: Run, file: Path
) -> None:
    near = run("customer", "cust-24", "--file", file)
    assert near.exit_code == 1
    assert "no customer 'cust-24' among 3; did you mean cust-41, cust-42?" in near.output
    far = run("customer", "somebody", "--file", file)
    assert "no customer 'somebody' among 3\n" in far.output


def test_where_nobody_is_kept_it_says_what_to_switch_on(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    assert "customers.enabled" in run("customer", "ada", "--file", empty).output
    assert run("customer", "ada", "--file", tmp_path / "none").exit_code == 1
    empty.write_bytes(b"{}\n")
    assert "no row of customers" in run("customer", "ada", "--file", empty).output
