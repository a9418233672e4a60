#!/usr/bin/env bash
# confluent-kafka 2.16.1 (librdkafka), with no broker at the address it is given.
# One would think: flush gives the number of messages that are not delivered.
# What happens: it gives those still in the queue. What failed, here as message.timeout.ms passed, has
# left the queue too: flush gives 0, raises nothing, and only a delivery callback knows.
. "$(dirname "$0")/lib/finding.sh"
install confluent-kafka==2.16.1
run - <<'END'
import confluent_kafka
from noted import noted

NOWHERE = {"bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 1000, "log_level": 0}

producer = confluent_kafka.Producer(NOWHERE)
for number in range(3):
    producer.produce("complaints", b"{}", key=str(number))
noted("flush, without a callback", 0, producer.flush(30))

failed = []
producer = confluent_kafka.Producer(NOWHERE)
for number in range(3):
    producer.produce(
        "complaints", b"{}", key=str(number), on_delivery=lambda error, _: failed.append(error)
    )
noted("flush, with one", 0, producer.flush(30))
noted(
    "what the callback was given",
    ["_MSG_TIMED_OUT"] * 3,
    [error.name() for error in failed],
)
END
seen "flush answers 0 for messages that were never delivered"
