"""An embedded Kafka broker for the demo and for quick tests: nothing but pip is needed.

It is librdkafka's mock cluster, which comes inside the confluent-kafka wheel: a real TCP broker
that speaks Kafka's protocol, run in a process of its own on 127.0.0.1. What it cannot do:

- It lives in memory and keeps 5 MiB (as stored, compressed) or 100,000 batches a partition, then
  silently drops the oldest. Produce compressed, and no faster than the messages are read.
- It accepts transactions but neither aborts nor fences them: no claim of exactness under crashes
  holds on it.
- No CreateTopics, DescribeConfigs or compaction; ListOffsets by time answers -1; a fetch is not
  woken by new data. A topic must be made here first: a client that asks for an unknown one gets it
  made with 4 partitions.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import importlib.util
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from streams.tether import let_go

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

_PRODUCER = 0
_LOG_EMERGENCIES_ONLY = b"0"
_REBALANCE_DELAY_MS = 100
_STOP_TIMEOUT_S = 5.0


class EmbeddedBroker:
    """A broker that lives as long as the `with` block, or as the process that holds it.

    The broker leaves when its standard input closes, so it also goes when its owner is killed.

    Args:
        topics: partition counts by topic name; more can follow with `create`.
    """

    def __init__(self, topics: Mapping[str, int]) -> None:
        self._topics = dict(topics)
        self._process: subprocess.Popen[str] | None = None
        self.bootstrap = ""

    def __enter__(self) -> Self:
        """Start the broker.

        Raises:
            RuntimeError: it could not start, or could not make a topic.
        """
        self._process = subprocess.Popen(  # noqa: S603 -- our own module
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        try:
            self.bootstrap = self._ask(self._topics)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the broker; all it held is gone."""
        self.stop()

    @property
    def pid(self) -> int:
        """Process id of the running broker."""
        if self._process is None:
            raise RuntimeError("the embedded broker is not running")
        return self._process.pid

    def create(self, topics: Mapping[str, int]) -> None:
        """Make more topics: partition counts by name.

        Raises:
            RuntimeError: a topic is there already or the broker is not running.
        """
        self._ask(topics)

    def stop(self) -> None:
        """Let the broker go and wait for it; a second call does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        let_go(process, _STOP_TIMEOUT_S)
        if process.stdout is not None:
            process.stdout.close()

    def _ask(self, topics: Mapping[str, int]) -> str:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("the embedded broker is not running")
        try:
            process.stdin.write(json.dumps(dict(topics)) + "\n")
            process.stdin.flush()
        except OSError as error:
            raise RuntimeError("the embedded broker has ended") from error
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the embedded broker has ended with status {process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"embedded broker: {answer['error']}")
        return str(answer["bootstrap"])


def _library() -> ctypes.CDLL:
    """Load the librdkafka that the confluent-kafka wheel brought, else the system's."""
    spec = importlib.util.find_spec("confluent_kafka")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        for folder in (package.parent / "confluent_kafka.libs", package / ".dylibs"):
            for file in sorted(folder.glob("librdkafka*")):
                with contextlib.suppress(OSError):  # variants for other processors may lie beside
                    return ctypes.CDLL(str(file))
    name = ctypes.util.find_library("rdkafka")
    if name is None:
        raise RuntimeError("no librdkafka found: install confluent-kafka from its wheel")
    return ctypes.CDLL(name)


class _MockCluster:
    """librdkafka's mock cluster of one broker, by ctypes: the Python client does not expose it."""

    def __init__(self) -> None:
        library = self._library = _library()
        for name, result, arguments in (
            ("conf_new", ctypes.c_void_p, ()),
            (
                "conf_set",
                ctypes.c_int,
                (
                    ctypes.c_void_p,
                    ctypes.c_char_p,
                    ctypes.c_char_p,
                    ctypes.c_char_p,
                    ctypes.c_size_t,
                ),
            ),
            (
                "new",
                ctypes.c_void_p,
                (ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t),
            ),
            ("destroy", None, (ctypes.c_void_p,)),
            ("err2str", ctypes.c_char_p, (ctypes.c_int,)),
            ("mock_cluster_new", ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_int)),
            ("mock_cluster_destroy", None, (ctypes.c_void_p,)),
            ("mock_cluster_bootstraps", ctypes.c_char_p, (ctypes.c_void_p,)),
            (
                "mock_group_initial_rebalance_delay_ms",
                None,
                (ctypes.c_void_p, ctypes.c_int32),
            ),
            (
                "mock_topic_create",
                ctypes.c_int,
                (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int),
            ),
        ):
            function = getattr(library, f"rd_kafka_{name}")
            function.restype = result
            function.argtypes = arguments
        error = ctypes.create_string_buffer(512)
        conf = library.rd_kafka_conf_new()
        library.rd_kafka_conf_set(conf, b"log_level", _LOG_EMERGENCIES_ONLY, error, len(error))
        self._handle = library.rd_kafka_new(_PRODUCER, conf, error, len(error))
        if not self._handle:
            raise RuntimeError(f"librdkafka: {error.value.decode()}")
        self._cluster = library.rd_kafka_mock_cluster_new(self._handle, 1)
        if not self._cluster:
            raise RuntimeError("librdkafka could not make its mock cluster")
        library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, _REBALANCE_DELAY_MS)
        self.bootstrap: str = library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def create(self, topic: str, partitions: int) -> None:
        """Make a topic; raises RuntimeError with librdkafka's reason."""
        if partitions < 1:  # librdkafka would accept it
            raise RuntimeError(f"topic {topic} needs at least one partition")
        code = self._library.rd_kafka_mock_topic_create(
            self._cluster, topic.encode(), partitions, 1
        )
        if code:
            reason = self._library.rd_kafka_err2str(code).decode()
            raise RuntimeError(f"topic {topic} with {partitions} partitions: {reason}")

    def destroy(self) -> None:
        """Close the sockets and free everything."""
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._handle)


def _answers(cluster: _MockCluster, lines: IO[str]) -> Iterator[dict[str, str]]:
    for line in lines:
        try:
            for topic, partitions in json.loads(line).items():
                cluster.create(topic, partitions)
        except RuntimeError as error:
            yield {"error": str(error)}
        else:
            yield {"bootstrap": cluster.bootstrap}


def main() -> None:
    """Serve until standard input closes.

    Each line in is a JSON object of partition counts by topic; each line out answers one of them
    with `bootstrap` or `error`.
    """
    # Ctrl-C in a terminal reaches the whole process group; the broker must outlive the worker.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cluster = _MockCluster()
    for answer in _answers(cluster, sys.stdin):
        print(json.dumps(answer), flush=True)  # noqa: T201 -- the protocol with the owner
    cluster.destroy()


if __name__ == "__main__":
    main()
