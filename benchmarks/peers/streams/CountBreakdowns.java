import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;

/**
 * Counts complaints by hour and breakdown with Kafka Streams: BOOTSTRAP EVENTS BREAKDOWNS THREADS.
 *
 * <p>Events are keyed by customer, so what is counted goes by a topic of its own, as its guide has
 * it. Exactly once, with stores in memory, a large cache, and a commit a second as ours.
 */
public class CountBreakdowns {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** On a backlog one partition may be days ahead of another: what is late is lost. */
    private static final Duration GRACE = Duration.ofDays(30);

    private static final DateTimeFormatter HOUR =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH").withZone(ZoneOffset.UTC);

    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Complaint(
            String occurred_at,
            String product,
            String issue,
            String company,
            String region,
            String channel,
            String segment) {

        /** The keys that it counts for: of one breakdown the product, of seven all that we have. */
        List<String> keys(int breakdowns) {
            var keys = new ArrayList<String>(breakdowns);
            keys.add("product=" + product);
            if (breakdowns > 1) {
                keys.add("total");
                keys.add("segment=" + segment);
                keys.add("product=" + product + ",issue=" + issue);
                keys.add("company=" + company);
                keys.add("region=" + region);
                keys.add("channel=" + channel);
            }
            return keys;
        }
    }

    public static void main(String[] arguments) throws Exception {
        var events = Long.parseLong(arguments[1]);
        var breakdowns = Integer.parseInt(arguments[2]);
        var state = Files.createTempDirectory("streams-count");
        var counts = new ConcurrentHashMap<String, Long>();
        Deserializer<Complaint> read = (topic, data) -> {
            try {
                return JSON.readValue(data, Complaint.class);
            } catch (java.io.IOException problem) {
                throw new IllegalStateException(problem);
            }
        };
        Serializer<Complaint> written = (topic, data) -> {
            throw new UnsupportedOperationException("complaints are read alone");
        };
        TimestampExtractor occurred = (ConsumerRecord<Object, Object> record, long before) ->
                Instant.parse(((Complaint) record.value()).occurred_at()).toEpochMilli();

        var settings = new Properties();
        settings.put("application.id", "streams-count");
        settings.put("bootstrap.servers", arguments[0]);
        settings.put("state.dir", state.toString());
        settings.put("num.stream.threads", arguments[3]);
        settings.put("processing.guarantee", "exactly_once_v2");
        settings.put("commit.interval.ms", "1000");
        settings.put("statestore.cache.max.bytes", Long.toString(256L << 20));
        settings.put("auto.offset.reset", "earliest");
        settings.put("compression.type", "lz4");
        settings.put("linger.ms", "100");
        settings.put("batch.size", Integer.toString(1 << 18));
        settings.put("max.poll.records", "10000");

        var builder = new StreamsBuilder();
        builder.stream(
                        "complaints",
                        Consumed.with(Serdes.ByteArray(), Serdes.serdeFrom(written, read))
                                .withTimestampExtractor(occurred))
                .flatMap((customer, one) -> {
                    var out = new ArrayList<KeyValue<String, byte[]>>(breakdowns);
                    for (var key : one.keys(breakdowns)) out.add(KeyValue.pair(key, new byte[0]));
                    return out;
                })
                .groupByKey(Grouped.with(Serdes.String(), Serdes.ByteArray()))
                .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofHours(1), GRACE))
                .count(Materialized.<String, Long, org.apache.kafka.streams.state.WindowStore<
                                org.apache.kafka.common.utils.Bytes, byte[]>>
                        as("counts")
                        .withKeySerde(Serdes.String())
                        .withValueSerde(Serdes.Long())
                        .withStoreType(BuiltInDslStoreSuppliers.IN_MEMORY))
                .toStream()
                .foreach((key, count) ->
                        counts.put(HOUR.format(key.window().startTime()) + " " + key.key(), count));

        var streams = new KafkaStreams(builder.build(), settings);
        var failed = new CountDownLatch(1);
        streams.setUncaughtExceptionHandler(problem -> {
            problem.printStackTrace();
            failed.countDown();
            return org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler
                    .StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
        while (sum(counts) < events * breakdowns) {
            if (failed.await(100, TimeUnit.MILLISECONDS)) System.exit(1);
        }
        System.out.println(JSON.writeValueAsString(Map.of("counts", products(counts))));
        System.out.flush();
        Runtime.getRuntime().halt(0); // what follows is the end of a worker, and not what is compared
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    private static Map<String, Long> products(Map<String, Long> counts) {
        var found = new TreeMap<String, Long>();
        counts.forEach((key, count) -> {
            var parts = key.split(" product=", 2);
            if (parts.length == 2 && !parts[1].contains(",")) found.put(parts[0] + " " + parts[1], count);
        });
        return found;
    }
}
