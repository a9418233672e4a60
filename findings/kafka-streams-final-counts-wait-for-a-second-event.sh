#!/usr/bin/env bash
# Kafka Streams 4.1.2 on Apache Kafka 4.1.2, and its TopologyTestDriver.
# One would think: with `EmitStrategy.onWindowClose()` a count is published when later events have
# closed its window, as `suppress(untilWindowCloses)` does, and as the test driver shows it.
# What happens: it looks for closed windows at most once a second of the wall clock, and only when an
# event comes. Of five hours that the events of one burst closed the first is published; the other four
# wait for one more event, for ever if none comes. suppress() publishes all five. The test driver sets
# that second to 0 (`__emit.interval.ms.kstreams.windowed.aggregation__`, an inner setting), so a test
# shows what does not happen. KIP-825 brought it; apache/kafka#11896 has the throttle.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
jars org.apache.kafka:kafka_2.13:$KAFKA org.apache.logging.log4j:log4j-slf4j-impl:2.25.3
start_kafka
mv "$folder/jars" "$folder/kafka"
jars org.apache.kafka:kafka-streams-test-utils:$KAFKA org.slf4j:slf4j-nop:1.7.36
cat >"$folder/Closed.java" <<'END'
import java.nio.file.Files;
import java.time.*;
import java.util.*;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.state.WindowStore;

public class Closed {
    static final Instant START = Instant.parse("2026-03-01T00:30:00Z");
    static final Queue<Integer> published = new ConcurrentLinkedQueue<>();

    static Topology topology(boolean strategy) {
        var builder = new StreamsBuilder();
        var hours = builder.stream("events", Consumed.with(Serdes.String(), Serdes.String()))
            .groupByKey().windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofHours(1)));
        var counts = Materialized.<String, Long, WindowStore<Bytes, byte[]>>with(
            Serdes.String(), Serdes.Long());
        (strategy
            ? hours.emitStrategy(EmitStrategy.onWindowClose()).count(counts)
            : hours.count(counts).suppress(
                Suppressed.untilWindowCloses(Suppressed.BufferConfig.unbounded())))
            .toStream().foreach((key, count) ->
                published.add(key.window().startTime().atOffset(ZoneOffset.UTC).getHour()));
        return builder.build();
    }

    static Properties settings(String id, String address) throws Exception {
        var settings = new Properties();
        settings.put("application.id", id);
        settings.put("bootstrap.servers", address);
        settings.put("state.dir", Files.createTempDirectory("closed").toString());
        settings.put("auto.offset.reset", "earliest");
        settings.put("commit.interval.ms", "200");
        return settings;
    }

    static void driven() throws Exception {
        published.clear();
        try (var driver = new TopologyTestDriver(topology(true), settings("driven", "nowhere:1"))) {
            var events = driver.createInputTopic("events", new StringSerializer(), new StringSerializer());
            for (int hour = 0; hour < 6; hour++)
                events.pipeInput("all", "", START.plusSeconds(3600L * hour));
        }
        System.out.println("driver: " + published);
    }

    static ProducerRecord<String, String> event(Instant at) {
        return new ProducerRecord<>("events", 0, at.toEpochMilli(), "all", "");
    }

    static void run(String address, String id, Producer<String, String> producer) throws Exception {
        published.clear();
        try (var streams = new KafkaStreams(topology(id.equals("strategy")), settings(id, address))) {
            streams.start();
            while (committed(address, id) < 6) Thread.sleep(250);
            Thread.sleep(8000); // eight times the second that it may take
            System.out.println(id + ": " + published);
            if (id.equals("strategy")) {
                producer.send(event(START.plusSeconds(3600L * 5 + 60))).get();
                while (published.size() < 5) Thread.sleep(250);
                System.out.println("one more: " + published);
            }
        }
    }

    static long committed(String address, String id) throws Exception {
        try (var admin = Admin.create(Map.<String, Object>of("bootstrap.servers", address))) {
            return admin.listConsumerGroupOffsets(id).partitionsToOffsetAndMetadata().get().values()
                .stream().mapToLong(each -> each.offset()).sum();
        }
    }

    public static void main(String[] given) throws Exception {
        driven();
        var where = Map.<String, Object>of("bootstrap.servers", given[0], "linger.ms", "200");
        try (var admin = Admin.create(where)) {
            admin.createTopics(List.of(new NewTopic("events", 1, (short) 1))).all().get();
        }
        try (var producer = new KafkaProducer<>(where, new StringSerializer(), new StringSerializer())) {
            for (int hour = 0; hour < 6; hour++)
                producer.send(event(START.plusSeconds(3600L * hour)));
            producer.flush();
            run(given[0], "suppressed", producer);
            run(given[0], "strategy", producer);
        }
    }
}
END
(cd "$folder" && timeout 240 java -XX:TieredStopAtLevel=1 -cp 'jars/*' Closed.java "$bootstrap" >java.txt 2>java.log) ||
    { tail -5 "$folder/java.txt" "$folder/java.log" >&2 && changed "Kafka Streams did not end"; }
cat "$folder/java.txt"
[ "$(cat "$folder/java.txt")" = "driver: [0, 1, 2, 3, 4]
suppressed: [0, 1, 2, 3, 4]
strategy: [0]
one more: [0, 1, 2, 3, 4]" ] || changed "other hours are published"
seen "four of five closed hours are not published until one more event comes"
