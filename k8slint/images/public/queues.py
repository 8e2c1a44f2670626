"""Message brokers."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_LIBRARY = "docker-library/official-images 37079fb336: the last build of every tag"
_TODAY = "2026-11-29"

_NATS = (
    ("nats",),
    f"nats-io/nats-docker 2.14.x, docker-entrypoint.sh aa0caa5; {_LIBRARY}",
    _TODAY,
)
_ZOOKEEPER = (
    ("zookeeper",),
    f"31z4/zookeeper-docker 3.8.6, 3.9.4, docker-entrypoint.sh 52a8364; {_LIBRARY}",
    _TODAY,
)

QUEUE_IMAGES = (
    PublicImage(
        ("rabbitmq",),
        f"docker-library/rabbitmq 4.2/ubuntu, docker-entrypoint.sh 9193c1d; {_LIBRARY}",
        _TODAY,
        ("docker-entrypoint.sh",),
        ("rabbitmq-server",),
        "",
        shell="dash",
        since=(3, 6, 3),
    ),
    PublicImage(
        ("apache/kafka",),
        "apache/kafka docker/jvm/{Dockerfile,launch} 1eb7644: FROM eclipse-temurin",
        _TODAY,
        ("/__cacert_entrypoint.sh",),
        ("/etc/kafka/docker/run",),
        "",
        shell="BusyBox",
        since=(3, 7),
    ),
    PublicImage(
        ("apache/kafka-native",),
        "apache/kafka docker/native/{Dockerfile,launch} 1eb7644",
        _TODAY,
        (),
        ("/etc/kafka/docker/run",),
        shell="BusyBox",
        since=(3, 8),
    ),
    PublicImage(
        ("confluentinc/cp-kafka", "confluentinc/cp-server", "confluentinc/cp-zookeeper"),
        "confluentinc/kafka-images {kafka,server,zookeeper}/Dockerfile.ubi8, .ubi9 f8e3015a9; "
        "confluentinc/common-docker base-java 28af5cf9e",
        _TODAY,
        (),
        ("/etc/confluent/docker/run",),
        since=(6,),
    ),
    PublicImage(
        *(*_ZOOKEEPER, ("/docker-entrypoint.sh",), ("zkServer.sh", "start-foreground"), ""),
        shell="dash",
        since=(3, 5, 5),
    ),
    PublicImage(*_ZOOKEEPER),
    PublicImage(
        ("eclipse-mosquitto",),
        f"eclipse-mosquitto/mosquitto docker/, docker-entrypoint.sh 7b8aba10; {_LIBRARY}",
        _TODAY,
        ("/docker-entrypoint.sh",),
        ("/usr/sbin/mosquitto", "-c", "/mosquitto/config/mosquitto.conf"),
        "",
        shell="BusyBox",
    ),
    PublicImage(
        *_NATS,
        ("docker-entrypoint.sh",),
        ("nats-server", "--config", "/etc/nats/nats-server.conf"),
        "nats-server",
        shell="BusyBox",
        since=(2, 2),
        variant="alpine",
    ),
    PublicImage(
        *_NATS,
        ("/nats-server",),
        ("--config", "nats-server.conf"),
        shell="none",
        since=(2, 2),
    ),
    # Its script stays the parent, and passes SIGTERM on.
    PublicImage(
        ("apache/activemq-classic",),
        "apache/activemq assembly/src/docker/Dockerfile, entrypoint.sh since 2023-11",
        _TODAY,
        ("/usr/local/bin/entrypoint.sh",),
        ("activemq", "console"),
        shell="dash",
        since=(6,),
    ),
    PublicImage(
        ("emqx",),
        f"emqx/emqx-docker 5.8 cddc2e9; {_LIBRARY}",
        _TODAY,
        ("/usr/bin/docker-entrypoint.sh",),
        ("/opt/emqx/bin/emqx", "foreground"),
        "",
        shell="dash",
        since=(5,),
    ),
    # The number of its tags is that of Scala.
    PublicImage(
        ("wurstmeister/kafka",),
        "wurstmeister/kafka-docker Dockerfile since 2016, start-kafka.sh 901c084",
        _TODAY,
        (),
        ("start-kafka.sh",),
    ),
)
