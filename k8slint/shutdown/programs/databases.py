"""Known databases and message brokers: how long they take to stop."""

from __future__ import annotations

from k8slint.shutdown.programs.program import EXITS_AT_ONCE, SIGNAL_DECIDES, KnownProgram
from k8slint.shutdown.seconds import unbounded, unknown

DATABASES = (
    KnownProgram(
        "MySQL",
        # innodb_fast_shutdown is 1 in both: a clean shutdown, which writes all dirty pages.
        "MySQL 8.4 manual: Server Shutdown Process; mariadb.com/docs: innodb_fast_shutdown",
        "2026-11-29",
        commands=("mysqld", "mariadbd"),
        images=(
            *("bitnami/mysql", "bitnamilegacy/mysql"),
            *("bitnami/mariadb", "bitnamilegacy/mariadb"),
        ),
        default=SIGNAL_DECIDES,
        by_signal=(
            ("TERM", unbounded("it ends its sessions, then flushes what they changed to disk")),
        ),
    ),
    KnownProgram(
        "memcached",
        "memcached/memcached 2d51e3647 memcached.c (sig_handler)",
        "2026-11-29",
        commands=("memcached",),
        images=("bitnami/memcached", "bitnamilegacy/memcached"),
        default=EXITS_AT_ONCE,
    ),
    KnownProgram(
        "Cassandra",
        "apache/cassandra StorageService.java (drainOnShutdown)",
        "2026-11-29",
        commands=("cassandra -f",),
        default=SIGNAL_DECIDES,
        by_signal=(("TERM", unbounded("it drains: it flushes its tables to disk")),),
    ),
    KnownProgram(
        "InfluxDB",
        "influxdata/influxdb 1.8 cmd/influxd/main.go, main-2.x cmd/influxd/launcher",
        "2026-11-29",
        commands=("influxd",),
        default=unknown("release 1 takes up to 30 s, release 2 waits for its tasks"),
    ),
    KnownProgram(
        "Elasticsearch",
        "elastic/elasticsearch server/.../bootstrap/Elasticsearch.java (shutdown)",
        "2026-11-29",
        commands=("elasticsearch", "eswrapper"),
        default=unknown("it closes its node, then waits up to 10 s for what still runs"),
    ),
    KnownProgram(
        "PgBouncer",
        "pgbouncer/pgbouncer 13a344f2 src/main.c, NEWS.md (1.23)",
        "2026-11-29",
        commands=("pgbouncer",),
        default=SIGNAL_DECIDES,
        by_signal=(
            ("INT", unbounded("it waits until its connections to servers are free")),
            ("QUIT", EXITS_AT_ONCE),
            ("TERM", unbounded("since 1.23 it waits until all clients disconnect")),
        ),
    ),
    KnownProgram(
        "etcd",
        "etcd-io/etcd c34dc7ee0 server/embed/etcd.go, server/etcdserver/server.go",
        "2026-11-29",
        commands=("etcd",),
        images=("bitnami/etcd", "bitnamilegacy/etcd"),
        default=unknown("it closes its listeners, then a leader hands over: up to 7 s each"),
    ),
    KnownProgram(
        "ZooKeeper",
        "apache/zookeeper 53a78e36f bin/zkServer.sh: no shutdown hook but for its audit log",
        "2026-11-29",
        commands=("zkServer.sh start-foreground",),
        images=(
            *("bitnami/zookeeper", "bitnamilegacy/zookeeper"),
            "confluentinc/cp-zookeeper",
        ),
        default=EXITS_AT_ONCE,
    ),
)

BROKERS = (
    KnownProgram(
        "RabbitMQ",
        "rabbitmq/rabbitmq-server 5b09e556da deps/rabbit/scripts/rabbitmq-server, Makefile",
        "2026-11-29",
        commands=("rabbitmq-server",),
        images=("bitnami/rabbitmq", "bitnamilegacy/rabbitmq"),
        default=SIGNAL_DECIDES,
        by_signal=(("TERM", unbounded("it waits up to 600 s for each of its message stores")),),
    ),
    KnownProgram(
        "Kafka",
        "apache/kafka 1eb7644 core/src/main/scala/kafka/server/{BrokerServer,KafkaBroker}.scala",
        "2026-11-29",
        commands=("kafka-server-start.sh", "kafka-server-start"),
        images=(
            *("apache/kafka", "apache/kafka-native", "bitnami/kafka", "bitnamilegacy/kafka"),
            *("confluentinc/cp-kafka", "confluentinc/cp-server", "wurstmeister/kafka"),
        ),
        default=SIGNAL_DECIDES,
        by_signal=(
            (
                "TERM",
                unbounded("it hands its partitions over for up to 300 s, then flushes its logs"),
            ),
        ),
    ),
)
