"""Texts of complaints that stand beside lives of which nothing else is known."""

from __future__ import annotations

import msgspec
import pytest
from customer_events import Partition, added_rows, complaint, packed, signup, when

from streams.core.customers.intake import added
from streams.core.customers.kinds import ADDED, LIFE
from streams.core.customers.lives import words
from streams.core.customers.stored.packed import unpack

BEGIN = when("2024-01-10")


@pytest.mark.parametrize("restarted", [False, True])
def test_the_newest_text_stands_masked_beside_the_life_until_that_is_read(restarted: bool) -> None:  # noqa: FBT001
    partition = Partition()
    partition.process([complaint("2024-01-10")])
    partition.flush()
    begun = partition.log[LIFE.key("ada")]
    for day, text in (("12", "Mail ada@example.org."), ("11", "Twice."), ("13", None)):
        partition.process([complaint(f"2024-01-{day}", text=text)])
        partition.flush()
    partition.process([complaint("2024-01-12", text="Thrice."), complaint("2024-01-12")])
    partition.flush()
    assert [bool(row.words) for row in added_rows(partition).values()] == [True, True, False, True]
    assert not any(b"example.org" in value for value in partition.log.values() if value)
    assert partition.log[LIFE.key("ada")] == begun
    if restarted:
        partition.restart()
    partition.process([signup("2024-01-14")])
    partition.advance("2024-01-15")
    life = partition.customers.life("ada")
    assert life is not None
    assert {one.text for one in life.words} == {"Mail [e-mail].", "Thrice."}
    assert not partition.customers.lives.added.heard.take(b"ada")


def test_a_text_with_which_a_life_begins_is_written_with_it() -> None:
    partition = Partition()
    partition.process([complaint("2024-01-10", text="Call 555-123-4567.")])
    partition.flush()
    assert not added_rows(partition)
    assert partition.log[LIFE.key("ada")] == packed(partition)
    assert [one.text for one in unpack(packed(partition)).words] == ["Call [number]."]


def test_of_the_texts_of_a_customer_between_two_flushes_one_is_masked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_at: list[str] = []

    def masked(text: str, _: int) -> str:
        looked_at.append(text)
        return text

    monkeypatch.setattr(words, "mask", masked)
    partition = Partition()
    partition.process([complaint(BEGIN + at, text=f"Number {at}") for at in range(4)])
    partition.flush()
    partition.process([complaint(BEGIN + at, text=f"Number {at}") for at in range(4, 8)])
    partition.flush()
    assert looked_at == ["Number 3", "Number 7"]


def test_rows_of_complaints_with_texts_have_no_more_bytes_than_others() -> None:
    partition = Partition()
    names = [f"customer {at}" for at in range(40)]
    partition.process([complaint(BEGIN, name) for name in names])
    partition.flush()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(added, "ROW_BYTES", 1_000)
        partition.process([complaint(BEGIN, name, text="\u6f22" * 100) for name in names])
        partition.flush()
    found = added_rows(partition).values()
    assert max(sum(len(one) for _, one in row.words) for row in found) < 1_000 + 330
    partition.restart()
    for name in names:
        life = partition.customers.life(name)
        assert life is not None
        assert [one.text for one in life.words] == ["\u6f22" * 100]


def test_rows_of_complaints_as_releases_wrote_them_that_put_texts_into_lives_are_read() -> None:
    partition = Partition()
    for at in range(3):
        partition.process([complaint(BEGIN + at)])
        partition.flush()
    for number, row in added_rows(partition).items():
        partition.log[ADDED.key(number)] = msgspec.msgpack.encode(row[:4])
    partition.restart()
    partition.process([complaint(BEGIN + 3, text="Twice.")])
    partition.flush()
    partition.restart()
    life = partition.customers.life("ada")
    assert life is not None
    assert (len(life.complaints), [one.text for one in life.words]) == (4, ["Twice."])
