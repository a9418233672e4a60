#!/usr/bin/env bash
# Kafka Connect 4.1.2: its transformation TimestampConverter. Needs Java and Maven.
# One would think: a format with six S reads the microseconds that most producers write today, or
# refuses them; a time that is no time of the format is refused.
# What happens: formats are those of SimpleDateFormat, to which any number of digits after the point
# is a count of milliseconds. 10:00:00.5 is five milliseconds, 10:00:00.123456 is two minutes later,
# and of nine digits it is up to eleven days: each event by another amount, most of them into the
# future. What stands behind the format is not read, an offset neither, and 30 February is 2 March.
# Asked about in confluentinc/kafka-connect-jdbc#1532; apache/kafka#23432 would add another kind.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
bare
jars org.apache.kafka:connect-transforms:$KAFKA org.apache.kafka:connect-api:$KAFKA
cat >"$folder/Times.java" <<'END'
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.TimestampConverter;

public class Times {
    public static void main(String[] pairs) {
        for (int i = 0; i < pairs.length; i += 2) {
            try (var each = new TimestampConverter.Value<SourceRecord>()) {
                each.configure(Map.of("field", "at", "target.type", "Timestamp", "format", pairs[i]));
                Map<String, Object> event = Map.of("at", pairs[i + 1]);
                var read = each.apply(new SourceRecord(null, null, "cancellations", null, event));
                System.out.println(((java.util.Date) ((Map<?, ?>) read.value()).get("at")).toInstant());
            }
        }
    }
}
END
compile Times
micros="yyyy-MM-dd'T'HH:mm:ss.SSSSSSX"
plain="yyyy-MM-dd'T'HH:mm:ss"
kafka_java Times "$micros" 2026-03-01T10:00:00.123Z "$micros" 2026-03-01T10:00:00.5Z \
    "$micros" 2026-03-01T10:00:00.123456Z "$micros" 2026-03-01T10:00:00.999999Z \
    "$micros" 2026-03-01T10:00:00.999999999Z "$plain" 2026-03-01T23:30:00.5-08:00 \
    yyyy-MM-dd 2026-02-30 >"$folder/times.txt" 2>"$folder/java.log" ||
    { cat "$folder/java.log" >&2 && changed "refuses one of them"; }
run - <<'END'
import pathlib

from noted import noted

read = iter(pathlib.Path("times.txt").read_text().splitlines())
for written, expected in (
    ("10:00:00.123Z", "2026-03-01T10:00:00.123Z"),
    ("10:00:00.5Z", "2026-03-01T10:00:00.005Z"),
    ("10:00:00.123456Z", "2026-03-01T10:02:03.456Z"),
    ("10:00:00.999999Z", "2026-03-01T10:16:39.999Z"),
    ("10:00:00.999999999Z", "2026-03-12T23:46:39.999Z"),
    ("23:30:00.5-08:00 by a format that ends with seconds", "2026-03-01T23:30:00Z"),
    ("30 February", "2026-03-02T00:00:00Z"),
):
    noted(written, expected, next(read))
END
seen "an event with microseconds is up to 16 minutes and 39 seconds later"
