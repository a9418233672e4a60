#!/usr/bin/env bash
# Alertmanager 0.28.1. Needs Go.
# One would think: with `send_resolved: true` who was told of an alert is told of its end, or at the
# latest when a silence is over or what inhibited it is gone.
# What happens: an alert that ends while it is silenced or inhibited is forgotten there and then; nobody
# is told, and what was opened for it elsewhere, in PagerDuty or Opsgenie, stays open. So the more there
# is to inhibit, the more is left behind. prometheus/alertmanager#226 is of 2016 and open.
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
from urllib.request import Request, urlopen

from noted import noted

told = set()


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told.update((one["labels"]["alertname"], one["status"]) for one in body["alerts"])
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
inhibit_rules:
  - source_matchers: ['alertname = "greater"']
    target_matchers: ['alertname = "inhibited"']
""")
process = subprocess.Popen(
    [sys.argv[1], "--config.file=am.yml", "--storage.path=data", "--cluster.listen-address=",
     f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
api = f"http://127.0.0.1:{port}/api/v2"


def post(path, what):
    body = json.dumps(what).encode()
    urlopen(Request(f"{api}/{path}", body, {"Content-Type": "application/json"}), timeout=5).close()


def wait_for(what):
    until = time.monotonic() + 40
    while time.monotonic() < until:
        try:
            if what():
                return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit("CHANGED: not within 40 s")


def at(seconds):
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat()


def known():
    """What Alertmanager has, and whether it keeps quiet about it."""
    with urlopen(f"{api}/alerts", timeout=5) as answer:
        return {(one["labels"]["alertname"], one["status"]["state"]) for one in json.load(answer)}


def begin(*names):
    post("alerts", [{"labels": {"alertname": name}, "endsAt": at(300)} for name in names])
    wait_for(lambda: {(name, "firing") for name in names} <= told)


def end(*names):
    post("alerts", [{"labels": {"alertname": name}, "startsAt": at(-9), "endsAt": at(-1)} for name in names])


try:
    wait_for(lambda: known() == set())
    begin("plain", "silenced", "inhibited")
    matcher = {"name": "alertname", "value": "silenced", "isRegex": False}
    post("silences", {"matchers": [matcher], "startsAt": at(0), "endsAt": at(15),
                      "createdBy": "us", "comment": "we know"})
    quiet = time.monotonic() + 15
    begin("greater")
    wait_for(lambda: {("silenced", "suppressed"), ("inhibited", "suppressed")} <= known())
    end("plain", "silenced", "inhibited")
    wait_for(lambda: ("plain", "resolved") in told)
    time.sleep(3)  # three times the interval of a group
    end("greater")
    wait_for(lambda: ("greater", "resolved") in told)
    time.sleep(max(0, quiet - time.monotonic()) + 5)  # the silence is over, and so are five intervals
    for status in ("firing", "resolved"):
        found = sorted(name for name, each in told if each == status)
        right = ["greater", "inhibited", "plain", "silenced"] if status == "firing" else ["greater", "plain"]
        noted(f"told of as {status}", right, found)
    noted("what Alertmanager still knows of", set(), known())
finally:
    process.kill()
END
seen "who was told of an alert is not told that it ended while it was kept quiet"
