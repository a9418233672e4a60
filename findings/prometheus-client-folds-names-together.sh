#!/usr/bin/env bash
# prometheus-client 0.26.0 (Python).
# One would think: a registry that refuses a name twice gives an exposition without a name twice.
# What happens: UTF-8 names are taken, and "orders.late" and "orders_late" are two metrics to it. To a
# scraper that does not ask for UTF-8 it writes both as orders_late: one family twice, with the same
# labels and two values, which its own parser takes for two families and the text form forbids.
. "$(dirname "$0")/lib/finding.sh"
install prometheus-client==0.26.0
run - <<'END'
from noted import noted
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import choose_encoder
from prometheus_client.parser import text_string_to_metric_families

registry = CollectorRegistry()
Gauge("orders.late", "by their date", registry=registry).set(1)
Gauge("orders_late", "by the clock", registry=registry).set(2)
try:
    Gauge("orders_late", "again", registry=registry)
except ValueError:
    pass
else:
    noted("the same name again", "refused", "taken")


def served(accept):
    encode, _ = choose_encoder(accept)
    families = text_string_to_metric_families(encode(registry).decode())
    return [(sample.name, sample.value) for family in families for sample in family.samples]


noted(
    "to one that knows UTF-8",
    [("orders.late", 1.0), ("orders_late", 2.0)],
    served("text/plain;version=1.0.0;escaping=allow-utf-8"),
)
noted(
    "to one that does not",
    [("orders_late", 1.0), ("orders_late", 2.0)],
    served("text/plain;version=0.0.4"),
)
END
seen "two metrics are one series with two values"
