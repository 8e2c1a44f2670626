"""A database or broker with a short grace period.

When they are stopped, databases and brokers write what they hold in memory and hand over their
partitions; upstream charts and operators give them from a minute to days (postgres#763, Strimzi 120
s, the RabbitMQ operator 7 days). After SIGKILL the next start begins with a recovery, which takes
longer than a clean shutdown would have.

Symptoms: a long recovery after each restart of a database or broker; containers that end with exit
code 137.

```yaml bad
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 10  # <-- postgres has 10 s to stop
      containers:
      - name: db
        image: postgres:17
```

```yaml fixed
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 60
      containers:
      - name: db
        image: postgres:17
```

```yaml good
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 120
      containers:
      - name: db
        image: mirror.example/docker.io/library/postgres:17
```

## Fix safety
Unsafe: someone chose the number, and each restart can then take up to a minute.
"""

from collections.abc import Iterator

from k8slint.images.name import base, is_image
from k8slint.lint.rule import Finding, Spot, rule
from k8slint.records import NamedTuple
from k8slint.shutdown.exempt import is_left_alone
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.repair import Need

_SHORT = 30
_USUAL = 60


class _Store(NamedTuple):
    """Images of a store, a word in the command of its server, and what is at stake."""

    images: tuple[str, ...]
    server: str
    loss: str
    may_be_a_cache: bool = False


_STORES = (
    _Store(
        ("postgres", "bitnami/postgresql", "postgis/postgis"),
        "postgres",
        "a checkpoint may not finish",
    ),
    _Store(("mysql", "bitnami/mysql"), "mysqld", "InnoDB may have to recover"),
    _Store(("mariadb", "bitnami/mariadb"), "maria", "InnoDB may have to recover"),
    _Store(("mongo", "bitnami/mongodb"), "mongod", "the primary may not step down"),
    _Store(("rabbitmq", "bitnami/rabbitmq"), "rabbitmq", "queues may not be handed over"),
    _Store(
        ("confluentinc/cp-kafka", "apache/kafka", "bitnami/kafka", "solsson/kafka"),
        "kafka-server-start",
        "partition leaders may not be moved",
    ),
    _Store(("redpandadata/redpanda",), "redpanda", "partition leaders may not be moved"),
    _Store(("cassandra", "bitnami/cassandra"), "cassandra", "memtables may not be flushed"),
    _Store(("scylladb/scylla",), "scylla", "memtables may not be flushed"),
    _Store(
        ("elasticsearch", "elasticsearch/elasticsearch"),
        "elasticsearch",
        "shards may not be flushed",
    ),
    _Store(("opensearchproject/opensearch",), "opensearch", "shards may not be flushed"),
    _Store(("clickhouse/clickhouse-server",), "clickhouse", "merges may be cut off"),
    _Store(
        ("redis", "bitnami/redis"),
        "redis-server",
        "the last changes may not be saved",
        may_be_a_cache=True,
    ),
    _Store(
        ("valkey/valkey",),
        "valkey-server",
        "the last changes may not be saved",
        may_be_a_cache=True,
    ),
)
_BY_BASE = {base(image): store for store in _STORES for image in store.images}


@rule(
    "GS705",
    "stateful-short-grace",
    severity="info",
    since="0.1",
    fix="unsafe",
    yields_to=("GS604", "GS700", "GS106"),
    about=Feature.GRACE,
)
def check(shutdown: Shutdown) -> Iterator[Finding]:
    grace = shutdown.grace
    if grace.is_default or grace.seconds is None or grace.seconds >= _SHORT:
        return
    for stop in shutdown.main:
        store = _store(stop)
        if store is None or is_left_alone(shutdown.pod):
            continue
        if store.may_be_a_cache and shutdown.pod.workload.kind != "StatefulSet":
            continue
        name = base(stop.container.image or "")
        yield Finding(
            f"{name} has {grace.seconds} s to stop before SIGKILL: {store.loss}",
            at=Spot(grace.value, grace.label),
            because=Spot(stop.container.value.get("image"), "stores data"),
            need=Need(grace=_USUAL, unsafe=f"a restart could then take up to {_USUAL} s"),
        )


def _store(stop: Stop) -> _Store | None:
    """Return the store a container runs; its images also run clients and other servers."""
    image = stop.container.image or ""
    store = _BY_BASE.get(base(image))
    if store is None or not any(is_image(image, name) for name in store.images):
        return None
    command = stop.command
    if command is None or not command.entry_is_written:
        return store
    texts = [command.script.text] if command.script else [word.text for word in command.words]
    return store if any(store.server in text for text in texts) else None
