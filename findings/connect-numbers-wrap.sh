#!/usr/bin/env bash
# Kafka Connect 4.1.2: its transformation Cast and its JsonConverter. Needs Java and Maven.
# One would think: a number that does not fit the type it is cast to is refused, as a text that does
# not fit is ("out of range for requested data type").
# What happens: only texts are. A whole number keeps its last bits: 5,000,000,000 cents as int32 are
# 705,032,704, and 3,000,000,000 are negative. The same amount as a float is 2,147,483,647, and what
# is no number is 0. JsonConverter does so by itself: an id of twenty digits comes out negative.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
bare
jars org.apache.kafka:connect-transforms:$KAFKA org.apache.kafka:connect-json:$KAFKA
cat >"$folder/Casts.java" <<'END'
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.transforms.Cast;

public class Casts {
    static Object cast(Object amount) {
        try (var each = new Cast.Value<SourceRecord>()) {
            each.configure(Map.of("spec", "amount:int32"));
            var record = new SourceRecord(null, null, "revenue", null, Map.of("amount", amount));
            return ((Map<?, ?>) each.apply(record).value()).get("amount");
        } catch (DataException error) {
            return "refused";
        }
    }

    public static void main(String[] none) {
        Object[] amounts = {"5000000000", 5_000_000_000L, 3_000_000_000L, 3e9, Double.NaN};
        for (Object amount : amounts) System.out.println(cast(amount));
        try (var json = new JsonConverter()) {
            json.configure(Map.of("schemas.enable", "false", "converter.type", "value"));
            byte[] event = "{\"customer_id\":12345678901234567890}".getBytes();
            System.out.println(((Map<?, ?>) json.toConnectData("revenue", event).value()).get("customer_id"));
        }
    }
}
END
compile Casts
kafka_java Casts >"$folder/casts.txt" 2>"$folder/java.log" ||
    { cat "$folder/java.log" >&2 && changed "it raises"; }
run - <<'END'
import pathlib

from noted import noted

found = iter(pathlib.Path("casts.txt").read_text().splitlines())
for what, expected in (
    ("the text 5000000000 as int32", "refused"),
    ("the int64 5000000000", "705032704"),
    ("the int64 3000000000", "-1294967296"),
    ("the float64 3e9", "2147483647"),
    ("NaN", "0"),
    ("the id 12345678901234567890 of JSON", "-6101065172474983726"),
):
    noted(what, expected, next(found))
END
seen "amounts and ids that do not fit become others"
