import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Follow the tables metrics.buckets and alerts with Kafka's own client, a line a row. */
public class ReadTables {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        var settings = new Properties();
        settings.put("bootstrap.servers", arguments[0]);
        settings.put("isolation.level", "read_committed");
        settings.put("enable.auto.commit", "false");
        var text = new StringDeserializer();
        try (var consumer = new KafkaConsumer<>(settings, text, text)) {
            List<TopicPartition> partitions = Stream.of("metrics.buckets", "alerts")
                    .flatMap(topic -> consumer.partitionsFor(topic).stream())
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions); // in no group: a table is read whole, each time
            consumer.seekToBeginning(partitions);
            while (true) {
                for (var row : consumer.poll(Duration.ofSeconds(1))) {
                    System.out.println(line(row));
                }
            }
        }
    }

    /** Put a row into words; one without a value is deleted. */
    private static String line(ConsumerRecord<String, String> row) throws Exception {
        JsonNode value = row.value() == null ? null : JSON.readTree(row.value());
        if (row.topic().equals("metrics.buckets")) {
            JsonNode key = JSON.readTree(row.key());
            String series = String.join(" ", key.get("start").asText(), key.get("grain").asText(),
                    key.get("metric").asText(), key.get("labels").toString());
            return value == null ? series + " gone"
                    : series + " " + value.get("count").asLong() + " " + value.get("status").asText();
        }
        return value == null ? row.key() + " gone"
                : String.join(" ", row.key(), value.get("state").asText(),
                        value.get("metric").asText(), value.get("labels").toString(),
                        value.get("observed").asText(), value.get("severity").asText());
    }
}
