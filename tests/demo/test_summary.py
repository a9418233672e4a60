from collections import Counter

import demo_rows as rows

from schemas.topics import BUCKETS, DEADLETTER, LATE
from streams.demo.fault_injection import COUNTED, Fate
from streams.demo.summary import Line, lines
from streams.readmodel.model import ReadModel

WELL = Line("revenue", sent=10, folded=7, refused=2, late=1, bad_sent=2, late_sent=1)


def test_events_that_are_all_reported_add_up() -> None:
    assert WELL.accounted
    assert WELL.problems() == []


def test_a_lost_event_is_a_problem() -> None:
    line = WELL._replace(folded=6)
    assert not line.accounted
    assert line.problems() == ["revenue: 10 sent, but 9 are accounted for"]


def test_an_event_counted_twice_is_a_problem() -> None:
    assert WELL._replace(folded=8).problems() == ["revenue: 10 sent, but 11 are accounted for"]


def test_a_good_event_refused_is_a_problem_though_the_sum_is_right() -> None:
    line = WELL._replace(folded=6, refused=3)
    assert line.accounted
    assert line.problems() == ["revenue: 2 bad ones sent, 3 refused"]


def test_a_good_event_called_late_is_a_problem_though_the_sum_is_right() -> None:
    assert WELL._replace(folded=6, late=2).problems() == ["revenue: 1 sent late, 2 counted as late"]


def test_lines_compare_what_was_sent_with_what_is_reported() -> None:
    board = ReadModel()
    board.apply(BUCKETS, *rows.bucket("referrals", 5))
    board.apply(DEADLETTER, *rows.deadletter("referrals", 1))
    board.apply(LATE, *rows.late("referrals", 2))
    sent = Counter(
        {
            ("referrals", Fate.FOLDED): 5,
            ("referrals", Fate.REFUSED): 1,
            ("referrals", Fate.LATE): 1,
        }
    )
    found = {line.topic: line for line in lines(sent, board)}
    assert list(found) == list(COUNTED)
    assert found["referrals"] == Line("referrals", 7, 5, 1, 1, 1, 1)
    assert found["signups"] == Line("signups", 0, 0, 0, 0, 0, 0)


def test_topics_that_no_metric_counts_are_counted_by_what_the_worker_says() -> None:
    sent = {("changes", Fate.FOLDED): 5, ("changes", Fate.REFUSED): 1}
    board = ReadModel()
    board.apply(DEADLETTER, *rows.deadletter("changes", 1))
    (line,) = lines(sent, board, {"changes": 4})[len(COUNTED) :]
    assert line == Line("changes", 6, 4, 1, 0, 1, 0)
    assert line.problems() == ["changes: 6 sent, but 5 are accounted for"]
