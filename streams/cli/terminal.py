"""What the commands share at the terminal: where to print, how to fail, how to show progress."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

import typer
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAuthorizationFailedError
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from streams.load.errors import LoadError
from streams.settings import Settings, SettingsError, check_environment, load
from streams.settings.doubts import of_holidays
from streams.transport.client.broker_probe import HangsUpError, words
from streams.transport.client.event_producer import MissingTopicError
from streams.transport.failure import WorkerFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.text import Text

_CONTROLS: Final = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in "\t\n\r"
}


class Plain(Console):
    """Prints what others wrote as it is: no `:100:` is a picture, and nothing moves the cursor.

    Names and texts of customers are among it, and a terminal takes some characters for orders.
    """

    def render_str(self, text: str, **how: Any) -> Text:  # noqa: ANN401 - as Rich has them
        """Return a text with its markup read, without characters that are orders."""
        return super().render_str(text.translate(_CONTROLS), **how)


# A terminal is shown whole words; what goes elsewhere stays a line.
out = Plain(highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty())
err = Plain(stderr=True, highlight=False, emoji=False, soft_wrap=not sys.stderr.isatty())


def hanging(console: Console, head: str, text: str) -> None:
    """Print a line, and on a terminal what does not fit below its `text`, not below its `head`."""
    if not console.is_terminal:
        console.print(f"{head}{text}")
        return
    grid = Table.grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(head, text)
    console.print(grid)


def fail(message: str) -> NoReturn:
    """Say what is wrong on stderr and leave with status 1."""
    err.print(f"[bold red]error:[/] {escape(message)}")
    raise typer.Exit(1)


def read_settings(file: Path | None, brokers: str | None = None) -> Settings:
    """Read the settings, `brokers` put in; what is wrong with them is printed, not raised."""
    try:
        return load(file, brokers)
    except SettingsError as error:
        fail(str(error))


def tell_doubts(settings: Settings) -> None:
    """Say what is probably not meant in the settings of whoever watches for rises."""
    doubt = of_holidays(settings)
    if doubt is not None:
        err.print(f"[yellow]warning: {escape(doubt)}[/]")


def checked_environment() -> None:
    """Check the variables for a command that needs no settings; what is wrong is printed."""
    try:
        check_environment()
    except SettingsError as error:
        fail(str(error))


@contextmanager
def telling(settings: Settings) -> Iterator[None]:
    """Turn what can go wrong outside this program into one line that says what to do."""
    # The client's own lines about a broker that is away repeat what is printed below.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    brokers = settings.kafka.brokers
    try:
        yield
    except LoadError as error:
        fail(str(error))
    except MissingTopicError as error:
        fail(f"there is no topic {error} at {brokers}: groundswell topics --create makes it")
    except WorkerFailedError as error:  # the broker refuses us
        fail(str(error))
    except TopicAuthorizationFailedError as error:
        fail(f"{brokers} does not let us use a topic: {error}; ask for read and write rights")
    except HangsUpError as error:
        fail(f"no broker takes us: {words(error)}")
    except KafkaConnectionError as error:
        fail(
            f"no broker answers at {brokers}: start it, or name another one by"
            " --brokers, kafka.brokers in the settings file or GROUNDSWELL_KAFKA__BROKERS;"
            f" the security protocol is {settings.kafka.security_protocol} ({words(error)})"
        )
    except KafkaError as error:
        fail(f"{brokers}: {type(error).__name__}: {error}")
    except BrokenPipeError:
        raise typer.Exit(1) from None


def progress_bar() -> Progress:
    """Make the progress bar of a command: on stderr, and only where that is a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
