"""The settings of the core: which tables to keep, what to watch."""

from __future__ import annotations

from typing import Final, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from schemas.metrics import Metric
from streams.core.catalogue import TOPIC_OF, TOPICS, Breakdown
from streams.core.detect.tuning import tuned
from streams.core.event_time.calendar import calendar_of

LABEL_LENGTH: Final = 200
"""Characters of a label at most, as in the contract."""


class Section(BaseModel):
    """A part of the settings: frozen, and strict about names; no error quotes a value."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True
    )


class Tables(Section):
    """What the rolling tables hold."""

    breakdowns: dict[Metric, tuple[Breakdown, ...]] = {
        "signups": ((), ("segment",), ("channel",)),
        "cancellations": ((), ("segment",), ("reason",)),
        "complaints": (
            (),
            ("segment",),
            ("product",),
            ("product", "issue"),
            ("company",),
            ("region",),
            ("channel",),
        ),
        "referrals": ((), ("segment",), ("channel",)),
        "renewals": ((), ("segment",), ("reason",)),
        "refusals": ((), ("segment",), ("reason",)),
        "revenue": ((), ("segment",)),
        "cost_to_serve": ((), ("segment",)),
    }
    aliases: dict[str, dict[str, str]] = Field(
        default={},
        description="spellings that are counted under another name, by label and spelling",
    )
    label_cap: int = Field(default=10_000, ge=1, description="values a breakdown; the rest: other")
    grace: int = Field(default=600, ge=0, description="seconds a bucket stays open")
    duplicate_horizon: int = Field(default=3600, ge=0, description="seconds of event time")
    future_tolerance: int = Field(default=300, ge=0, description="seconds ahead of the wall clock")
    jump: int = Field(default=7 * 86400, ge=1, description="seconds a lone event may push ahead")
    lead: int = Field(
        default=7 * 86400,
        ge=3600,
        description="seconds of event time that a partition may be ahead of the slowest one of its "
        "topic; then it waits",
    )
    idle_timeout: float = Field(
        default=30.0,
        gt=0,
        description="wall seconds until a quiet partition no longer holds the watermark",
    )

    @field_validator("breakdowns")
    @classmethod
    def _known_labels(
        cls, breakdowns: dict[Metric, tuple[Breakdown, ...]]
    ) -> dict[Metric, tuple[Breakdown, ...]]:
        for metric, wanted in breakdowns.items():
            known = TOPICS[TOPIC_OF[metric]].labels
            for label in (label for breakdown in wanted for label in breakdown):
                if label not in known:
                    raise ValueError(f"{metric} has no label {label}; it has {', '.join(known)}")
        return breakdowns

    @field_validator("aliases")
    @classmethod
    def _known_names(cls, aliases: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        known = {label for topic in TOPICS.values() for label in topic.labels}
        for label, meant in aliases.items():
            if label not in known:
                raise ValueError(
                    f"no topic has a label {label}; there is {', '.join(sorted(known))}"
                )
            if any(not 1 <= len(name) <= LABEL_LENGTH for name in meant.values()):
                raise ValueError(f"a name of {label} has 1 to {LABEL_LENGTH} characters")
            if any(meant.get(name, name) != name for name in meant.values()):
                raise ValueError(f"a name of {label} is itself a spelling of another one")
        return aliases


class Detect(Section):
    """What is watched for rising counts."""

    metrics: tuple[Metric, ...] = ("complaints",)
    budget: float = Field(
        default=1.0, gt=0, description="false alerts a week that are borne, over all series"
    )
    rate: bool = Field(
        default=False,
        description="whether sign-ups and cancellations show how many customers there are: what is "
        "expected then goes with their number",
    )
    opening: dict[str, int] = Field(
        default={}, description="customers before the first event, by segment"
    )
    country: str | None = Field(
        default=None, description="whose holidays the daily test knows (ISO 3166, such as GB)"
    )
    subdivision: str | None = Field(
        default=None, description="part of the country (ISO 3166-2 without it, such as ENG)"
    )
    stale_after: float = Field(
        default=6 * 3600.0, gt=0, description="wall seconds of silence that make an alert stale"
    )
    runbook: str = Field(default="docs/runbook.md", description="page that alerts point to")
    tuning: dict[str, float] = Field(
        default={}, description="numbers of the detectors to be other than theirs; for backtests"
    )

    @field_validator("tuning")
    @classmethod
    def _known_numbers(cls, tuning: dict[str, float]) -> dict[str, float]:
        tuned(tuning)
        return tuning

    @model_validator(mode="after")
    def _known_holidays(self) -> Self:
        if self.country is None and self.subdivision is not None:
            raise ValueError("subdivision is set, and country is not")
        calendar_of(self.country, self.subdivision)
        return self


class Config(Protocol):
    """The settings, as far as the core reads them."""

    @property
    def tables(self) -> Tables:
        """What the rolling tables hold."""

    @property
    def detect(self) -> Detect:
        """What is watched."""
