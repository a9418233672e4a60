"""groundswell review: the customers who left in a month or quarter, and what is done about it."""

from __future__ import annotations

import asyncio
import csv
import getpass
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
import pydantic
import typer

from schemas.grammar import NO_ROW
from schemas.topics import ACTIONS, CUSTOMERS, PERIODS, REVIEWS
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.terminal import err, fail, read_settings, telling
from streams.load.model import Event
from streams.readmodel.customers import decode_customer
from streams.readmodel.periods import decode_period
from streams.readmodel.review.document import html, markdown
from streams.readmodel.review.draw import Callers
from streams.readmodel.review.lines import COLUMNS, csv_rows
from streams.readmodel.review.people import decode_action, plain_action
from streams.readmodel.review.review import NoPeriodError, Sources, review_of
from streams.readmodel.review.row import read_reviews, row_of
from streams.readmodel.review.span import span
from streams.transport.client.event_producer import EventProducer, MissingTopicError
from streams.transport.client.whole import read_log, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from streams.readmodel.review.review import Review
    from streams.settings import Kafka, Settings


_Row = TypeVar("_Row")


class Form(StrEnum):
    """How a review is written."""

    HTML = "html"
    MD = "md"
    CSV = "csv"
    JSON = "json"


class _Values(msgspec.Struct):
    """The rows of the topics, as they stand there."""

    customers: Collection[bytes]
    periods: Collection[bytes]
    actions: Collection[bytes]
    reviews: Collection[bytes]


def review(  # noqa: PLR0913 (one argument an option)
    *,
    period: Annotated[
        str, typer.Option(help="A month or quarter: 2017-01 or 2017-Q1.", show_default=False)
    ],
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.MD,
    publish: Annotated[
        bool,
        typer.Option(
            "--publish", help="Also put it on the topic loss.reviews: its calls stay as drawn."
        ),
    ] = False,
    by: Annotated[
        str | None,
        typer.Option(help="Who publishes it; by default who is logged in.", show_default=False),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="A folder with customers.jsonl and periods.jsonl, as groundswell replay writes"
            " them, and actions.jsonl and reviews.jsonl where there are such; instead of topics.",
        ),
    ] = None,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Say who left in a month or quarter, why, whom to call, and what came of the last review.

    groundswell review --period 2017-01 --format html > review.html

    Who calls is set by review.executives, how many customers each by review.calls.
    """
    if publish and folder is not None:
        fail("--publish and --from do not go together: what is published is what the topics say")
    using = read_settings(settings, brokers)
    if span(period) is None:  # said before topics are read
        fail(f"--period {period!r} is no month (2017-01) or quarter (2017-Q1)")
    values = _of_topics(using) if folder is None else _of_files(folder)
    own = using.review
    try:
        found = review_of(period, _sources(values), Callers(own.executives, own.calls))
    except NoPeriodError as error:
        fail(str(error))
    at = datetime.now(UTC).replace(microsecond=0)
    row = row_of(found, by or _user(), at)
    if publish:
        with telling(using):
            asyncio.run(_publish(using.kafka, found.period, msgspec.json.encode(row)))
        err.print(f"published on {REVIEWS}")
    _write(found, form, row)


def _write(found: Review, form: Form, row: dict[str, Any]) -> None:
    if form is Form.CSV:
        writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(csv_rows(found))
    elif form is Form.JSON:
        text = msgspec.json.encode(row | {"customers": csv_rows(found)})
        sys.stdout.write(text.decode() + "\n")
    else:
        sys.stdout.write(html(found) if form is Form.HTML else markdown(found))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"


def _of_topics(using: Settings) -> _Values:
    async def read() -> _Values:
        kafka = using.kafka
        return _Values(
            (await read_table(kafka, CUSTOMERS)).values(),
            (await read_table(kafka, PERIODS)).values(),
            await read_log(kafka, ACTIONS),
            (await _reviews(kafka)).values(),
        )

    with telling(using):
        return asyncio.run(read())


async def _reviews(kafka: Kafka) -> dict[bytes, bytes]:
    """Read the reviews; workers of an older release have made no topic for them."""
    try:
        return await read_table(kafka, REVIEWS)
    except MissingTopicError:
        return {}


def _of_files(folder: Path) -> _Values:
    def lines(name: str, *, needed: bool) -> list[bytes]:
        file = folder / f"{name}.jsonl"
        if not needed and not file.exists():
            return []
        try:
            return file.read_bytes().splitlines()
        except OSError as error:
            fail(f"{file} cannot be read: {error.strerror}")

    return _Values(
        lines("customers", needed=True),
        lines("periods", needed=True),
        lines("actions", needed=False),
        lines("reviews", needed=False),
    )


def _sources(values: _Values) -> Sources:
    return Sources(
        _decoded(CUSTOMERS, decode_customer, values.customers),
        _decoded(PERIODS, decode_period, values.periods),
        _actions(values.actions),
        _published(values.reviews),
    )


def _decoded(topic: str, decode: Callable[[bytes], _Row], values: Iterable[bytes]) -> list[_Row]:
    try:
        return [decode(value) for value in values]
    except NO_ROW as error:
        fail(f"a row is none of {topic}: {error}")


def _actions(values: Iterable[bytes]) -> list[Any]:
    """Read actions; anybody may write there, and what is none is left out, as by the worker."""
    read = filter(None, map(plain_action, values))
    return [decode_action(one.model_dump_json().encode()) for one in read]


def _published(values: Iterable[bytes]) -> list[Any]:
    try:
        return read_reviews(values)
    except pydantic.ValidationError as error:
        fail(f"a row is none of {REVIEWS}: {error.errors()[0]['msg']}")


async def _publish(kafka: Kafka, period: str, value: bytes) -> None:
    async with EventProducer(kafka, REVIEWS) as producer:
        await producer.send([Event(0, period.encode(), value)])
        await producer.flush()
