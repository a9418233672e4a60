import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.RowKind;

/** Run the statements of a file, as Flink's SQL client does, and print what the last query gives. */
public class RunSql {
    public static void main(String[] arguments) throws Exception {
        var environment = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        environment.getConfig().set("parallelism.default", "1");
        for (String statement : Files.readString(Path.of(arguments[0])).split(";\\s*\\n")) {
            if (statement.isBlank()) continue;
            var result = environment.executeSql(statement);
            if (!statement.stripLeading().startsWith("SELECT")) continue;
            try (var rows = result.collect()) {
                while (rows.hasNext()) {
                    var row = rows.next();
                    var gone = row.getKind() == RowKind.DELETE || row.getKind() == RowKind.UPDATE_BEFORE;
                    System.out.println((gone ? "-" : "+") + row.getField(0));
                }
            }
        }
    }
}
