"""groundswell labels: the names that events carry, and which of them are one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from schemas import wire
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.grouping import grouped
from streams.cli.reading import Fields, Reading, look_through
from streams.cli.report import counted
from streams.cli.terminal import err, out, progress_bar, read_settings, telling
from streams.core.catalogue import TOPICS
from streams.load.errors import LoadError
from streams.load.spellings import propose as put_together
from streams.load.spellings import to_toml

if TYPE_CHECKING:
    from streams.load.loading import Loading

app = typer.Typer(
    help="The names that events carry, and which of them are one.", no_args_is_help=True
)


@app.callback()
def labels() -> None:
    """The names that events carry, and which of them are one."""


@app.command()
@grouped
def propose(
    file: opt.File,
    fields: Fields,
    *,
    only: Annotated[
        list[str],
        typer.Option("--label", help="Only this label; may come many times.", show_default=False),
    ] = [],  # noqa: B006 (typer reads the default and copies it)
    reading: Reading,
    settings: opt.SettingsFile = None,
) -> None:
    """Find spellings of one name in a file; needs no Kafka.

    Names are one that differ by case, spaces, punctuation or legal form (Inc, LLC). What is printed
    is for the settings file, for you to look through: what stands there is counted under the name
    behind the =, by the worker as well as by replay.

    groundswell labels propose complaints.csv -t complaints -m company=Company
    """
    using = read_settings(settings)
    with telling(using):
        topic, options = reading.source(fields, using)
        if topic not in TOPICS:
            raise LoadError(f"events of {topic} carry no labels")
        names = _wanted(topic, only)
        found = _counts(look_through(file, topic, options), names)
        proposed = {name: put_together(counts) for name, counts in found.items()}
        for name, spellings in proposed.items():
            if spellings:
                out.print(to_toml(name, spellings) + "\n", markup=False)
        total = sum(map(len, proposed.values()))
        others = sum(len(one.others) for several in proposed.values() for one in several)
        err.print(
            f"{counted(total, 'name')} with {counted(others, 'other spelling')}, among"
            f" {counted(sum(map(len, found.values())), 'label')} of {', '.join(names)}"
        )


def _wanted(topic: str, only: list[str]) -> list[str]:
    known = TOPICS[topic].labels
    for name in only:
        if name not in known:
            raise LoadError(f"--label {name}: events of {topic} have {', '.join(known)}")
    return only or [name for name in known if name != "severity"]


def _counts(loading: Loading, names: list[str]) -> dict[str, Counter[str]]:
    """Count the values of these labels."""
    found: dict[str, Counter[str]] = {name: Counter() for name in names}
    decode = wire.decoders[loading.topic]
    with progress_bar() as bar:
        task = bar.add_task("counting names", total=loading.rows, note="")
        for batch in loading.batches():
            for event in batch:
                try:
                    decoded = decode(event.value)
                except wire.REFUSED:
                    continue
                for name, counts in found.items():
                    label = getattr(decoded, name)
                    if label is not None:
                        counts[label] += 1
            bar.update(task, completed=loading.report.rows)
    return found
