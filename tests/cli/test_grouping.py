from dataclasses import dataclass, field
from typing import Annotated

import typer
from typer.testing import CliRunner

from streams.cli.grouping import grouped


@dataclass(frozen=True)
class Where:
    topic: Annotated[str, typer.Option("--topic", "-t")]
    maps: Annotated[list[str], typer.Option("--map")] = field(default_factory=list)


@dataclass(frozen=True)
class How:
    sort: Annotated[bool, typer.Option("--sort/--no-sort")] = True


def said(*arguments: str) -> list[str]:
    @grouped
    def command(
        file: Annotated[str, typer.Argument()],
        where: Where,
        *,
        rate: Annotated[int | None, typer.Option()] = None,
        how: How,
    ) -> None:
        print(file, where, rate, how, sep="\n")  # noqa: T201

    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    return result.output.splitlines()


def test_a_command_is_handed_its_groups_made_of_the_options() -> None:
    assert said("a.csv", "-t", "x", "--map", "a=b", "--map", "c=d", "--rate", "3", "--no-sort") == [
        "a.csv",
        "Where(topic='x', maps=['a=b', 'c=d'])",
        "3",
        "How(sort=False)",
    ]


def test_an_option_that_is_not_given_has_the_default_of_its_group() -> None:
    assert said("a.csv", "-t", "x") == [
        "a.csv",
        "Where(topic='x', maps=[])",
        "None",
        "How(sort=True)",
    ]


def test_the_options_stand_in_the_order_of_the_parameters() -> None:
    text = "\n".join(said("--help"))
    places = [text.index(name) for name in ("--topic", "--map", "--rate", "--sort")]
    assert places == sorted(places)


def test_an_option_of_a_group_without_a_default_is_asked_for() -> None:
    assert "Missing option '--topic'" in "\n".join(said("a.csv"))
