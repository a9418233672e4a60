# Sourced after finding.sh: `start_kafka [PROPERTY ...]` starts an Apache Kafka of one node on
# 127.0.0.1 and sets `bootstrap`; its jars are then in `$folder/jars`.

KAFKA=4.1.2

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# jars GROUP:NAME:VERSION ...  fetches these and what they need
jars() {
    local each
    {
        echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        echo '<groupId>findings</groupId><artifactId>jars</artifactId><version>1</version>'
        echo '<packaging>pom</packaging><dependencies>'
        for each in "$@"; do
            IFS=: read -r group name version <<<"$each"
            echo "<dependency><groupId>$group</groupId><artifactId>$name</artifactId>"
            echo "<version>$version</version></dependency>"
        done
        echo '</dependencies></project>'
    } >"$folder/pom.xml"
    mvn --batch-mode --quiet --file "$folder/pom.xml" \
        dependency:copy-dependencies -DoutputDirectory="$folder/jars" >"$folder/mvn.log" 2>&1 ||
        { cat "$folder/mvn.log" >&2 && changed "cannot fetch $*"; }
}

# compile NAME  compiles NAME.java in `$folder` with the jars that are there
compile() {
    (cd "$folder" && javac -nowarn -cp 'jars/*' "$1.java" 2>"$folder/javac.log") ||
        { cat "$folder/javac.log" >&2 && changed "does not compile"; }
}

start_kafka() {
    local port controller
    [ -d "$folder/jars" ] ||
        jars "org.apache.kafka:kafka_2.13:$KAFKA" org.apache.logging.log4j:log4j-slf4j-impl:2.25.3
    port=$(free_port) controller=$(free_port)
    bootstrap=127.0.0.1:$port
    {
        cat <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$folder/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
END
        printf '%s\n' "$@"
    } >"$folder/server.properties"
    kafka_java kafka.tools.StorageTool format --cluster-id=AAAAAAAAAAAAAAAAAAAAAA \
        --config="$folder/server.properties" >"$folder/kafka.log" 2>&1
    kafka_java kafka.Kafka "$folder/server.properties" >>"$folder/kafka.log" 2>&1 &
    started+=($!)
    await "$bootstrap" || {
        tail -20 "$folder/kafka.log" >&2
        changed "Kafka $KAFKA did not start"
    }
}

# await HOST:PORT  until somebody listens there; status 1 if it takes a minute or it has ended
await() {
    local tries=0
    until (exec 3<>"/dev/tcp/${1%:*}/${1#*:}") 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -le 600 ] && kill -0 "${started[-1]}" 2>/dev/null || return 1
        sleep 0.1
    done
}

kafka_java() {
    java -Xmx400m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$folder/jars/*:$folder" "$@"
}
