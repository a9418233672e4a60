"""What doctor says of routes that are allowed, and probably not meant."""

from __future__ import annotations

from typing import Any

import pytest
from evening import HOUR, PEOPLE, RECEIVERS, wall

from streams.core.notify.config import Notify
from streams.core.notify.doubts import doubts
from streams.core.notify.duty import Duty

NOW = wall("2026-11-25 18:00")
REST = {"name": "rest", "severity": "notice", "tell": ["mail"], "digest": "08:00"}
FEW = {name: RECEIVERS[name] for name in ("desk", "mail")}


def found(*routes: dict[str, Any], **more: Any) -> list[str]:
    own = {"receivers": FEW, "routes": routes, "zone": "Europe/Berlin"}
    settings = Notify.model_validate(own | more)
    return list(doubts(settings, Duty(settings, {}), NOW, kept=False))


def test_what_is_right_is_not_doubted() -> None:
    assert found({"name": "loans", "match": ["product=x"], "tell": ["desk"]}, REST) == []


@pytest.mark.parametrize(
    ("routes", "words"),
    [
        (({"name": "a", "tell": ["desk"]}, REST), "route rest is never tried: a before it is for"),
        (({"name": "a", "match": ["product=x"], "tell": ["desk"]},), "no route is for is told to"),
        ((REST,), "nothing is told to desk"),
        (({"name": "a", "at_risk": {"USD": 1}, "tell": ["desk"]}, REST), "route a asks what is at"),
    ],
)
def test_what_is_probably_not_meant_is_named(routes: tuple[dict[str, Any]], words: str) -> None:
    assert any(words in one for one in found(*routes)), found(*routes)


def test_money_is_asked_for_where_customers_are_kept() -> None:
    routes = {"name": "a", "at_risk": {"USD": 1}, "tell": ["desk"]}, REST
    settings = Notify.model_validate({"receivers": FEW, "routes": routes})
    assert list(doubts(settings, Duty(settings, {}), NOW, kept=True)) == []


def test_hours_in_which_nobody_is_told_are_found() -> None:
    teams = {"lending": {"tell": ["desk"], "hours": "office"}}
    route = {"name": "loans", "match": ["product=x"], "tell": ["lending"]}
    away = found(route, REST, hours={"office": {}}, teams=teams)
    assert len(away) == 1
    assert "route loans has nobody to tell at 2026-11-25 18:00 UTC" in away[0]
    assert found(route | {"hours": "office"}, REST, hours={"office": {}}, teams=teams) == []


def test_who_is_told_by_turns_or_steps_is_used() -> None:
    rota = {"people": ["ada", "bo"], "since": "2026-01-05"}
    steps = [{"after": HOUR, "tell": ["duty"]}]
    route = {"name": "loans", "match": ["product=x"], "tell": ["desk"], "escalate": steps}
    receivers = FEW | {name: RECEIVERS[name] for name in ("ada_phone", "bo_phone")}
    more = {"receivers": receivers, "people": PEOPLE}
    assert found(route, REST, rotas={"duty": rota}, **more) == []
    assert found(REST, **more) == ["nothing is told to ada_phone, bo_phone, desk"]
