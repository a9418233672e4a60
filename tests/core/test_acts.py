"""Actions are kept in the order of their time, each once, and no more of them than is bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.incidents import acts as module
from streams.core.incidents.acts import Act, Acts

ONE = "5b0e8c1f7d2a9e46"


def noted(at: int, name: str) -> Act:
    return Act(at, name, "noted", "Ada", "a note")


@given(st.permutations([(at, f"a{n}") for n, at in enumerate([5, 3, 3, 9, 1])]))
def test_the_order_in_which_they_come_changes_nothing(order: list[tuple[int, str]]) -> None:
    acts = Acts()
    for at, name in order:
        assert acts.admit(ONE, noted(at, name))
    assert [one.at for one in acts.of(ONE)] == [1, 3, 3, 5, 9]
    assert list(acts.of(ONE)) == sorted(acts.of(ONE), key=lambda one: (one.at, one.action_id))


def test_the_same_again_changes_nothing() -> None:
    acts = Acts()
    assert acts.admit(ONE, noted(1, "a"))
    assert len(list(acts.changes())) == 1
    assert not acts.admit(ONE, noted(1, "a"))
    assert acts.pending() == 0


def test_the_newest_are_kept() -> None:
    acts = Acts()
    for at in range(module.MAX_ACTS + 5):
        acts.admit(ONE, noted(at, f"a{at}"))
    assert len(acts.of(ONE)) == module.MAX_ACTS
    assert acts.of(ONE)[0].at == 5
    assert not acts.admit(ONE, noted(0, "a0")), "one that was dropped comes again"


def test_from_some_kinds_nothing_follows() -> None:
    acts = Acts()
    assert not acts.admit("issue-1", Act(1, "a", "issue_opened", "Ada"))
    assert acts.pending() == 0
