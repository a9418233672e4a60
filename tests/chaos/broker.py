"""Apache Kafka with a second listener: who connects there is told to come by a proxy."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from apache_kafka import PROPERTIES, ApacheKafka, cluster_id, free_port
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

if TYPE_CHECKING:
    from pathlib import Path

WHOLE_SECONDS: Final = 60.0
SOON: Final = """\
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
"""
"""So that the others do not wait long for what a broker had that is killed."""


def read(properties: str) -> dict[str, str]:
    """Read properties, line by line."""
    return dict(line.split("=", 1) for line in properties.splitlines())


def written(properties: dict[str, str]) -> str:
    """Write them again."""
    return "".join(f"{name}={value}\n" for name, value in properties.items())


def second(properties: dict[str, str], here: str, advertised: str) -> None:
    """Add a second listener `here`, whose clients are told to come by way of another address."""
    properties["listeners"] += f",PROXIED://{here}"
    properties["advertised.listeners"] += f",PROXIED://{advertised}"
    properties["listener.security.protocol.map"] += ",PROXIED:PLAINTEXT"
    properties["inter.broker.listener.name"] = "PLAINTEXT"


class Broker(ApacheKafka):
    """`behind` is the port of that listener; `front` is that of the proxy, which is up to you.

    `controllers` are the ports of the controllers of all brokers, of which this is one; topics have
    as many replicas as there are brokers.
    """

    def __init__(
        self, home: Path, node: int = 1, controllers: list[int] | None = None, cluster: str = ""
    ) -> None:
        self.behind, self.front = free_port(), free_port()
        ports = controllers or [free_port()]
        replicas, in_sync = len(ports), max(1, len(ports) - 1)
        properties = PROPERTIES.replace("{controller}", str(ports[node - 1]))
        given = read(properties + SOON)
        voters = (f"{number}@127.0.0.1:{port}" for number, port in enumerate(ports, 1))
        given |= {
            "node.id": str(node),
            "controller.quorum.voters": ",".join(voters),
            "min.insync.replicas": str(in_sync),
            "transaction.state.log.min.isr": str(in_sync),
        }
        given |= {name: str(replicas) for name in given if name.endswith("replication.factor")}
        second(given, f"127.0.0.1:{self.behind}", f"127.0.0.1:{self.front}")
        super().__init__(home, written(given), cluster)


class Cluster:
    """One broker, or several of which each is a controller too: one may be away at any time."""

    def __init__(self, home: Path, brokers: int = 1) -> None:
        cluster = cluster_id()
        controllers = [free_port() for _ in range(brokers)]
        with ThreadPoolExecutor(brokers) as pool:
            self.brokers = list(
                pool.map(
                    lambda node: Broker(home / f"broker-{node}", node, controllers, cluster),
                    range(1, brokers + 1),
                )
            )
        self.bootstrap = ",".join(broker.bootstrap for broker in self.brokers)
        self.fronts = ",".join(f"127.0.0.1:{broker.front}" for broker in self.brokers)

    def start(self) -> None:
        """Start all, and wait until they know of each other."""
        with ThreadPoolExecutor(len(self.brokers)) as pool:
            list(pool.map(Broker.start, self.brokers))
        self.whole()

    def whole(self) -> None:
        """Wait until every broker is one of the cluster.

        Raises:
            RuntimeError: they do not come together.
        """
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        deadline = time.monotonic() + WHOLE_SECONDS
        while time.monotonic() < deadline:
            try:
                if len(admin.list_topics(timeout=2).brokers) == len(self.brokers):
                    return
            except KafkaException:
                pass
            time.sleep(0.1)
        raise RuntimeError("the brokers did not come together")

    def behind(self, port: int) -> Broker:
        """Give the broker whose proxied listener has this port."""
        [found] = [broker for broker in self.brokers if broker.behind == port]
        return found

    def kill(self) -> None:
        for broker in self.brokers:
            broker.kill()
