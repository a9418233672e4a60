"""Apache Kafka with a second listener: who connects there is told to come by a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apache_kafka import PROPERTIES, ApacheKafka, free_port

if TYPE_CHECKING:
    from pathlib import Path


class Broker(ApacheKafka):
    """`behind` is the port of that listener; `front` is that of the proxy, which is up to you."""

    def __init__(self, home: Path) -> None:
        self.behind, self.front = free_port(), free_port()
        listener = f",PROXIED://127.0.0.1:{self.behind}"
        advertised = f",PROXIED://127.0.0.1:{self.front}"
        lines = []
        for line in PROPERTIES.splitlines():
            more = {
                "listeners": listener,
                "advertised.listeners": advertised,
                "listener.security.protocol.map": ",PROXIED:PLAINTEXT",
            }.get(line.split("=")[0], "")
            lines.append(line + more)
        lines.append("inter.broker.listener.name=PLAINTEXT")
        super().__init__(home, "\n".join(lines) + "\n")
