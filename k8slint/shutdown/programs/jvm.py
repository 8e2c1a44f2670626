"""Known frameworks and servers on the JVM: how long they take to stop, and what says so."""

from __future__ import annotations

from k8slint.shutdown.durations import Unit
from k8slint.shutdown.programs.program import Knob, KnownProgram
from k8slint.shutdown.seconds import exactly, unknown

# Options of the JVM: what `java` reads itself, then what start scripts hand to it.
_JAVA = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")
_SCRIPTS = ("JAVA_OPTS", "JAVA_OPTS_APPEND")

JVM = (
    KnownProgram(
        "Spring Boot",
        # Graceful by default since 3.4; before, the server stops at once unless it is told not to.
        "spring-projects/spring-boot v4.1.1 ServerProperties.java, LifecycleProperties.java",
        "2026-11-29",
        commands=("java",),
        variables=(
            "SERVER_SHUTDOWN=graceful",
            "SPRING_PROFILES_ACTIVE=*",
            "SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE",
            "SPRING_APPLICATION_JSON",
            *_JAVA,
        ),
        needs_setting=True,
        knobs=(
            Knob(
                (
                    "--spring.lifecycle.timeout-per-shutdown-phase",
                    "-Dspring.lifecycle.timeout-per-shutdown-phase",
                ),
                ("SPRING_LIFECYCLE_TIMEOUT_PER_SHUTDOWN_PHASE",),
                _JAVA,
                "SPRING_APPLICATION_JSON",
                "spring.lifecycle.timeout-per-shutdown-phase",
                unit=Unit.DURATION_MS,
                default=exactly(30),
            ),
        ),
    ),
    KnownProgram(
        "Quarkus",
        "io.quarkus:quarkus-core 3.30.0 shutdown/ShutdownConfig.java, DurationConverter.java",
        "2026-11-29",
        commands=("java",),
        variables=("QUARKUS_SHUTDOWN_TIMEOUT", "QUARKUS_SHUTDOWN_DELAY", *_JAVA, *_SCRIPTS),
        needs_setting=True,
        knobs=(
            Knob(
                ("-Dquarkus.shutdown.delay",),
                ("QUARKUS_SHUTDOWN_DELAY",),
                (*_JAVA, *_SCRIPTS),
                unit=Unit.DURATION,
            ),
            Knob(
                ("-Dquarkus.shutdown.timeout",),
                ("QUARKUS_SHUTDOWN_TIMEOUT",),
                (*_JAVA, *_SCRIPTS),
                unit=Unit.DURATION,
            ),
        ),
    ),
    KnownProgram(
        "Micronaut",
        "io.micronaut:micronaut-runtime 4.10.9 graceful/GracefulShutdownConfiguration.java",
        "2026-11-29",
        commands=("java",),
        variables=(
            "MICRONAUT_LIFECYCLE_GRACEFUL_SHUTDOWN_ENABLED=true",
            "MICRONAUT_LIFECYCLE_GRACEFUL_SHUTDOWN_GRACE_PERIOD",
            *_JAVA,
        ),
        needs_setting=True,
        knobs=(
            Knob(
                ("-Dmicronaut.lifecycle.graceful-shutdown.grace-period",),
                ("MICRONAUT_LIFECYCLE_GRACEFUL_SHUTDOWN_GRACE_PERIOD",),
                _JAVA,
                unit=Unit.GO,
                default=exactly(15),
            ),
        ),
    ),
    KnownProgram(
        "Keycloak",
        # 1 s each in 26.6; before, there are no such options. kc.sh hands options to the JVM, and
        # properties that are set there count (PropertyMapper.java).
        "org.keycloak:keycloak-config-api 26.7.0, 26.6.0, 26.5.0 config/HttpOptions.java",
        "2026-11-29",
        commands=("kc.sh start", "kc.sh start-dev"),
        images=("keycloak/keycloak",),
        variables=("KC_SHUTDOWN_TIMEOUT", "KC_SHUTDOWN_DELAY"),
        knobs=(
            Knob(
                ("--shutdown-delay", "-Dkc.shutdown-delay", "-Dquarkus.shutdown.delay"),
                ("KC_SHUTDOWN_DELAY",),
                (*_JAVA, *_SCRIPTS),
                unit=Unit.DURATION,
                default=exactly(1),
            ),
            Knob(
                ("--shutdown-timeout", "-Dkc.shutdown-timeout", "-Dquarkus.shutdown.timeout"),
                ("KC_SHUTDOWN_TIMEOUT",),
                (*_JAVA, *_SCRIPTS),
                unit=Unit.DURATION,
                default=exactly(10),
            ),
        ),
        default=exactly(11, "before 26.6 it does not wait"),
    ),
    KnownProgram(
        "Kafka Connect",
        "apache/kafka 1eb7644 connect/runtime: WorkerConfig.java, DistributedHerder.java",
        "2026-11-29",
        commands=("connect-distributed.sh", "connect-distributed"),
        images=("confluentinc/cp-kafka-connect", "confluentinc/cp-kafka-connect-base"),
        knobs=(Knob(env=("CONNECT_TASK_SHUTDOWN_GRACEFUL_TIMEOUT_MS",), unit=Unit.MILLISECONDS),),
        besides=unknown("its connectors and its herder have limits of their own"),
        default=unknown("its tasks, its connectors and its herder have limits of their own"),
    ),
)
