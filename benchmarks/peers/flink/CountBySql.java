import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/**
 * Counts complaints by hour and seven breakdowns with Flink SQL: BOOTSTRAP.
 *
 * <p>All that is on the topic, one task, state in memory, a checkpoint a second.
 */
public class CountBySql {
    private static final String SOURCE =
            """
            CREATE TABLE complaints (
                occurred_at TIMESTAMP_LTZ(3), product STRING, issue STRING, company STRING,
                region STRING, channel STRING, segment STRING,
                WATERMARK FOR occurred_at AS occurred_at - INTERVAL '30' DAY
            ) WITH (
                'connector' = 'kafka', 'topic' = 'complaints',
                'properties.bootstrap.servers' = '%s', 'properties.isolation.level' = 'read_committed',
                'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset',
                'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601'
            )
            """;
    private static final String COUNT =
            """
            SELECT window_start, product, issue, company, region, channel, segment, COUNT(*)
            FROM TABLE(TUMBLE(TABLE complaints, DESCRIPTOR(occurred_at), INTERVAL '1' HOUR))
            GROUP BY window_start, window_end, GROUPING SETS (
                (), (segment), (product), (product, issue), (company), (region), (channel))
            """;

    public static void main(String[] arguments) throws Exception {
        var environment = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        for (var setting : Map.of(
                        "parallelism.default", "1",
                        "table.local-time-zone", "UTC",
                        "execution.checkpointing.interval", "1 s",
                        "pipeline.object-reuse", "true")
                .entrySet()) environment.getConfig().set(setting.getKey(), setting.getValue());
        environment.executeSql(SOURCE.formatted(arguments[0]));
        var hour = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH").withZone(ZoneOffset.UTC);
        var counts = new TreeMap<String, Long>();
        try (var rows = environment.executeSql(COUNT).collect()) {
            while (rows.hasNext()) {
                var row = rows.next();
                if (row.getField(1) == null || row.getField(2) != null) continue;
                var start = ((java.time.LocalDateTime) row.getField(0)).format(hour);
                counts.merge(start + " " + row.getField(1), (Long) row.getField(7), Long::sum);
            }
        }
        var json = new StringBuilder();
        counts.forEach((place, count) ->
                json.append(json.isEmpty() ? "" : ", ").append('"' + place + "\": " + count));
        System.out.println("{\"counts\": {" + json + "}}");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }
}
