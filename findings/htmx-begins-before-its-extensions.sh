#!/usr/bin/env bash
# htmx 4.0.1 and its extension hx-sse, both loaded with `defer`, in Chromium; the second comes 300 ms late.
# One would think: deferred scripts all run before the page begins, so an extension is there in time.
# What happens: htmx sees that the page is no longer loading and begins by itself right after its own script.
# The extension registers later; elements that were processed stay as they are: no stream is opened, no error.
. "$(dirname "$0")/lib/finding.sh"
for tool in npm node chromium; do command -v "$tool" >/dev/null || { echo "$tool not found" >&2 && exit 2; }; done
cd "$folder"
npm install --silent --no-audit --no-fund htmx.org@4.0.1 >npm.log 2>&1 || { cat npm.log >&2 && changed "cannot install htmx"; }
cat >pages.cjs <<'END'
const http = require("http"), fs = require("fs"), { execFile } = require("child_process");
const read = (name) => fs.readFileSync(`node_modules/htmx.org/dist/${name}`);
let asked = 0;
const page = (how) => `<head><script src="/htmx.js"${how}></script><script src="/sse.js"${how}></script></head>
<body><div hx-sse:connect="/events"></div></body>`;
const server = http.createServer((request, response) => {
  const [path, how] = request.url.split("?");
  response.setHeader("Content-Type", path === "/" ? "text/html" : path === "/events" ? "text/event-stream" : "text/javascript");
  if (path === "/htmx.js") return response.end(read("htmx.min.js"));
  if (path === "/sse.js") return setTimeout(() => response.end(read("ext/hx-sse.min.js")), 300);
  if (path === "/events") { asked += 1; return response.end("data: news\n\n"); }
  response.end(path === "/" ? page(how ? ` ${how}` : "") : "");
}).listen(0, "127.0.0.1", () => look(["", "defer"]));
function look([how, ...rest]) {
  if (how === undefined) return process.exit(0);
  asked = 0;
  const url = `http://127.0.0.1:${server.address().port}/?${how}`;
  const chromium = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${process.cwd()}/profile`, "--timeout=3000", "--dump-dom", url];
  execFile("chromium", chromium, { timeout: 60000 }, () => { console.log(`${how || "in the head"}: asked for events ${asked > 0}`); look(rest); });
}
END
timeout 150 node pages.cjs | tee out
grep -qx 'in the head: asked for events true' out && grep -qx 'defer: asked for events false' out ||
    changed "an extension that comes late is heeded, or one that comes in time is not"
seen "an extension of htmx that is deferred like htmx may come too late, without a word"
