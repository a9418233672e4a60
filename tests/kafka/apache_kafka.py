"""A real Apache Kafka on loopback, one KRaft node, from the jars that Maven fetches."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
JARS = HERE.parent.parent / ".kafka" / "jars"
CLASSES = JARS.with_name("classes.jsa")
CHECKPOINT = JARS.with_name("bootstrap.checkpoint")
READY_SECONDS = 180.0
PORTS = 3_000
"""How many a process of the test run has to itself, below those that the system gives clients."""

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.retention.hours=-1
metadata.max.idle.interval.ms=0
"""
META = """\
version=1
node.id={node}
cluster.id={cluster}
directory.id={directory}
"""
"""Whose a folder of data is: what Kafka's own tool writes beside the first records."""
SHORT = ("-XX:TieredStopAtLevel=1", "-XX:+IgnoreUnrecognizedVMOptions")
"""For a program that is over before it is worth compiling well."""
KEEP_SECONDS = 600.0
"""For a JVM to write its classes as it ends: a busy machine needs minutes."""

_places = itertools.count(random.randrange(PORTS))


def missing() -> str | None:
    """Say what is not installed; None if all is there."""
    tools = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    return f"{' and '.join(tools)} not found" if tools else None


def jars() -> Path:
    """Give the folder of the jars, fetching them the first time (43 MB); one process does it."""
    if not JARS.is_dir():
        JARS.parent.mkdir(exist_ok=True)
        with _alone():
            if not JARS.is_dir():
                _fetch(JARS.with_name("fetched"))
    return JARS


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Let one process after the other do what is done once."""
    with (JARS.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(folder: Path) -> None:
    """Fetch into `folder`, which gets its name when all are there."""
    subprocess.run(
        [
            *("mvn", "--batch-mode", "--quiet", "--file", str(HERE / "pom.xml")),
            "dependency:copy-dependencies",
            f"-DoutputDirectory={folder}",
        ],
        check=True,
        timeout=600,
    )
    folder.rename(JARS)


def short() -> tuple[str, ...]:
    """Give what makes a broker that lives for seconds cheap: half the CPU, from start to stop.

    It is compiled simply, and has its classes as the first one left them, in a file. A JVM that can
    make nothing of that (another version, moved jars) loads them as ever. One that is given an
    empty file does without the classes that Java itself comes with in such a form, too.
    """
    checkpoint()
    if not CLASSES.is_file():
        with _alone():
            if not CLASSES.is_file():
                _keep_classes()
    return (*SHORT, f"-XX:SharedArchiveFile={CLASSES}") if CLASSES.stat().st_size else SHORT


def _keep_classes() -> None:
    """Start a broker, stop it, and keep the classes that it loaded."""
    made = CLASSES.with_name("classes.made")
    with tempfile.TemporaryDirectory() as home:
        broker = ApacheKafka(Path(home), flags=SHORT)
        broker.flags = (*SHORT, f"-XX:ArchiveClassesAtExit={made}")
        try:
            broker.start()
        finally:
            broker.stop(KEEP_SECONDS)
    made.touch()  # where a JVM keeps none, there is no second attempt
    made.rename(CLASSES)


def checkpoint() -> Path:
    """Give the first records of a cluster as Kafka's own tool writes them: the same for each."""
    jars()
    if not CHECKPOINT.is_file():
        with _alone():
            if not CHECKPOINT.is_file():
                _keep_checkpoint()
    return CHECKPOINT


def _keep_checkpoint() -> None:
    """Have a folder formatted, and keep the records in it."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        properties = home / "server.properties"
        properties.write_text(PROPERTIES.format(port=1, controller=2, data=home))
        subprocess.run(
            [
                *_java("kafka.tools.StorageTool", "format", flags=SHORT),
                f"--cluster-id={cluster_id()}",
                f"--config={properties}",
            ],
            check=True,
            timeout=60,
            capture_output=True,
        )
        made = CHECKPOINT.with_suffix(".made")
        shutil.copy(home / CHECKPOINT.name, made)
    made.rename(CHECKPOINT)


def formatted(properties: str, cluster: str) -> None:
    """Format the folder of data that properties name, as Kafka's own tool would.

    That is a JVM of its own for two small files, for each of some thirty brokers of a test run.
    """
    given = dict(line.split("=", 1) for line in properties.splitlines() if "=" in line)
    data = Path(given["log.dirs"])
    data.mkdir(parents=True)
    shutil.copy(checkpoint(), data)
    meta = META.format(node=given["node.id"], cluster=cluster, directory=cluster_id())
    (data / "meta.properties").write_text(meta)


def _java(main: str, *arguments: str, flags: Sequence[str]) -> list[str]:
    memory = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC"]
    return ["java", *memory, *flags, "-cp", f"{jars()}/*", main, *arguments]


def free_port() -> int:
    """Find a port nobody listens on now, and nobody else gets before we listen on it.

    No client is given one of these while a broker is down, and no other process of the test run
    (pytest-xdist numbers them) finds one there.
    """
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 4
    while True:
        port = 20_000 + PORTS * number + next(_places) % PORTS
        with socket.socket() as found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def cluster_id() -> str:
    """Make one up: brokers that have the same are of one cluster. A folder's id is made so, too."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


class ApacheKafka:
    """One broker; `stop` keeps its data, so that `start` is a restart.

    `properties` has places for {port}, {controller} (ports) and {data} (a folder). `cluster` is the
    id of its cluster; it is one by itself if that is empty. `flags` are for the JVM: what is
    measured has none, and is compiled well; left out, they are those of `short`.
    """

    def __init__(
        self,
        home: Path,
        properties: str = PROPERTIES,
        cluster: str = "",
        flags: Sequence[str] | None = None,
    ) -> None:
        self.flags = short() if flags is None else flags
        self.port = free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self._log = home / "kafka.log"
        self._properties = home / "server.properties"
        self._process: subprocess.Popen[bytes] | None = None
        home.mkdir(parents=True, exist_ok=True)
        given = properties.format(port=self.port, controller=free_port(), data=home / "data")
        self._properties.write_text(given)
        formatted(given, cluster or cluster_id())

    def start(self) -> None:
        """Start, and wait until it answers.

        Raises:
            RuntimeError: it died or did not answer; the message has the end of its log.
        """
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                _java("kafka.Kafka", str(self._properties), flags=self.flags),
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"Kafka did not start:\n{self._log.read_text()[-4000:]}")

    def stop(self, seconds: float = 20.0) -> None:
        """End it, in order if it will in so many seconds; a second call does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def sleep(self) -> None:
        """Let it do nothing at all until `wake`; clients wait."""
        self._send(signal.SIGSTOP)

    def wake(self) -> None:
        """Let it go on; it does so anyway if it did not sleep."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as a power cut would end the process; a second call does nothing.

        What nobody reads again needs no order: a test's end takes a second less.
        """
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
