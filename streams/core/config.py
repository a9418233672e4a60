"""The settings of the core: which tables to keep, what to watch."""

from __future__ import annotations

from typing import Annotated, Final, Protocol, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from schemas.fields import MAX_MONEY, Currency
from schemas.metrics import Metric
from streams.core.catalogue import TOPIC_OF, TOPICS, Breakdown
from streams.core.customers.definitions import Definitions, TierBy
from streams.core.detect.tuning import tuned
from streams.core.event_time.buckets import DAY
from streams.core.event_time.calendar import calendar_of
from streams.core.event_time.zone import Zone, zone_of

LABEL_LENGTH: Final = 200
"""Characters of a label at most, as in the contract."""

CENTURY: Final = 36_525 * DAY
"""Seconds that stand for never."""

TierName = Annotated[str, Field(min_length=1, max_length=LABEL_LENGTH)]
Threshold = Annotated[int, Field(ge=1, le=MAX_MONEY)]


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
    grace: int = Field(default=600, ge=0, le=CENTURY, description="seconds a bucket stays open")
    duplicate_horizon: int = Field(
        default=3600, ge=0, le=CENTURY, description="seconds of event time"
    )
    future_tolerance: int = Field(
        default=300, ge=0, le=CENTURY, description="seconds ahead of the wall clock"
    )
    jump: int = Field(
        default=7 * 86400, ge=1, le=CENTURY, description="seconds a lone event may push ahead"
    )
    lead: int = Field(
        default=7 * 86400,
        ge=3600,
        le=CENTURY,
        description="seconds of event time that a partition may be ahead of the slowest one of its "
        "topic; then it waits",
    )
    provisional_interval: float = Field(
        default=0.75,
        ge=0,
        le=DAY,
        description="wall seconds between two rows of what is still open; four times as many for "
        "hours, and twenty for days, that go on changing",
    )
    idle_timeout: float = Field(
        default=30.0,
        gt=0,
        le=CENTURY,
        description="wall seconds until a quiet partition no longer holds the watermark",
    )

    @field_validator("breakdowns")
    @classmethod
    def _known_labels(
        cls, breakdowns: dict[Metric, tuple[Breakdown, ...]]
    ) -> dict[Metric, tuple[Breakdown, ...]]:
        for metric, wanted in breakdowns.items():
            known = TOPICS[TOPIC_OF[metric]].labels
            if any(len(set(breakdown)) < len(breakdown) for breakdown in wanted):
                raise ValueError(f"a breakdown of {metric} names a label twice")
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
    opening: dict[str, Annotated[int, Field(ge=0, le=MAX_MONEY)]] = Field(
        default={}, description="customers before the first event, by segment"
    )
    country: str | None = Field(
        default=None, description="whose holidays the daily test knows (ISO 3166, such as GB)"
    )
    subdivision: str | None = Field(
        default=None,
        description="part of the country (ISO 3166-2 without it, such as ENG), or none: the "
        "holidays of all of it",
    )
    stale_after: float = Field(
        default=6 * 3600.0,
        gt=0,
        le=CENTURY,
        description="wall seconds of silence that make an alert stale",
    )
    runbook: str = Field(
        default="http://127.0.0.1:6066/docs/runbook",
        pattern=r"^https?://[^\s#]+\z",
        description="page that alerts link to: a worker's, or one of your own",
    )
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


class Calendar(Section):
    """To which days the numbers belong."""

    timezone: str = Field(default="UTC", description="where days begin (IANA)")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, timezone: str) -> str:
        return known_zone(timezone)

    @property
    def zone(self) -> Zone:
        """The days of the time zone."""
        return zone_of(self.timezone)


def known_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        ValueError: there is no such zone.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("write the IANA name of a time zone, such as Europe/Berlin") from error
    return name


class Customers(Section):
    """Whether customers are kept, and what the numbers about them mean (`docs/customers.md`)."""

    enabled: bool = Field(
        default=False, description="whether customers are kept; a history is read again for them"
    )
    return_window: int = Field(default=30 * DAY, ge=0, le=366 * DAY, description="seconds")
    past_due_days: int = Field(default=30, ge=0, le=366)
    found_window: int = Field(default=31 * DAY, ge=0, le=366 * DAY, description="seconds")
    tiers: tuple[tuple[TierName, dict[Currency, Threshold]], ...] = Field(
        default=(), description="highest first: a name, and the least margin by currency"
    )
    base_tier: TierName = "base"
    tier_by: TierBy = "margin"
    start: AwareDatetime | None = Field(
        default=None, description="who is discovered before is part of the opening"
    )
    recent_complaint: int = Field(default=30 * DAY, ge=0, le=366 * DAY, description="seconds")
    count_free: bool = Field(
        default=True, description="whether somebody who pays nothing is a customer"
    )
    zone: str | None = Field(
        default=None,
        description="where days, months and years begin (IANA); as calendar.timezone if not given",
    )

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        return None if zone is None else known_zone(zone)

    @model_validator(mode="after")
    def _tiers_apart(self) -> Self:
        names = [name for name, _ in self.tiers]
        if len({*names, self.base_tier}) <= len(names):
            raise ValueError("two tiers have one name; base_tier is one of them too")
        if not all(thresholds for _, thresholds in self.tiers):
            raise ValueError("a tier has no threshold; write one by currency: {USD = 50000}")
        least: dict[str, tuple[str, int]] = {}
        for name, thresholds in self.tiers:
            for currency, threshold in thresholds.items():
                above, above_at = least.get(currency, ("", threshold + 1))
                if threshold >= above_at:
                    raise ValueError(
                        f"{name} would have nobody by {currency}: {above} stands before it and"
                        f" begins at {above_at}, {name} at {threshold}; write the tier with"
                        f" the highest threshold first, or raise that of {above}"
                    )
                least[currency] = name, threshold
        return self

    @property
    def definitions(self) -> Definitions:
        """What the numbers mean."""
        return Definitions(
            return_window=self.return_window,
            past_due_days=self.past_due_days,
            found_window=self.found_window,
            tiers=self.tiers,
            base_tier=self.base_tier,
            tier_by=self.tier_by,
            start=None if self.start is None else int(self.start.timestamp()),
            recent_complaint=self.recent_complaint,
            count_free=self.count_free,
            zone=self.zone or "UTC",
        )


class Handling(Section):
    """What people may do about incidents."""

    answer_within: int = Field(
        default=DAY,
        ge=60,
        le=366 * DAY,
        description="seconds without a word about it after which an acknowledgement is none",
    )
    longest_silence: int = Field(
        default=90 * DAY, ge=60, le=366 * DAY, description="seconds a silence lasts at most"
    )


class Config(Protocol):
    """The settings, as far as the core reads them."""

    @property
    def calendar(self) -> Calendar:
        """To which days the numbers belong."""

    @property
    def tables(self) -> Tables:
        """What the rolling tables hold."""

    @property
    def detect(self) -> Detect:
        """What is watched."""

    @property
    def customers(self) -> Customers:
        """Whether customers are kept, and how they are counted."""

    @property
    def handling(self) -> Handling:
        """What people may do about incidents."""
