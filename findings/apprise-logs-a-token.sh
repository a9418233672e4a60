#!/usr/bin/env bash
# Apprise 2.3.0.
# One would think: with secure_logging (the default) no secret of a URL gets into the log.
# What happens: a token that is not of the right form is logged whole, as a warning, and at level
# DEBUG the address of each request with the tokens in it.
. "$(dirname "$0")/lib/finding.sh"
install apprise==2.3.0
run - <<'END'
import io
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from apprise import Apprise, AppriseAsset
from noted import noted

text = io.StringIO()
logging.basicConfig(stream=text, level=logging.WARNING)
asset = AppriseAsset(secure_logging=True)
noted("taken", False, Apprise(asset=asset).add("slack://s3cr3t-t0ken"))
noted("the token is in the log", True, "s3cr3t-t0ken" in text.getvalue())


class Good(BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Good)
threading.Thread(target=server.serve_forever, daemon=True).start()
logging.getLogger("apprise").setLevel(logging.DEBUG)
there = Apprise(asset=asset)
there.add(f"json://127.0.0.1:{server.server_port}/an0ther-t0ken")
noted("delivered", True, bool(there.notify(body="hello")))
noted("its path is in the log", True, "an0ther-t0ken" in text.getvalue())
END
seen "tokens are logged for all secure_logging"
