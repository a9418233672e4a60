"""Faults put into the counting of customers: each makes the truth differ, or the running check."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import pytest
from kept_company import GRACE, KeptCompany, settings_of

from streams.core.customers.clock import customer_clock
from streams.core.customers.lives import corrections, reported, walk
from streams.core.customers.lives import movements as mv
from streams.core.customers.sums import contribution, folding
from streams.core.event_time.formats import utc
from streams.core.ingest import with_customers
from streams.simulate.company import found
from streams.simulate.files import EVENTS, event_file
from streams.simulate.manifest import Manifest, read_manifest
from streams.simulate.periods import compare_periods
from streams.simulate.run import simulate
from streams.simulate.truth.run import truth_of_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streams.core.customers.clock import TopicTime
    from streams.core.customers.groups.cells import Contribution, Key
    from streams.core.customers.lives.life import Correction, Life, Month

Patch = pytest.MonkeyPatch

ONE_CURRENCY = 2
"""The number of the first name of all."""

pytestmark = pytest.mark.slow


class Found(NamedTuple):
    """What a fault makes differ: numbers from the truth, and the running check."""

    differences: int
    errors: dict[str, int]


@pytest.fixture
def patch(monkeypatch: Patch) -> Patch:
    return monkeypatch


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    simulate(found(31, 100, 10, (2016, 1)), folder, lambda _: None)
    bring_too_late(folder)
    return folder


def bring_too_late(folder: Path) -> None:
    """Let half of the payments that are corrected come when they are not counted any more."""
    fixes = event_file(folder / EVENTS, "corrections").read_bytes().splitlines()
    corrected = sorted({json.loads(line)["original"]["event_id"] for line in fixes})[::2]
    payments = event_file(folder / EVENTS, "revenue")
    lines = payments.read_bytes().splitlines(keepends=True)
    lines.sort(key=lambda line: json.loads(line)["event_id"] in corrected)
    payments.write_bytes(b"".join(lines))


def run(folder: Path, manifest: Manifest) -> Found:
    company = KeptCompany(settings_of(manifest), 1)
    company.load(folder)
    company.say_over(manifest.clock + GRACE)
    company.read(Random(1), takes_over=0)
    company.wait()
    truth = truth_of_folder(folder, manifest, lambda _: None, company.late()).rows()
    compared = compare_periods(truth, company.periods())
    assert compared.numbers > 10_000
    return Found(len(compared.differences), company.checks())


def a_move_is_counted_once(patch: Patch) -> None:
    put = contribution._put  # noqa: SLF001 (the fault goes in here)

    def put_one(made: Contribution, key: Key, count: int, values: dict[int, int]) -> None:
        if key[4] != mv.MOVED_OUT:
            put(made, key, count, values)

    patch.setattr(contribution, "_put", put_one)


def a_reactivation_is_taken_for_new(patch: Patch) -> None:
    patch.setattr(reported, "REACTIVATED", mv.NEW)


def currencies_are_mixed(patch: Patch) -> None:
    look = walk.Walk._look  # noqa: SLF001

    def look_at_one(self: walk.Walk) -> tuple[bool, dict[int, int]]:
        active, values = look(self)
        return active, {ONE_CURRENCY: sum(values.values())} if values else {}

    patch.setattr(walk.Walk, "_look", look_at_one)


def a_correction_is_applied_twice(patch: Patch) -> None:
    apply = corrections.apply

    def apply_twice(correction: Correction, months: dict[int, Month]) -> None:
        apply(correction, months)
        apply(correction, months)

    patch.setattr(corrections, "apply", apply_twice)


def a_counted_payment_keeps_no_print(patch: Patch) -> None:
    def forget_all(life: Life, _: int) -> None:
        life.prints = b""

    patch.setattr(folding, "forget_prints", forget_all)


def a_correction_of_what_came_too_late_is_believed(patch: Patch) -> None:
    def believed(_: Life, asked: list[Correction]) -> set[bytes]:
        return {one.print for one in asked}

    patch.setattr(corrections, "counted", believed)


def test_without_a_fault_nothing_differs(folder: Path) -> None:
    assert run(folder, read_manifest(folder)) == Found(0, {})


@pytest.mark.parametrize(
    ("fault", "by_check"),
    [
        (a_move_is_counted_once, True),
        (a_reactivation_is_taken_for_new, False),
        (currencies_are_mixed, False),
        (a_correction_is_applied_twice, False),
        (a_counted_payment_keeps_no_print, False),
        (a_correction_of_what_came_too_late_is_believed, False),
    ],
)
def test_a_fault_in_the_counting_is_found(
    folder: Path, patch: Patch, fault: Callable[[Patch], None], *, by_check: bool
) -> None:
    fault(patch)
    found = run(folder, read_manifest(folder))
    assert found.differences > 0
    assert bool(found.errors) == by_check


@pytest.mark.parametrize("greatest", [False, True])
def test_a_clock_that_is_not_the_least_is_found_where_a_topic_is_behind(
    folder: Path, patch: Patch, *, greatest: bool
) -> None:
    """Cancellations are read to their half, and more of them is to come."""
    if greatest:
        patch.setattr(with_customers, "customer_clock", the_greatest)
    manifest = read_manifest(folder)
    company = KeptCompany(settings_of(manifest), 1)
    company.load(folder, {"cancellations": 0.5})
    company.read(Random(1), takes_over=0)
    least = min(stage.watermarks()["cancellations"] for stage in company.folds()) - GRACE
    told = {(line.grain, line.period) for line in company.periods()}
    later = [(grain, period) for grain, period in told if grain == "day" and period > day_of(least)]
    assert bool(later) == greatest


def the_greatest(topics: list[TopicTime], grace: int, before: int) -> int:
    furthest = max(topics, key=lambda topic: topic.watermark)
    return customer_clock([furthest], grace, before)


def day_of(time: int) -> str:
    return utc(time).date().isoformat()
