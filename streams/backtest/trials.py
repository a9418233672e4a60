"""What is tried beside the current settings: alert budgets, and other values of single settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.backtest.overrides import Overrides, value_of, written
from streams.core.detect.tuning import tuned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streams.settings import Settings

BUDGETS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
"""Alert budgets of the curve, in false alerts a week."""
BUDGET: Final = "detect.budget"
_STEP: Final = 0.5
_MORE: Final = 6


class Trial(NamedTuple):
    """Settings to be tried, and what they are in words."""

    name: str
    overrides: Overrides


def budgets(settings: Settings, wanted: Iterable[float] = BUDGETS) -> list[float]:
    """Give the budgets of the curve, the current one among them, ascending."""
    return sorted({*wanted, settings.detect.budget})


def usual(settings: Settings, outcomes: Mapping[str, int]) -> list[Trial]:
    """Give what is tried by default.

    The grace period only where events came late: else no other one would change a thing.
    """
    budget = settings.detect.budget
    numbers = tuned(settings.detect.tuning)._asdict()

    def numbered(suffix: str, factor: float, more: float) -> Overrides:
        return {
            f"detect.tuning.{name}": round(value * factor + more, 6)
            for name, value in numbers.items()
            if name.endswith(suffix)
        }

    trials = [
        Trial("Half the alert budget", {BUDGET: budget / 2}),
        Trial("Twice the alert budget", {BUDGET: budget * 2}),
        Trial("Thresholds half a step lower", numbered("_threshold", 1.0, -_STEP)),
        Trial("Thresholds half a step higher", numbered("_threshold", 1.0, _STEP)),
        Trial("Half as many events too many", numbered("_excess", 0.5, 0.0)),
        Trial("Twice as many events too many", numbered("_excess", 2.0, 0.0)),
    ]
    if outcomes.get("late"):
        grace = settings.tables.grace
        trials += [
            Trial("Half the grace period", {"tables.grace": grace // 2}),
            Trial("Six times the grace period", {"tables.grace": max(grace, 60) * _MORE}),
        ]
    return trials


def asked(wanted: Sequence[Overrides]) -> list[Trial]:
    """Give what the user wants to have tried."""
    return [Trial(written(overrides), overrides) for overrides in wanted]


def before(settings: Settings, overrides: Overrides) -> Overrides:
    """Give the values that the settings have now.

    Raises:
        LoadError: there is no such setting.
    """
    numbers = tuned(settings.detect.tuning)._asdict()
    found: Overrides = {}
    for path in overrides:
        number = path.removeprefix("detect.tuning.")
        found[path] = numbers[number] if number in numbers else value_of(settings, path)
    return found
