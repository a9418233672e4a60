#!/usr/bin/env bash
# quixstreams 3.28.1 on Apache Kafka 4.1.2.
# One would think: a window of a minute is told once events of a later minute have come.
# What happens: each key has a clock of its own, which only its own events move. The window of a key
# that falls silent is never told by final(), however far the others of its partition have gone; with
# closing_strategy="partition" it is.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install quixstreams==3.28.1
start_kafka
run - "$bootstrap" <<'END'
import json
import logging
import sys
from datetime import timedelta
from noted import noted
from quixstreams import Application

logging.disable(logging.CRITICAL)
EVENTS = [("quiet", 0), ("quiet", 1), ("busy", 2), ("busy", 70), ("busy", 130), ("busy", 190)]


def told(address, name, **strategy):
    """Give the windows told, each with its key, its start in seconds and its count."""
    app = Application(
        address,
        consumer_group=name,
        auto_offset_reset="earliest",
        loglevel=None,
        state_dir=f"state-{name}",
    )
    topic = app.topic(
        name,
        key_deserializer="str",
        value_deserializer="json",
        timestamp_extractor=lambda value, *_: value["at"] * 1000,
    )
    with app.get_producer() as producer:
        for key, at in EVENTS:
            producer.produce(name, key=key, value=json.dumps({"at": at}).encode(), partition=0)
    found = []
    windows = app.dataframe(topic).tumbling_window(timedelta(minutes=1)).count().final(**strategy)
    windows.update(
        lambda window, key, *_: found.append((key, window["start"] // 1000, window["value"])),
        metadata=True,
    )
    app.run(count=len(EVENTS), timeout=20)
    return found


busy = [("busy", 0, 1), ("busy", 60, 1), ("busy", 120, 1)]
noted("as it comes", busy, told(sys.argv[1], "usual"))
noted(
    "by partition",
    [("quiet", 0, 2), *busy],
    told(sys.argv[1], "together", closing_strategy="partition"),
)
END
seen "the two events of the quiet key are in no window that is told"
