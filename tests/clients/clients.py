"""The clients of `examples/clients`: what each needs, how it is started, what it has printed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from apache_kafka import free_port
from history_bed import NOBODY, TAKEN_BACK
from printed_rows import deleted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
EXAMPLES: Final = ROOT / "examples" / "clients"
KEPT: Final = ROOT / ".kafka" / "clients"
"""What was fetched and built stays there."""
ADDRESS: Final = "127.0.0.1:9092"
"""The broker in the examples that are no programs."""

QUERY: Final = """
SELECT CONCAT_WS(' ', `start`, grain, metric, JSON_STRING(labels),
    CAST(`count` AS STRING), status) FROM metrics_buckets
UNION ALL
SELECT CONCAT_WS(' ', alert_id, state, metric, JSON_STRING(labels),
    CAST(observed AS STRING), severity) FROM alerts;
"""
"""What Flink is asked for: the lines that the other clients print."""

_NEXT: Final = re.compile(r", (?=\w+=)")
"""Before a field of a map, as Java shows it."""


class Client:
    """A client at work in the folder `home`."""

    def __init__(self, home: Path, command: Sequence[str]) -> None:
        self._out, self._err = home / "out", home / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(command, cwd=home, stdout=out, stderr=err)

    def lines(self) -> list[str]:
        """Give the whole lines that it has printed so far."""
        return self._out.read_text().split("\n")[:-1]

    def ended(self) -> str | None:
        """Say that it has ended, and its last words; None while it runs."""
        if (status := self._process.poll()) is None:
            return None
        return f"it ended with status {status}: {self._err.read_text()[-1500:]}"

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Flink(Client):
    """Rows of Flink SQL: before one is replaced or deleted it comes again, with a minus."""

    def lines(self) -> list[str]:
        """Give them as the others print them."""
        signed = [line for line in super().lines() if line[:1] in {"+", "-"}]
        return [deleted(line[1:]) if line[0] == "-" else line[1:] for line in signed]


class Connect(Client):
    """A sink of Kafka Connect that writes values into files, as Java shows a map.

    The files have no keys, so which row a null deletes is not known: the one of ours is left out.
    """

    def __init__(self, home: Path, command: Sequence[str]) -> None:
        self._files = [home / "buckets.txt", home / "alerts.txt"]
        for file in self._files:
            file.write_text("")
        super().__init__(home, command)

    def lines(self) -> list[str]:
        """Give the rows as the others print them."""
        rows = [row for file in self._files for row in file.read_text().split("\n")[:-1]]
        gone = f"product={NOBODY['product']}"
        return [
            _of_map(row)
            for row in rows
            if row != "null" and (gone not in row or f"={TAKEN_BACK}" in row)
        ]


def _of_map(row: str) -> str:
    """Put `{metric=complaints, labels={product=Mortgage}, ...}` into a line."""
    found = _fields(row)
    labels = json.dumps(_fields(found["labels"]), ensure_ascii=False)
    if "alert_id" in found:
        form = "{alert_id} {state} {metric} {labels} {observed} {severity}"
    else:
        form = "{start} {grain} {metric} {labels} {count} {status}"
    return form.format(**(found | {"labels": labels}))


def _fields(row: str) -> dict[str, str]:
    """Give the fields of a map as Java shows it; those inside others stay text."""
    parts, depth = [""], 0
    for place, letter in enumerate(row[1:-1], 1):
        depth += (letter in "{[") - (letter in "}]")
        if depth == 0 and _NEXT.match(row, place):
            parts.append("")
        else:
            parts[-1] += letter
    pairs = (part.strip().split("=", 1) for part in parts if part)
    return dict(pairs)


def _copied(name: str) -> Path:
    """Copy an example to where it is built and run."""
    home = KEPT / name
    shutil.copytree(EXAMPLES / name, home, dirs_exist_ok=True)
    return home


def _run(home: Path, *command: str) -> None:
    subprocess.run(command, cwd=home, check=True, timeout=540, stdout=subprocess.DEVNULL)


def _jars(home: Path, pom: Path) -> str:
    """Fetch what a pom.xml names, the first time; gives the class path."""
    folder = home / "jars"
    if not folder.is_dir():
        fetch = ("mvn", "--batch-mode", "--quiet", f"--file={pom}", "dependency:copy-dependencies")
        _run(home, *fetch, f"-DoutputDirectory={home / 'fetched'}")
        (home / "fetched").rename(folder)
    return f"{folder}/*"


def python(bootstrap: str) -> Client:
    """Start confluent-kafka."""
    home = _copied("python")
    return Client(home, [sys.executable, "read_tables.py", bootstrap])


def node(bootstrap: str) -> Client:
    """Start KafkaJS."""
    home = _copied("node")
    _run(home, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts")
    return Client(home, ["node", "read_tables.mjs", bootstrap])


def go(bootstrap: str) -> Client:
    """Start franz-go."""
    home = _copied("go")
    _run(home, "go", "build", "-o", "read-tables", ".")
    return Client(home, ["./read-tables", bootstrap])


def java(bootstrap: str) -> Client:
    """Start Kafka's own client."""
    home = _copied("java")
    jars = _jars(home, home / "pom.xml")
    return Client(home, ["java", "-cp", jars, "ReadTables.java", bootstrap])


def flink(bootstrap: str) -> Client:
    """Start Flink SQL, in one process."""
    home = _copied("flink")
    jars = _jars(home, HERE / "flink" / "pom.xml")
    tables = (home / "tables.sql").read_text().replace(ADDRESS, bootstrap)
    # Those of the page would go on for ever: that Flink can plan them is all that is looked at.
    queries = re.sub(r"(?m)^SELECT", "EXPLAIN SELECT", (home / "queries.sql").read_text())
    (home / "run.sql").write_text(f"{tables}\n{queries}{QUERY}")
    return Flink(home, ["java", "-cp", jars, str(HERE / "flink" / "RunSql.java"), "run.sql"])


def connect(bootstrap: str) -> Client:
    """Start Kafka Connect, in one process."""
    home = _copied("connect")
    jars = _jars(home, HERE / "connect" / "pom.xml")
    worker = home / "worker.properties"
    listens = f"listeners=http://127.0.0.1:{free_port()}\n"
    worker.write_text(worker.read_text().replace(ADDRESS, bootstrap) + listens)
    (home / "connect.offsets").unlink(missing_ok=True)
    main = "org.apache.kafka.connect.cli.ConnectStandalone"
    files = ("worker.properties", "buckets.properties", "alerts.properties")
    return Connect(home, ["java", "-cp", jars, main, *files])


CLIENTS: Final[Mapping[str, Callable[[str], Client]]] = {
    "python": python,
    "node": node,
    "go": go,
    "java": java,
    "flink": flink,
    "connect": connect,
}
