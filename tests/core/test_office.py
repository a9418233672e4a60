"""Sources open at some hours only: what rises is paged for; nights and holidays are no silence."""

from __future__ import annotations

import pytest
from office_worlds import FORMS, alerts, reported, world


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_a_rise_is_paged_for_on_its_day(form: str) -> None:
    made = world(FORMS[form], seed=3)
    history = list(alerts(made.rows + made.extra, made.seed))
    assert reported(made, history) is not None
    own = [a for a in history if a["labels"].get("product") == made.product]
    on_the_day = [a for a in own if a["started_at"][:10] == f"{made.begins():%Y-%m-%d}"]
    assert {a["verdict"] for a in on_the_day} == {"real"}
