"""Routes that ask for money: they tell once it is known that so much is at risk."""

from __future__ import annotations

from evening import DAY, NOW, REST, ROUTE, SETTINGS, Told, desk_of, said

MONEY = {"name": "money", "at_risk": {"USD": 100_000}, "tell": ["ada"], "continues": True}


def test_a_route_for_money_tells_once_it_is_known_that_so_much_is_at_risk() -> None:
    desk = desk_of({**SETTINGS, "routes": [MONEY, ROUTE, REST]})
    one = Told(value_at_risk=None)
    desk.observe(one.tell("opened", NOW - 60))
    assert said(desk.decide(NOW)) == [("message", "desk", None)]
    one.row["value_at_risk"] = {"EUR": 900_000, "USD": 99_999}
    desk.observe(one.record())
    assert desk.decide(NOW + 60) == []
    one.row["value_at_risk"] = {"USD": 100_000}
    desk.observe(one.record())
    (late,) = desk.decide(NOW + 120)
    assert (late.receiver, late.reason, late.message) == ("ada_phone", None, 1)
    assert late.why.startswith("It is known now what is at risk. Route money: ")
    one.row["value_at_risk"] = {"USD": 200_000}
    desk.observe(one.record())
    assert desk.decide(NOW + 180) == []
    assert said([*desk.decide(NOW + 1800)]) == [("escalation", "ada_phone", None)]


def test_what_is_known_to_be_at_risk_is_told_once_however_often_notify_starts() -> None:
    settings = {**SETTINGS, "routes": [MONEY | {"tell": ["desk"]}, ROUTE, REST]}
    desk, one = desk_of(settings), Told(value_at_risk=None)
    desk.observe(one.tell("opened", NOW))
    made = desk.decide(NOW)
    one.row["value_at_risk"] = {"USD": 100_000}
    desk.observe(one.record())
    late = desk.decide(NOW + 1)
    assert said(late) == [("message", "desk", "already_told")]
    again = desk_of(settings)
    again.restore([*made, *late])
    again.observe(one.record())
    assert again.decide(NOW + 2) == []


def test_what_is_at_risk_is_told_by_no_route_once_it_is_over_or_long_ago() -> None:
    settings = {**SETTINGS, "routes": [MONEY, ROUTE, REST]}
    for reason, at in (("resolved", NOW), ("opened", NOW - 9 * DAY)):
        desk, one = desk_of(settings), Told(value_at_risk=None)
        desk.observe(one.tell(reason, at))
        desk.decide(NOW)
        one.row["value_at_risk"] = {"USD": 100_000}
        desk.observe(one.record())
        assert desk.decide(NOW + 1) == []
