#!/usr/bin/env bash
# KafkaJS 2.2.4 on Apache Kafka 4.1.2, rows compressed by zstd (kafka-clients 4.1.2).
# One would think: a client that cannot read a codec fails, and its process with it.
# What happens: KafkaJS knows no zstd. It logs the crash of the consumer and stops; `run` was fulfilled
# long before, so nothing is thrown, and the process ends with status 0 with no row read.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
command -v npm >/dev/null || { echo "npm not found" >&2 && exit 2; }
install confluent-kafka==2.16.1
start_kafka
run - "$bootstrap" <<'END'
import sys
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

admin = AdminClient({"bootstrap.servers": sys.argv[1]})
for made in admin.create_topics([NewTopic("rows", 1, 1)]).values():
    made.result(20)
producer = Producer({"bootstrap.servers": sys.argv[1], "compression.type": "zstd", "linger.ms": 100})
for number in range(100):
    producer.produce("rows", b"the same again and again %d" % number)
assert producer.flush(20) == 0
END
cd "$folder"
npm install --silent --no-audit --no-fund kafkajs@2.2.4 >npm.log 2>&1 || { cat npm.log >&2 && changed "cannot install kafkajs"; }
cat >read.mjs <<'END'
import kafkajs from "kafkajs";
const consumer = new kafkajs.Kafka({ brokers: [process.argv[2]] }).consumer({ groupId: "readers" });
await consumer.connect();
await consumer.subscribe({ topics: ["rows"], fromBeginning: true });
await consumer.run({ eachMessage: async ({ message }) => console.log(`row ${message.offset}`) });
END
status=0
timeout 60 node read.mjs "$bootstrap" >out 2>&1 || status=$?
rows=$(grep -c '^row' out || true)
echo "status $status, $rows rows, logged: $(grep -o 'KafkaJSNotImplemented: [^"\\]*' out | sort -u)"
[ "$status" = 0 ] && [ "$rows" = 0 ] && grep -q 'ZSTD compression not implemented' out ||
    changed "it ended with status $status after $rows rows"
seen "a consumer that cannot read the codec ends its process with status 0"
