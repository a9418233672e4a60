"""What a customer wrote last is kept, masked: one text of its complaints, one of its leaving."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from customer_events import Partition, cancelled, change, correction, event, signup, when

from streams.core.customers.lives.words import KEPT

LATE, EARLY, LEAVING = "The third time.", "Too slow.", "Call me at 555-123-4567."


def complaint(at: str, text: str | None = None, **fields: Any) -> Any:
    return event("complaints", at, text=text, **fields)


def words(partition: Partition) -> list[tuple[int, str, str]]:
    return [(one.at, one.topic, one.text) for one in partition.rows["ada"].words]


STORY = (
    signup("2024-01-02"),
    complaint("2024-01-10", EARLY),
    complaint("2024-01-20", LATE),
    complaint("2024-01-25"),  # it wrote nothing
    cancelled("2024-01-28", detail=LEAVING, effective_at="2024-01-31"),
)
TOLD = [
    (when("2024-01-20"), "complaints", LATE),
    (when("2024-01-28"), "cancellations", "Call me at [number]."),
]


def test_the_newest_words_are_kept_in_whatever_order_they_come() -> None:
    for order in permutations(STORY):
        partition = Partition()
        partition.process(order[:3])
        partition.advance("2024-01-12")
        partition.restart()
        partition.process(order[3:])
        partition.advance("2024-02-10")
        assert words(partition) == TOLD


def test_nobody_is_told_before_it_is_said() -> None:
    partition = Partition()
    partition.process(STORY)
    partition.advance("2024-01-21")
    assert words(partition) == TOLD[:1]


def test_a_correction_of_a_text_holds_in_its_place_and_one_withdrawn_is_gone() -> None:
    told = complaint("2024-01-20", "They are thieves.", event_id="told")
    milder = complaint("2024-01-20", "They are slow.", event_id="milder")
    corrected, withdrawn = (correction(told, "2024-01-22", one) for one in (milder, None))
    for change_of_mind, expected in ((corrected, ["They are slow."]), (withdrawn, [])):
        for order in permutations((STORY[0], told, change_of_mind)):
            partition = Partition()
            partition.process(order)
            partition.advance("2024-02-01")
            assert [text for _, _, text in words(partition)] == expected
            partition.advance("2026-02-01")  # the correction is folded
            partition.process([change("changed", "2026-02-01", monthly_value=1, currency="USD")])
            partition.advance("2026-02-02")
            assert [text for _, _, text in words(partition)] == expected


def test_a_long_text_is_cut() -> None:
    partition = Partition()
    partition.process([STORY[0], complaint("2024-01-10", "word " * 500)])
    partition.advance("2024-02-01")
    ((_, _, text),) = words(partition)
    assert len(text) == KEPT


def test_words_of_who_is_forgotten_are_gone() -> None:
    for again in ([], [signup("2024-02-20"), complaint("2024-02-21", "Anew.")]):
        partition = Partition()
        partition.process([*STORY, change("forgotten", "2024-02-05"), *again])
        partition.advance("2024-03-01")
        assert all(b"third time" not in row for row in partition.log.values())
        assert [text for one in partition.rows.values() for _, _, text in one.words] == [
            "Anew." for _ in again[1:]
        ]
