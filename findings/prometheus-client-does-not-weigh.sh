#!/usr/bin/env bash
# prometheus-client 0.26.0 (Python).
# One would think: of the forms in an Accept header the one with the greatest q is served, and one
# with q=0 never (RFC 9110); names of media types may be in any case.
# What happens: q is not read. OpenMetrics is served wherever it stands in the header, even where it
# is refused; in capitals it is not seen. A tool that prefers the text form, and says so by q, is given
# the other.
. "$(dirname "$0")/lib/finding.sh"
install prometheus-client==0.26.0
run - <<'END'
from noted import noted
from prometheus_client.exposition import choose_encoder

TEXT, OPEN = "text/plain", "application/openmetrics-text"
for accept, expected in (
    ("text/plain", TEXT),
    ("application/openmetrics-text;version=1.0.0", OPEN),
    ("text/plain;q=0.9, application/openmetrics-text;version=1.0.0;q=0.1", OPEN),
    ("text/plain, application/openmetrics-text;version=1.0.0;q=0", OPEN),
    ("Application/OpenMetrics-Text;version=1.0.0", TEXT),
):
    noted(accept, expected, choose_encoder(accept)[1].partition(";")[0])
END
seen "a form with q=0 is served"
