"""What the commands share at the terminal: where to print, how to fail, how to show progress."""

from __future__ import annotations

import logging
import tomllib
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import typer
from aiokafka.errors import (
    AuthenticationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from pydantic import ValidationError
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

from streams.load.errors import LoadError, near
from streams.settings import Settings, load
from streams.transport.failure import WorkerFailedError
from streams.transport.publisher import MissingTopicError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(message: str) -> NoReturn:
    """Say what is wrong on stderr and leave with status 1."""
    err.print(f"[bold red]error:[/] {escape(message)}")
    raise typer.Exit(1)


def read_settings(file: Path | None, brokers: str | None = None) -> Settings:
    """Read the settings, `brokers` put in; what is wrong with them is told, not raised."""
    try:
        settings = load(file)
        if brokers is not None:
            kafka = settings.kafka.model_copy(update={"brokers": brokers})
            settings = settings.model_copy(update={"kafka": kafka})
    except FileNotFoundError as error:
        fail(f"{error}; leave --settings out to use the defaults and GROUNDSWELL_ variables")
    except tomllib.TOMLDecodeError as error:
        fail(f"settings file {file} is not TOML: {error}")
    except ValidationError as error:
        fail(_invalid(file, error))
    return settings


def _invalid(file: Path | None, error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        path = [str(part) for part in problem["loc"]]
        line = f"{'.'.join(path)}: {problem['msg']}"
        if problem["type"] == "extra_forbidden":
            known = _known(path[:-1])
            line = f"there is no setting {'.'.join(path)}"
            if known:
                line += f"; {near(path[-1], known)}"
        lines.append(line)
    source = f"settings file {file} or GROUNDSWELL_ variables" if file else "GROUNDSWELL_ variables"
    return f"{source}: " + "; ".join(lines)


def _known(path: list[str]) -> list[str]:
    model = Settings
    for part in path:
        field = model.model_fields.get(part)
        model = getattr(field, "annotation", None)  # type: ignore[assignment]
        if not hasattr(model, "model_fields"):
            return []
    return list(model.model_fields)


@contextmanager
def telling(settings: Settings) -> Iterator[None]:
    """Turn what can go wrong outside this program into one line that says what to do."""
    # The client's own lines about a broker that is away repeat what is told below.
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
    except AuthenticationFailedError as error:
        fail(f"{brokers} refuses the login: {error}; see kafka.sasl_username and its password")
    except TopicAuthorizationFailedError as error:
        fail(f"{brokers} does not let us use a topic: {error}; ask for read and write rights")
    except KafkaConnectionError:
        fail(
            f"no broker answers at {brokers}: start it, or name another one by"
            " --brokers, kafka.brokers in the settings file or GROUNDSWELL_KAFKA__BROKERS;"
            f" the security protocol is {settings.kafka.security_protocol}"
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
