"""By way of Prometheus and Alertmanager, each incident is a message of its own."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Thread
from time import time
from typing import TYPE_CHECKING, Any

from fakes import Incidents, Worker, incident
from monitoring import alertmanager, scraping

from streams.telemetry import registry, render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CAUSES = {"aa": "company Navient", "bb": "product Prepaid card"}


class _Pages(BaseHTTPRequestHandler):
    """Serves the metrics of a worker, and takes what Alertmanager sends."""

    worker: Worker
    came: SimpleQueue[dict[str, Any]]

    def do_GET(self) -> None:
        body, content_type = render(registry(self.worker, clock=time))
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.came.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _serving(worker: Worker) -> Iterator[tuple[str, SimpleQueue[dict[str, Any]]]]:
    came: SimpleQueue[dict[str, Any]] = SimpleQueue()
    handler = type("Pages", (_Pages,), {"worker": worker, "came": came})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", came
        finally:
            server.shutdown()
            thread.join()


def test_two_incidents_of_one_severity_are_two_messages_and_each_names_its_cause(
    tmp_path: Path,
) -> None:
    opened = [incident(name, cause) for name, cause in CAUSES.items()]
    silenced = incident("cc", "region CA", silenced=True)
    worker = Worker({("incidents", 0): Incidents(opened=[*opened, silenced])})
    with (
        _serving(worker) as (target, came),
        alertmanager(f"http://{target}/", tmp_path) as told,
        scraping(target, tmp_path, told),
    ):
        messages = [came.get(timeout=60) for _ in CAUSES]
    found = {one["groupLabels"]["incident_id"]: one for one in messages}
    assert found.keys() == CAUSES.keys()
    for name, message in found.items():
        (alert,) = message["alerts"]
        assert alert["annotations"]["summary"] == f"More complaints: {CAUSES[name]}"
        assert alert["annotations"]["description"].startswith("61 events, where 10 were expected.")
