#!/usr/bin/env bash
# aiokafka 0.14.0 on Apache Kafka 4.1.2.
# One would think: commit_transaction() returned, so what it asked for is over.
# What happens: aiokafka speaks EndTxn version 0. If the connection breaks before the answer, it asks
# again on a new one and says nothing. The first request may still be on its way (here a proxy holds
# it); when it comes, it carries nothing that tells it from a commit of the transaction open by then,
# and the broker commits that one: half of it, as far as it had been written.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
install aiokafka==0.14.0
proxy=$(free_port)
start_kafka "advertised.listeners=PLAINTEXT://127.0.0.1:$proxy"
run - "$proxy" "${bootstrap#*:}" <<'END'
import asyncio
import logging
import sys
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from noted import noted

logging.disable(logging.CRITICAL)
LISTEN, BROKER = map(int, sys.argv[1:])
END_TXN = 26
PART = TopicPartition("rows", 0)


class Proxy:
    """Passes all on, but for one EndTxn: that it keeps, and hangs up on the client."""

    keep, kept = False, None

    async def serve(self, reader, writer):
        back, forth = await asyncio.open_connection("127.0.0.1", BROKER)
        answers = asyncio.create_task(self.answer(back, writer))
        try:
            while True:
                size = await reader.readexactly(4)
                body = await reader.readexactly(int.from_bytes(size))
                if self.keep and int.from_bytes(body[:2]) == END_TXN:
                    self.keep, self.kept = False, (forth, size + body, answers)
                    writer.close()
                    return
                forth.write(size + body)
                await forth.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            forth.close()

    async def answer(self, back, writer):
        try:
            while data := await back.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()


async def read(address, count):
    reader = AIOKafkaConsumer(bootstrap_servers=address, isolation_level="read_committed")
    await reader.start()
    reader.assign([PART])
    reader.seek(PART, 0)
    found = [(await asyncio.wait_for(reader.getone(), 20)).value for _ in range(count)]
    await reader.stop()
    return found


async def main():
    proxy, address = Proxy(), f"127.0.0.1:{LISTEN}"
    await asyncio.start_server(proxy.serve, "127.0.0.1", LISTEN)
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("rows", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=address, transactional_id="owner")
    await producer.start()
    await producer.begin_transaction()
    await producer.send_and_wait("rows", b"of the first", partition=0)
    proxy.keep = True
    await producer.commit_transaction()
    forth, request, _ = proxy.kept
    noted(
        "the commit returned, and its first request is still on its way, of version",
        0,
        int.from_bytes(request[6:8]),
    )
    await producer.begin_transaction()
    await producer.send_and_wait("rows", b"of the second", partition=0)
    forth.write(request)
    await forth.drain()
    noted(
        "committed, though nobody asked for the second",
        [b"of the first", b"of the second"],
        await read(address, 2),
    )
    try:
        await producer.abort_transaction()
    except KafkaError as error:
        print("  too late to abort it:", type(error).__name__)
    else:
        noted("the abort of the second", "refused", "taken")


asyncio.run(main())
END
seen "a commit that was sent twice commits half of the transaction after it"
