"""Who counts in `bench.py`: what each is run with, and the environments that they need.

None has a handicap: each runs by the settings that its documentation has for speed, exactly once
where it can. What is not ours lives in `.peers` once it was fetched.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.etree import ElementTree as ET

from live import ROOT

if TYPE_CHECKING:
    from worker_speed import Build

PEERS: Final = Path(__file__).parent / "peers"
KEPT: Final = ROOT / ".peers"
POMS: Final = {
    "streams": PEERS / "streams" / "pom.xml",
    "flink": ROOT / "tests" / "clients" / "flink" / "pom.xml",  # the Flink that reads our tables
}
"""What the folders in `peers` with classes in Java need."""
OURS: Final = "Groundswell"
_POM: Final = "{http://maven.apache.org/POM/4.0.0}"


class Contender(NamedTuple):
    """Who counts: a worker of ours with settings, a script, or a class in Java.

    Attributes:
        name: as it stands in the table.
        counts: what it counts, in words.
        script: of `peers`, and the packages of ours to be named with it.
        own: the requirement of an environment of its own, for a script that needs others.
        java: the folder in `peers`, and the class in it, with further arguments.
        settings: environment variables of our worker.
        build: whose worker it is, if not that of this checkout.
        slow: whether it counts the first part of the events alone.
        texts: whether it is run on long texts, too: they cost each reader about the same.
        wide: whether it is run on very many companies: if not, it had not ended after minutes.
    """

    name: str
    counts: str
    script: str | None = None
    packages: tuple[str, ...] = ()
    own: str | None = None
    java: tuple[str, str, tuple[str, ...]] | None = None
    settings: dict[str, str] = {}  # noqa: RUF012 -- never changed
    build: Build | None = None
    slow: bool = False
    texts: bool = False
    wide: bool = True

    @property
    def is_ours(self) -> bool:
        """Whether it is a worker of Groundswell."""
        return self.script is None and self.java is None

    def versions(self) -> str:
        """Name what it is made of, with versions."""
        if self.java is not None:
            return _java_version(POMS[self.java[0]])
        return self.own or ", ".join(f"{name} {version(name)}" for name in self.packages)

    def command(self, bootstrap: str, events: int) -> list[str]:
        """Return how to run a peer; what it needs is fetched the first time."""
        if self.java is not None:
            folder, main, further = self.java
            return [*_java(folder), main, bootstrap, str(events), *further]
        assert self.script is not None, "a worker of ours is no peer"  # noqa: S101 -- for types
        return [str(_python(self.own)), str(PEERS / self.script), bootstrap, str(events)]


ONE: Final = "one breakdown by hour"
SEVEN: Final = "seven breakdowns by hour"
CONTENDERS: Final = (
    Contender(
        "confluent-kafka",
        "messages",
        "confluent_read.py",
        packages=("confluent-kafka",),
        texts=True,
    ),
    Contender("aiokafka", "messages", "aiokafka_read.py", packages=("aiokafka",)),
    Contender("Faust", ONE, "faust_count.py", packages=("faust-streaming", "pydantic"), slow=True),
    Contender("Quix Streams", ONE, "quix_count.py", own="quixstreams==3.28.1", slow=True),
    Contender("Kafka Streams, product", ONE, java=("streams", "CountBreakdowns", ("1", "1"))),
    Contender("Kafka Streams", SEVEN, java=("streams", "CountBreakdowns", ("7", "1")), texts=True),
    Contender("Kafka Streams, 2 threads", SEVEN, java=("streams", "CountBreakdowns", ("7", "2"))),
    Contender("Flink SQL", SEVEN, java=("flink", "CountBySql", ()), wide=False),
    Contender(
        f"{OURS}, no detection",
        "seven breakdowns, distinct customers, windows",
        settings={"GROUNDSWELL_DETECT__METRICS": "[]"},
    ),
    Contender(OURS, "detection and evidence besides", texts=True),
    Contender(
        f"{OURS}, customers",
        "customers besides",
        settings={"GROUNDSWELL_CUSTOMERS__ENABLED": "true"},
    ),
)


def _python(requirement: str | None) -> Path:
    """Return the Python to run a script with; makes its environment the first time."""
    if requirement is None:
        return Path(sys.executable)
    folder = KEPT / requirement
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)  # noqa: S603 -- our own
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, requirement], check=True)  # noqa: S603 -- our own
    return python


def _java(name: str) -> list[str]:
    """Return how to run a class of a folder in `peers`; fetches and compiles the first time."""
    source, made = PEERS / name, KEPT / name
    jars = f"{made / 'jars'}/*"
    if not (made / "jars").is_dir():
        fetched = made / "fetched"
        fetch = [
            "mvn",
            "--batch-mode",
            "--quiet",
            "-Dstyle.color=never",
            f"--file={POMS[name]}",
        ]
        copy = ["dependency:copy-dependencies", f"-DoutputDirectory={fetched}"]
        subprocess.run([*fetch, *copy], check=True)  # noqa: S603 -- our own
        fetched.rename(made / "jars")
    sources = [str(file) for file in source.glob("*.java")]
    compiler = ["javac", "-d", str(made / "classes"), "-cp", jars]
    subprocess.run([*compiler, *sources], check=True)  # noqa: S603 -- our own
    return ["java", "-Xmx2g", "-cp", f"{made / 'classes'}:{jars}"]


def _java_version(pom: Path) -> str:
    """Name the first dependency of a project, with its version."""
    tree = ET.parse(pom)  # noqa: S314 -- our own
    first = tree.find(f".//{_POM}dependency")
    if first is None:
        raise ValueError(f"{pom} has no dependency")
    return f"{first.findtext(f'{_POM}artifactId')} {first.findtext(f'{_POM}version')}"
