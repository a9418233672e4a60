from __future__ import annotations

import pytest

from streams.backtest import trials
from streams.backtest.overrides import Stage, apply, first_stage, parse, value_of
from streams.load.errors import LoadError
from streams.settings import Settings


def test_any_setting_that_decides_can_be_tried_by_its_path() -> None:
    tried = (
        parse("detect.budget=2") | parse("tables.grace=60") | parse('detect.metrics=["signups"]')
    )
    settings = apply(Settings(), tried | parse("detect.tuning.day_excess=5"))
    assert (
        settings.detect.budget,
        settings.tables.grace,
        settings.detect.metrics,
    ) == (2.0, 60, ("signups",))
    assert settings.detect.tuning == {"day_excess": 5.0}
    assert Settings().tables.label_cap == settings.tables.label_cap


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        ("detect.budget", Stage.INCIDENTS),
        ("detect.tuning.day_excess", Stage.SERIES),
        ("detect.metrics", Stage.SERIES),
        ("tables.grace", Stage.FOLD),
    ],
)
def test_a_setting_makes_those_stages_run_again_that_it_concerns(path: str, stage: Stage) -> None:
    assert stage is first_stage({path: 1})
    assert stage is first_stage({path: 1, "detect.budget": 2})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("detect.budget", "write a setting and a value"),
        ("=2", "write a setting and a value"),
        ("detect.bugdet=2", "did you mean 'budget'?"),
        ("detect.budget=0", "greater than 0"),
        ("detect.tuning.day_exces=5", "there is no day_exces"),
        ("detect.budget.a=2", "there is no setting"),
        ("kafka.brokers=a:1", "decides nothing in a backtest"),
        ("budget=2", "decides nothing in a backtest"),
    ],
)
def test_what_cannot_be_tried_is_told(text: str, said: str) -> None:
    with pytest.raises(LoadError) as told:
        apply(Settings(), parse(text))
    assert said in str(told.value)


def test_other_grace_periods_are_tried_only_where_events_came_late() -> None:
    def paths(outcomes: dict[str, int]) -> set[str]:
        return {path for trial in trials.usual(Settings(), outcomes) for path in trial.overrides}

    assert "tables.grace" not in paths({"folded": 5})
    assert "tables.grace" in paths({"folded": 5, "late": 1})


def test_every_trial_differs_from_the_settings_and_says_from_what() -> None:
    for trial in trials.usual(Settings(), {"late": 1}):
        before = trials.before(Settings(), trial.overrides)
        assert all(before[path] != value for path, value in trial.overrides.items()), trial.name
        apply(Settings(), trial.overrides)
    assert value_of(Settings(), "tables.grace") == 600


def test_the_current_budget_is_on_the_curve() -> None:
    settings = apply(Settings(), {"detect.budget": 3.0})
    assert trials.budgets(settings, (5.0, 0.5)) == [0.5, 3.0, 5.0]
