from io import StringIO

import demo_rows as rows
from rich.console import Console

from schemas.topics import HISTORY
from streams.demo.alerts import closing_alerts, live_alerts
from streams.demo.screen import Moment, PlainScreen
from streams.readmodel.causes import by_cause
from streams.readmodel.model import ReadModel


def model_of(*messages: rows.Row) -> ReadModel:
    board = ReadModel()
    for key, value in messages:
        board.apply(HISTORY, key, value)
    return board


def drawn(table: object) -> list[str]:
    out = StringIO()
    Console(file=out, width=120).print(table)
    return [" ".join(line.split()) for line in out.getvalue().splitlines() if line.strip()]


def test_an_alert_keeps_when_it_fired_its_highest_count_and_its_last_state() -> None:
    board = model_of(
        rows.alert("a", "pending", at="2017-01-18T09:00:00Z", observed=9),
        rows.alert("a", "firing", at="2017-01-18T10:00:00Z", observed=12),
        rows.alert("a", "firing", at="2017-01-19T10:00:00Z", observed=364),
        rows.alert("a", "resolved", at="2017-02-10T00:00:00Z", observed=2),
    )
    alert = board.alerts["a"]
    assert alert.fired_at == "2017-01-18T10:00:00Z"
    assert alert.peak.observed == 364
    assert alert.now.state == "resolved"


def test_only_changes_of_state_are_news() -> None:
    board = model_of(
        rows.alert("a", "firing"),
        rows.alert("a", "firing", observed=31),
        rows.alert("a", "resolved"),
    )
    assert [alert.state for alert in board.transitions] == ["firing", "resolved"]


def test_the_end_of_what_never_fired_is_no_news() -> None:
    board = model_of(rows.alert("a", "pending"), rows.alert("a", "resolved"))
    assert [alert.state for alert in board.transitions] == ["pending"]


def test_alerts_stand_under_their_cause_however_long_the_way() -> None:
    board = model_of(
        rows.alert("total", at="2017-01-18T00:00:00Z", explained_by="product"),
        rows.alert("product", at="2017-01-18T01:00:00Z", explained_by="company"),
        rows.alert("company", at="2017-01-19T00:00:00Z"),
        rows.alert("other", at="2017-01-17T00:00:00Z"),
    )
    found = [
        (cause.now.alert_id, [part.now.alert_id for part in parts])
        for cause, parts in by_cause(board.alerts)
    ]
    assert found == [("other", []), ("company", ["total", "product"])]


def test_alerts_that_explain_each_other_are_shown_all_the_same() -> None:
    board = model_of(rows.alert("a", explained_by="b"), rows.alert("b", explained_by="a"))
    shown = [alert for cause, parts in by_cause(board.alerts) for alert in (cause, *parts)]
    assert len(shown) == 2


def test_an_alert_whose_cause_was_never_reported_stands_for_itself() -> None:
    board = model_of(rows.alert("a", explained_by="gone"))
    assert [cause.now.alert_id for cause, _ in by_cause(board.alerts)] == ["a"]


def test_the_closing_table_has_all_that_fired() -> None:
    board = model_of(
        rows.alert("a", company="Navient"),
        rows.alert("b", product="Student loan", explained_by="a"),
        rows.alert("c", "pending", region="WY"),
        rows.alert("c", "resolved", region="WY"),
    )
    assert drawn(closing_alerts(board.alerts))[2:] == [
        "company Navient 2017-01-19 00:00 +2 h firing 30 0.4",
        "explains product Student loan 2017-01-19 00:00 +2 h firing 30 0.4",
    ]


def test_the_live_table_has_the_last_causes_only() -> None:
    board = model_of(
        rows.alert("old", at="2016-12-01T00:00:00Z", company="Equifax"),
        rows.alert("a", company="Navient"),
        rows.alert("b", product="Student loan", explained_by="a"),
    )
    assert drawn(live_alerts(board.alerts, 1)) == [
        "2017-01-19 00:00 firing company Navient: 30 where 0.4 were expected (explains 1 more)",
        "Last: 30 in 2 hours, 0.4 expected.",
    ]


def test_where_there_is_no_terminal_alerts_are_lines() -> None:
    out = StringIO()
    board = model_of(
        rows.alert("a", "pending", company="Navient"),
        rows.alert("a", company="Navient"),
        rows.alert("b", explained_by="a", product="Student loan"),
        rows.alert("a", "resolved", company="Navient"),
        rows.alert("b", "resolved", explained_by="a", product="Student loan"),
    )
    moment = Moment("playing", 0, rows.JAN_18, 2 * rows.JAN_18, 1_200, 3.0, 40)
    with PlainScreen(Console(file=out, width=40), "http://here") as screen:
        screen.show(moment, board)
        screen.show(moment, board)
    assert out.getvalue().splitlines()[1:] == [
        "Metrics for Prometheus: http://here/metrics",
        "2017-01-18 playing: 1,200 events sent, 40 not yet read",
        "2017-01-19 02:00 ALERT (critical) 30 in 2 hours, 0.4 expected.",
        "2017-01-19 02:00   and so, by the same cause: product Student loan",
        "2017-01-19 02:00 over: company Navient",
    ]
