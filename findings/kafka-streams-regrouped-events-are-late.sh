#!/usr/bin/env bash
# Kafka Streams 4.1.2 on Apache Kafka 4.1.2.
# One would think: where each partition is in order of event time, no event is late, and a window with
# a day of grace counts all of them.
# What happens: events that are counted by another key go through a topic of their own, and there one
# clock is kept for what comes from all partitions. Of a backlog that with few events is read to its
# end first, and what the others bring then is late: it is dropped, and a metric alone says so.
# Counted by the key that they have, all of the same events are counted.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
jars org.apache.kafka:kafka_2.13:$KAFKA org.apache.logging.log4j:log4j-slf4j-impl:2.25.3
start_kafka
mv "$folder/jars" "$folder/kafka"
jars org.apache.kafka:kafka-streams:$KAFKA org.slf4j:slf4j-nop:1.7.36
install confluent-kafka==2.16.1
run - "$bootstrap" <<'END'
import sys

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

DAYS, START = 10, 1_700_006_400_000
admin = AdminClient({"bootstrap.servers": sys.argv[1]})
for made in admin.create_topics([NewTopic("events", 2, 1)]).values():
    made.result(20)
producer = Producer({"bootstrap.servers": sys.argv[1], "enable.idempotence": True, "log_level": 0})
for partition, every in ((0, 3_600_000), (1, 60_000)):  # one an hour, one a minute
    for at in range(START, START + DAYS * 86_400_000, every):
        producer.produce("events", b"", b"%d" % partition, partition, timestamp=at)
        producer.poll(0)
assert producer.flush(30) == 0
END
cat >"$folder/Count.java" <<'END'
import java.nio.file.Files;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.TimeWindows;

public class Count {
    public static void main(String[] given) throws Exception {
        var settings = new Properties();
        settings.put("application.id", given[1]);
        settings.put("bootstrap.servers", given[0]);
        settings.put("state.dir", Files.createTempDirectory("count").toString());
        settings.put("auto.offset.reset", "earliest");
        settings.put("default.key.serde", Serdes.ByteArraySerde.class);
        settings.put("default.value.serde", Serdes.ByteArraySerde.class);
        settings.put("commit.interval.ms", "500");
        var counts = new ConcurrentHashMap<String, Long>();
        var builder = new StreamsBuilder();
        var events = builder.<byte[], byte[]>stream("events");
        if (given[1].equals("regrouped")) events = events.selectKey((key, value) -> "all".getBytes());
        events.groupByKey()
                .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofHours(1), Duration.ofDays(1)))
                .count()
                .toStream()
                .foreach((key, count) -> counts.put(new String(key.key()) + key.window().start(), count));
        try (var streams = new KafkaStreams(builder.build(), settings)) {
            streams.start();
            long counted = -1, dropped = -1, quiet = 0;
            while (quiet < 20) { // until nothing changes for five seconds
                Thread.sleep(250);
                long now = counts.values().stream().mapToLong(Long::longValue).sum();
                long lost = streams.metrics().entrySet().stream()
                        .filter(one -> one.getKey().name().equals("dropped-records-total"))
                        .mapToLong(one -> ((Double) one.getValue().metricValue()).longValue()).sum();
                quiet = now == counted && lost == dropped && now > 0 ? quiet + 1 : 0;
                counted = now;
                dropped = lost;
            }
            System.out.println(counted + " " + dropped);
        }
    }
}
END
count() { (cd "$folder" && timeout 240 java -XX:TieredStopAtLevel=1 -cp "$folder/jars/*" Count.java "$bootstrap" "$1" 2>"$folder/java.log") || tail -5 "$folder/java.log"; }

as_they_are=$(count as-they-are) regrouped=$(count regrouped)
echo "14640 events; counted and dropped, by their key: $as_they_are; by another: $regrouped"
[ "$as_they_are" = "14640 0" ] || changed "by their own key $as_they_are"
read -r counted dropped <<<"$regrouped"
[ $((counted + dropped)) = 14640 ] && [ "$dropped" -gt 1000 ] || changed "by another key $regrouped"
seen "$dropped of 14640 events that were in order, and a day early enough, are not counted"
