import pytest

from streams.demo.patience import SETTLED, STUCK, Patience


def looked(times: int, sent: int = 1, spans: object = (), pages: int | None = None) -> Patience:
    """One who has seen the same so many times over."""
    patience = Patience()
    for _ in range(1 + times):
        patience.look(sent, spans, pages)
    return patience


def test_what_stands_still_for_so_many_looks_is_stuck() -> None:
    assert not looked(STUCK - 1).stuck
    assert looked(STUCK).stuck


def test_nothing_is_stuck_before_the_first_event_is_sent() -> None:
    patience = looked(10 * STUCK, sent=0)

    assert not patience.stuck


def test_the_first_event_does_not_answer_for_what_went_before() -> None:
    patience = looked(10 * STUCK, sent=0)
    patience.look(1, (), None)

    assert not patience.stuck


@pytest.mark.parametrize(
    ("sent", "spans", "pages"), [(2, "a", 9), (1, "b", 9), (1, "a", 8), (1, "a", None)]
)
def test_whatever_moves_counts(sent: int, spans: str, pages: int | None) -> None:
    patience = looked(STUCK, spans="a", pages=9)
    assert patience.stuck

    assert patience.look(sent, spans, pages)
    assert not patience.stuck
    assert not patience.look(sent, spans, pages)


def test_all_has_settled_long_before_it_is_stuck() -> None:
    assert not looked(SETTLED - 1).settled
    assert looked(SETTLED).settled
    assert not looked(SETTLED).stuck
