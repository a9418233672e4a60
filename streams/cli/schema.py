"""`groundswell schema`: the contract of the topics for other tools to read."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from schemas import asyncapi, jsonschema
from streams.cli.terminal import checked_environment, fail


def _version() -> str:
    try:
        return version("groundswell")
    except PackageNotFoundError:
        return "unknown"


def schema(
    out: Annotated[Path, typer.Option(help="Folder to write to; made where it is missing.")],
) -> None:
    """Write JSON Schemas of every topic and of a backtest, and an AsyncAPI 3 document."""
    checked_environment()
    documents = {**jsonschema.documents(), "asyncapi.json": asyncapi.document(_version())}
    files = {
        name: json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        for name, document in documents.items()
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (out / name).write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"--out {out} cannot be written: {error.strerror}")
    for name in files:
        typer.echo(out / name)
