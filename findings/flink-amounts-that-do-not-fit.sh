#!/usr/bin/env bash
# Flink 2.2.1, its SQL and its JSON format. Needs Java and Maven.
# One would think: a number that a column cannot hold stops the job, or makes the row one that
# `json.ignore-parse-errors` skips, as a text that is no number does.
# What happens: an amount of twelve million for a DECIMAL(9, 2) is NULL, and SUM leaves it out; 19.99 for
# an INT is 19; .005 is a cent. And SUM of an INT is an INT: three payments of 15,000,000.00 in cents come
# to 2,050,327.04. None of it is told; a CAST of the same text raises.
. "$(dirname "$0")/lib/finding.sh"
. "$(dirname "$0")/lib/kafka.sh"
flink=org.apache.flink
jars $flink:flink-table-planner-loader:2.2.1 $flink:flink-table-runtime:2.2.1 \
    $flink:flink-table-api-java-bridge:2.2.1 $flink:flink-clients:2.2.1 $flink:flink-json:2.2.1 \
    $flink:flink-connector-files:2.2.1 $flink:flink-connector-base:2.2.1 org.slf4j:slf4j-nop:1.7.36
cat >"$folder/paid.json" <<'END'
{"cents": 1500000000, "amount": 10.00, "months": 12}
{"cents": 1500000000, "amount": 12345678.90, "months": 19.99}
{"cents": 1500000000, "amount": 0.005, "months": 1}
END
cat >"$folder/Paid.java" <<'END'
import org.apache.flink.table.api.*;

public class Paid {
    public static void main(String[] given) throws Exception {
        var flink = TableEnvironment.create(EnvironmentSettings.inBatchMode());
        flink.getConfig().set("parallelism.default", "1");
        flink.executeSql("CREATE TABLE paid (cents INT, amount DECIMAL(9, 2), months INT) WITH ("
            + "'connector' = 'filesystem', 'format' = 'json', 'path' = 'file://" + given[0] + "/paid.json')");
        for (var query : new String[] {
                "SELECT amount, months FROM paid",
                "SELECT SUM(cents), AVG(cents), SUM(CAST(cents AS BIGINT)), COUNT(amount), SUM(amount) FROM paid",
                "SELECT CAST('12345678.90' AS DECIMAL(9, 2))"}) {
            try (var rows = flink.executeSql(query).collect()) {
                rows.forEachRemaining(System.out::println);
            } catch (Exception error) {
                System.out.println("raises");
            }
        }
    }
}
END
(cd "$folder" && timeout 400 java -XX:TieredStopAtLevel=1 -cp 'jars/*' Paid.java "$folder" >java.txt 2>java.log) ||
    { tail -5 "$folder/java.log" >&2 && changed "Flink did not end"; }
cat "$folder/java.txt"
[ "$(cat "$folder/java.txt")" = "+I[10.00, 12]
+I[null, 19]
+I[0.01, 1]
+I[205032704, 1500000000, 4500000000, 2, 10.01]
raises" ] || changed "other numbers"
seen "what does not fit is left out, cut or wraps, and nothing says so"
