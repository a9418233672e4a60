"""librdkafka's mock cluster in a process of its own, for the findings that need one.

`python mock.py` prints its address and serves until its standard input closes.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def broker() -> Iterator[str]:
    """Start a mock cluster of one broker; give its address."""
    with subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(10)


def serve() -> None:
    """Serve until standard input closes."""
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 - only this process needs it

    client = AdminClient({"test.mock.num.brokers": 1})
    (found,) = client.list_topics(timeout=10).brokers.values()
    print(f"{found.host}:{found.port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve()
