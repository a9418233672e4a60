"""The settings of notify: who is told what, when and by which way (`docs/notify.md`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import AwareDatetime, Field, SecretStr, field_validator, model_validator

from schemas.actions import Clock, Weekday  # noqa: TC001
from schemas.alerts import AlertSeverity  # noqa: TC001
from schemas.fields import MAX_MONEY, Currency
from schemas.metrics import Metric  # noqa: TC001
from streams.core.config import Section, known_zone
from streams.core.event_time.buckets import DAY, HOUR
from streams.core.event_time.calendar import calendar_of
from streams.core.notify.matchers import matcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.core.notify.matchers import Matcher

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}\z")]
Names = tuple[Name, ...]
Some = Annotated[Names, Field(min_length=1)]
Channel = Literal["apprise", "alertmanager", "webhook"]
LEAST: Final = 60
"""Seconds of the shortest time after which something is said again."""
LONGEST: Final = 31 * DAY


class Receiver(Section):
    """Where messages go: an address, and what they go by."""

    channel: Channel
    url: SecretStr
    secret: SecretStr | None = Field(default=None, description="signs what a webhook gets")
    hosts: tuple[str, ...] = Field(default=(), description="where a webhook may go, by name")
    private: bool = Field(
        default=False, description="whether a webhook may go to private addresses"
    )
    fallback: Name | None = Field(default=None, description="receiver that is told in its place")


class Hours(Section):
    """Hours of the week by the clocks of a zone; without its holidays, if a country is given."""

    zone: str | None = Field(default=None, description="IANA; as notify.zone if not given")
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = ("mon", "tue", "wed", "thu", "fri")
    start: Clock = "09:00"
    end: Clock = Field(default="18:00", description="on the next day if it is not later")
    country: str | None = Field(default=None, description="whose holidays are none of the days")
    subdivision: str | None = None

    _known_zone = field_validator("zone")(lambda zone: None if zone is None else known_zone(zone))

    @model_validator(mode="after")
    def _known_holidays(self) -> Self:
        if self.country is None and self.subdivision is not None:
            raise ValueError("subdivision is set, and country is not")
        calendar_of(self.country, self.subdivision)
        return self


class Person(Section):
    """Somebody, and the receivers by which they are reached."""

    tell: Some
    known_as: tuple[str, ...] = Field(
        default=(), description="how they acknowledge, and how a calendar names them"
    )


class Override(Section):
    """Somebody has the shift in place of whoever would have it."""

    person: Name
    start: AwareDatetime
    end: AwareDatetime

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.end <= self.start:
            raise ValueError("it ends before it begins")
        return self


class Rota(Section):
    """Who is on call: people in turn, or as an iCalendar file says."""

    people: Names = Field(default=(), description="who takes a shift, in turn")
    since: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}\z")] | None = Field(
        default=None, description="day on which the first of them began, 2026-01-05"
    )
    days: int = Field(default=7, ge=1, le=366, description="days of a shift")
    handover: Clock = Field(default="09:00", description="when one hands over to the next")
    zone: str | None = Field(default=None, description="IANA; as notify.zone if not given")
    calendar: Path | None = Field(default=None, description="iCalendar file that names people")
    overrides: tuple[Override, ...] = ()

    _known_zone = field_validator("zone")(lambda zone: None if zone is None else known_zone(zone))

    @field_validator("since")
    @classmethod
    def _is_day(cls, since: str | None) -> str | None:
        from datetime import date  # noqa: PLC0415

        if since is not None:
            date.fromisoformat(since)
        return since

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.people) == (self.calendar is not None):
            raise ValueError("give it either people or a calendar")
        if bool(self.people) != (self.since is not None):
            raise ValueError("people take turns since a day: set since, 2026-01-05")
        return self


class Team(Section):
    """A team: whom to tell in its business hours, and outside of them."""

    tell: Some
    hours: Name | None = Field(default=None, description="its business hours; none: always")
    otherwise: Names = Field(default=(), description="whom to tell outside of them")


class Step(Section):
    """A step of an escalation: whom to tell, seconds after nobody took the incident on."""

    after: int = Field(ge=LEAST, le=LONGEST, description="wall seconds since the first message")
    tell: Some


class Route(Section):
    """Which incidents go to whom: all that is given must hold."""

    name: Name
    match: tuple[str, ...] = Field(default=(), description="labels, as LABEL=VALUE; * and != too")
    metrics: tuple[Metric, ...] = Field(default=(), description="one of these; none: any")
    severity: AlertSeverity = Field(default="info", description="so severe at the least")
    customers: int = Field(default=0, ge=0, description="so many customers at the least")
    at_risk: dict[Currency, Annotated[int, Field(ge=1, le=MAX_MONEY)]] = Field(
        default={}, description="so much a month at the least, in minor units by currency"
    )
    hours: Name | None = Field(default=None, description="at these hours only")
    tell: Some
    escalate: tuple[Step, ...] = ()
    repeat: int = Field(
        default=DAY,
        ge=0,
        le=LONGEST,
        description="wall seconds after which it is told again that nobody has it; 0: never",
    )
    digest: Clock | None = Field(default=None, description="pages nobody: told once a day, at")
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = Field(
        default=("mon", "tue", "wed", "thu", "fri", "sat", "sun"), description="of the digest"
    )
    zone: str | None = Field(default=None, description="of the digest; as notify.zone if not given")
    continues: bool = Field(default=False, description="whether the routes after it are tried too")

    _known_zone = field_validator("zone")(lambda zone: None if zone is None else known_zone(zone))

    @field_validator("match")
    @classmethod
    def _are_matchers(cls, match: tuple[str, ...]) -> tuple[str, ...]:
        for text in match:
            matcher(text)
        return match

    @field_validator("repeat")
    @classmethod
    def _not_at_once(cls, repeat: int) -> int:
        if 0 < repeat < LEAST:
            raise ValueError(f"{LEAST} seconds at the least, or 0 for never")
        return repeat

    @model_validator(mode="after")
    def _pages_or_waits(self) -> Self:
        if self.digest is not None and self.escalate:
            raise ValueError("what waits for a digest is not escalated: take one of the two out")
        after = [step.after for step in self.escalate]
        if after != sorted(set(after)):
            raise ValueError("each step of escalate must come after the one before it")
        return self

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        """What labels must be."""
        return tuple(matcher(text) for text in self.match)


class Templates(Section):
    """Template files in place of ours."""

    subject: Path | None = None
    text: Path | None = None
    html: Path | None = None


class Notify(Section):
    """Who is told of incidents; nobody, if there is no route."""

    max_age: int = Field(
        default=6 * HOUR,
        ge=LEAST,
        le=LONGEST,
        description="seconds; what is older when it is decided is history, and told to nobody",
    )
    remind_before: int = Field(
        default=4 * HOUR,
        ge=LEAST,
        le=LONGEST,
        description="seconds before an acknowledgement ends at which who has it is reminded",
    )
    zone: str | None = Field(
        default=None, description="whose clocks count (IANA); as calendar.timezone if not given"
    )
    give_up_after: int = Field(
        default=DAY,
        ge=LEAST,
        le=LONGEST,
        description="seconds after the decision at which a delivery is not tried any more",
    )
    answer_within: float = Field(
        default=10.0,
        ge=0.1,
        le=60.0,
        description="seconds that webhooks and Alertmanager have to answer",
    )
    dead_after: int = Field(
        default=15 * 60,
        ge=0,
        le=LONGEST,
        description="seconds without success after which a receiver's fallback is told",
    )
    host: str = "127.0.0.1"
    port: int = Field(
        default=6068, ge=0, le=65_535, description="HTTP port of /metrics and health; 0 picks one"
    )
    heartbeat: Path | None = Field(
        default=None, description="file that is touched every few seconds while notify works"
    )
    templates: Templates = Templates()
    receivers: dict[Name, Receiver] = Field(default={}, description="where messages go, by name")
    people: dict[Name, Person] = Field(default={}, description="who may be told in person")
    hours: dict[Name, Hours] = Field(default={}, description="hours that others name")
    rotas: dict[Name, Rota] = Field(default={}, description="who is on call")
    teams: dict[Name, Team] = Field(default={}, description="whom to tell when")
    routes: tuple[Route, ...] = ()

    _known_zone = field_validator("zone")(lambda zone: None if zone is None else known_zone(zone))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _apart(self)
        for where, names, known in _references(self):
            for name in names:
                if name not in known:
                    there = ", ".join(sorted(known)) or "none"
                    raise ValueError(f"{where} names {name}, which is none of: {there}")
        return self

    def zone_of(self, own: str | None) -> str:
        """Return the zone of a part that may have its own."""
        return own or self.zone or "UTC"

    def route(self, name: str | None) -> Route | None:
        """Return a route by its name."""
        return next((one for one in self.routes if one.name == name), None)


def _apart(notify: Notify) -> None:
    """Refuse two things to tell, or two routes, of one name."""
    seen: dict[str, str] = {}
    kinds: Mapping[str, Iterable[str]] = {
        "receivers": notify.receivers,
        "people": notify.people,
        "rotas": notify.rotas,
        "teams": notify.teams,
    }
    for kind, names in kinds.items():
        for name in names:
            if name in seen:
                raise ValueError(f"{seen[name]} and {kind} both have a {name}: rename one")
            seen[name] = kind
    routes = [route.name for route in notify.routes]
    for name in routes:
        if routes.count(name) > 1:
            raise ValueError(f"two routes are named {name}")


def _references(notify: Notify) -> Iterator[tuple[str, Iterable[str], Iterable[str]]]:
    """Yield what names something: where, the names, and those that may be named there."""
    singles = {*notify.receivers, *notify.people, *notify.rotas}
    everybody = {*singles, *notify.teams}
    for name, receiver in notify.receivers.items():
        if receiver.fallback is not None:
            yield f"receivers.{name}.fallback", (receiver.fallback,), {*notify.receivers} - {name}
    for name, person in notify.people.items():
        yield f"people.{name}.tell", person.tell, notify.receivers
    for name, rota in notify.rotas.items():
        yield f"rotas.{name}.people", rota.people, notify.people
        own = [one.person for one in rota.overrides]
        yield f"rotas.{name}.overrides", own, notify.people
    for name, team in notify.teams.items():
        yield f"teams.{name}.tell", team.tell, singles
        yield f"teams.{name}.otherwise", team.otherwise, singles
        yield f"teams.{name}.hours", (team.hours,) if team.hours else (), notify.hours
    for route in notify.routes:
        where = f"routes.{route.name}"
        yield f"{where}.tell", route.tell, everybody
        yield f"{where}.hours", (route.hours,) if route.hours else (), notify.hours
        for step in route.escalate:
            yield f"{where}.escalate", step.tell, everybody
