#!/usr/bin/env bash
# Apprise 2.3.0.
# One would think: where the result of notify() is true, the message was delivered.
# What happens: of a service whose URL says optional=yes the result is true though it answered 500;
# only its attempts tell. And one try is not one request: retry=2 in the URL makes it three.
. "$(dirname "$0")/lib/finding.sh"
install apprise==2.3.0
run - <<'END'
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from apprise import Apprise
from noted import noted

asked = []


class Broken(BaseHTTPRequestHandler):
    def do_POST(self):
        asked.append(self.path)
        self.send_response(500)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Broken)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"json://127.0.0.1:{server.server_port}/?wait=0.1"


def told(more):
    asked.clear()
    there = Apprise()
    there.add(url + more)
    result = there.notify(body="hello")
    tries = [bool(attempt) for one in result.results for attempt in one.attempts]
    return bool(result), result.status.name, tries, len(asked)


noted("refused", (False, "FAILURE", [False], 1), told(""))
noted("refused, optional", (True, "SUCCESS", [False], 1), told("&optional=yes"))
noted("refused, retry=2", (False, "FAILURE", [False] * 3, 3), told("&retry=2"))
END
seen "a true result may be of a message that nobody took"
