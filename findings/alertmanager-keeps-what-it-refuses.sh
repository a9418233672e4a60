#!/usr/bin/env bash
# Alertmanager 0.28.1. Needs Go.
# One would think: a request that is answered with 400 changed nothing, and one answered with 200 is
# heard of.
# What happens: of two alerts, one of which has no labels that count, the answer is 400 and the good
# one stands. An alert that is first posted when it is over is answered with 200, and nobody is told.
. "$(dirname "$0")/lib/finding.sh"
bare
GOBIN="$folder" GOFLAGS=-modcacherw go install github.com/prometheus/alertmanager/cmd/alertmanager@v0.28.1 \
    2>"$folder/go.log" || { cat "$folder/go.log" >&2 && changed "cannot build Alertmanager"; }
run - "$folder/alertmanager" <<'END'
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from noted import noted

told = []


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told.extend(one["labels"]["alertname"] for one in body["alerts"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


hook = HTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=hook.serve_forever, daemon=True).start()
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
pathlib.Path("am.yml").write_text(f"""
route: {{receiver: here, group_by: [alertname], group_wait: 0s, group_interval: 1s}}
receivers:
  - name: here
    webhook_configs: [{{url: "http://127.0.0.1:{hook.server_port}/", send_resolved: true}}]
""")
process = subprocess.Popen(
    [sys.argv[1], "--config.file=am.yml", "--storage.path=data", "--cluster.listen-address=",
     f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
api = f"http://127.0.0.1:{port}/api/v2/alerts"


def alerts():
    with urlopen(api, timeout=5) as answer:
        return sorted(one["labels"]["alertname"] for one in json.load(answer))


def post(*found):
    request = Request(api, json.dumps(found).encode(), {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status
    except HTTPError as error:
        return error.code


def wait_for(what):
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if what():
                return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit("CHANGED: not within 30 s")


def at(seconds):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat()


try:
    wait_for(lambda: alerts() == [])
    good = {"labels": {"alertname": "good"}, "startsAt": at(0), "endsAt": at(60)}
    noted("answer to a good one and an empty one", 400, post(good, {"labels": {"alertname": ""}}))
    wait_for(lambda: "good" in told)
    noted("what stands", ["good"], alerts())
    over = {"labels": {"alertname": "over"}, "startsAt": at(-60), "endsAt": at(-1)}
    noted("answer to one that is over", 200, post(over))
    later = {"labels": {"alertname": "later"}, "startsAt": at(0), "endsAt": at(60)}
    noted("answer to another", 200, post(later))
    wait_for(lambda: "later" in told)
    time.sleep(3)  # three times the interval of a group
    noted("who was told of", ["good", "later"], sorted(set(told)))
finally:
    process.kill()
END
seen "400 for what it keeps, and 200 for what nobody hears of"
