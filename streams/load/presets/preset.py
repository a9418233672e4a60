"""A preset: everything that the command line would say of a file of a known kind."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from streams.load.errors import LoadError
from streams.load.recurring import Recurring
from streams.load.selected import Condition
from streams.naming import near

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDING = ".toml"


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Columns = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""A column, or several of which the first that is filled counts; they need not be there."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Price(_Part):
    """A price that comes again, as `Recurring` has it."""

    amount: Columns
    interval: Columns = ()
    count: Columns = ()
    quantity: Columns = ()

    def over(self, months: int) -> Recurring:
        """Give what it is worth over so many months."""
        return Recurring(months, self.amount, self.interval, self.count, self.quantity)


class Events(_Part):
    """The events of one topic that a row of the file gives.

    `map` has the columns of a field, `set` one value for all rows, `value` words in the place of
    others by field, `where` the values that a column must have and `unless` those it must not.
    `monthly` and `yearly` are fields that are reckoned from a price. In a file with one row a
    customer, `at_as_of` has the events happen on the day of `--as-of`, `months_before` so many
    months before it as a column says.
    """

    topic: str
    map: dict[str, Columns] = {}
    set: dict[str, str] = {}
    value: dict[str, dict[str, str]] = {}
    where: dict[str, Columns] = {}
    unless: dict[str, Columns] = {}
    monthly: dict[str, Price] = {}
    yearly: dict[str, Price] = {}
    at_as_of: bool = False
    months_before: Columns = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What a row must meet; of columns parted by `|` the first that is filled counts."""
        wanted = [(self.where, False), (self.unless, True)]
        return tuple(
            Condition(tuple(columns.split("|")), frozenset(values), unless)
            for given, unless in wanted
            for columns, values in given.items()
        )

    @property
    def recurring(self) -> dict[str, Recurring]:
        """The fields that are reckoned from a price."""
        monthly = {name: price.over(1) for name, price in self.monthly.items()}
        return monthly | {name: price.over(12) for name, price in self.yearly.items()}


class Preset(_Part):
    """How a file of a known kind is read; what the command line says comes before it."""

    about: str
    timezone: str | None = None
    date_format: str | None = None
    month_first: bool | None = None
    money: Literal["major", "minor"] | None = None
    kept_digits: dict[str, Annotated[int, Field(ge=0, le=18)]] = {}
    delimiter: str | None = None
    quoting: Literal["csv", "none"] | None = None
    encoding: str | None = None
    skip_lines: int | None = None
    columns: tuple[str, ...] = ()
    rows: str | None = None
    events: Annotated[tuple[Events, ...], Field(min_length=1)]

    def of_topic(self, topic: str | None) -> tuple[Events, ...]:
        """Give what is read of one topic, or all of it.

        Raises:
            LoadError: it has nothing of that topic.
        """
        if topic is None:
            return self.events
        found = tuple(one for one in self.events if one.topic == topic)
        if not found:
            raise LoadError(
                f"the preset gives no events of {topic!r}; "
                + near(topic, {one.topic for one in self.events})
            )
        return found


def names() -> list[str]:
    """Name the presets that come with Groundswell."""
    return sorted(name for name, _ in _ours())


def _ours() -> Iterator[tuple[str, str]]:
    for file in resources.files(__package__).iterdir():
        if file.name.endswith(_ENDING):
            yield file.name.removesuffix(_ENDING), file.read_text(encoding="utf-8")


def find(wanted: str) -> Preset:
    """Read a preset, by its name or from a file of one's own.

    Raises:
        LoadError: there is none of that name, or the file is none.
    """
    ours = dict(_ours())
    if wanted in ours:
        text = ours[wanted]
    elif wanted.endswith(_ENDING) or Path(wanted).is_file():
        try:
            text = Path(wanted).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise LoadError(f"--preset {wanted} cannot be read: {error}") from error
    else:
        raise LoadError(
            f"there is no preset {wanted!r}; {near(wanted, sorted(ours))} A file of your own is"
            " named by its path, ending in .toml"
        )
    try:
        return Preset.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise LoadError(f"--preset {wanted} is not TOML: {error}") from error
    except RecursionError as error:
        raise LoadError(f"--preset {wanted}: lists stand in each other too deep") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_url=False)
        )
        raise LoadError(f"--preset {wanted}: {problems}") from error
    except ValueError as error:  # of a number with thousands of digits
        raise LoadError(f"--preset {wanted} is not TOML: {error}") from error
