"""Databases and caches."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_LIBRARY = "docker-library/official-images 37079fb336: the last build of every tag"
_TODAY = "2026-11-29"

_SCRIPT = ("docker-entrypoint.sh",)
_MARIADB = (
    ("mariadb",),
    f"MariaDB/mariadb-docker 11.8, docker-entrypoint.sh 1b6429b; {_LIBRARY}",
    _TODAY,
)
_MEMCACHED = (
    ("memcached",),
    f"docker-library/memcached 1/debian, docker-entrypoint.sh 53ac0ec; {_LIBRARY}",
    _TODAY,
)
_CASSANDRA = (
    ("cassandra",),
    f"docker-library/cassandra 5.0, docker-entrypoint.sh 7b9da8f; {_LIBRARY}",
    _TODAY,
)
_COUCHDB = (
    ("couchdb",),
    f"apache/couchdb-docker 3.5.1, docker-entrypoint.sh 4c82ee0; {_LIBRARY}",
    _TODAY,
)
_INFLUXDB = (
    ("influxdb",),
    f"influxdata/influxdata-docker influxdb, entrypoint.sh d457cb9; {_LIBRARY}",
    _TODAY,
)
_CLICKHOUSE = (
    ("clickhouse", "clickhouse/clickhouse-server"),
    "ClickHouse/docker-library server/25.8 to 26.7, entrypoint.sh b347516",
    _TODAY,
)
_ELASTICSEARCH = (
    ("elasticsearch", "elasticsearch/elasticsearch", "elasticsearch/elasticsearch-oss"),
    "elastic/dockerfiles elasticsearch from 6.6 3b01a0b; elastic/elasticsearch-docker 6.0 to 6.5",
    _TODAY,
)
_ELASTIC_SCRIPT = "/usr/local/bin/docker-entrypoint.sh"
_ELASTIC_RUNS = (("/bin/tini", "--", _ELASTIC_SCRIPT), ("eswrapper",), "")
_PERCONA = (
    ("percona", "percona/percona-server"),
    f"percona/percona-docker percona-server-8.0, 8.4 5c654083; {_LIBRARY}",
    _TODAY,
)
_POSTGRES = (
    ("postgres",),
    f"docker-library/postgres 17/trixie 6edb0a8c4d, #763; {_LIBRARY}",
    _TODAY,
)
_POSTGRES_RUNS = (_SCRIPT, ("postgres",), "postgres")
_POSTGRES_SINCE = (
    ((12, 4), ()),
    ((11, 9), (12,)),
    ((10, 14), (11,)),
    ((9, 6, 19), (10,)),
    ((9, 5, 23), (9, 6)),
)
_ETCD = (
    ("coreos/etcd", "etcd-development/etcd"),
    "etcd-io/etcd Dockerfile-release since 2016-07, v3.5.9 Dockerfile-release.amd64, v3.6.0",
    _TODAY,
    (),
    ("/usr/local/bin/etcd",),
)

DATABASE_IMAGES = (
    *(
        PublicImage(*_POSTGRES, *_POSTGRES_RUNS, "INT", "dash", since, before)
        for since, before in _POSTGRES_SINCE
    ),
    PublicImage(*_POSTGRES, *_POSTGRES_RUNS, "TERM", "dash", (9, 6, 2)),
    # The script of still older ones is elsewhere.
    PublicImage(*_POSTGRES, signal="TERM", shell="dash", since=(8,)),
    PublicImage(
        ("mysql",),
        f"docker-library/mysql 8.4/Dockerfile.oracle, docker-entrypoint.sh 7f30fdb; {_LIBRARY}",
        _TODAY,
        _SCRIPT,
        ("mysqld",),
        "mysqld",
        since=(5, 7, 11),
    ),
    PublicImage(
        ("redis",),
        "redis/docker-library-redis debian/Dockerfile 0076c90a80, docker-entrypoint.sh 0d55be9aa6,"
        " docker-library/redis 7.2/debian e9204996",
        _TODAY,
        _SCRIPT,
        ("redis-server",),
        "redis-server",
        shell="dash",
        since=(3, 2),
    ),
    PublicImage(
        ("mongo",),
        f"docker-library/mongo 8.0/Dockerfile, docker-entrypoint.sh 2c69a57b9; {_LIBRARY}",
        _TODAY,
        _SCRIPT,
        ("mongod",),
        "mongod",
        shell="dash",
        since=(3, 6),
    ),
    PublicImage(*(*_MARIADB, _SCRIPT, ("mariadbd",), "mariadbd"), shell="dash", since=(10, 6, 5)),
    PublicImage(*(*_MARIADB, _SCRIPT, ("mysqld",), "mysqld"), shell="dash", since=(10, 2)),
    PublicImage(*_MARIADB, shell="dash"),
    PublicImage(
        ("valkey/valkey",),
        "valkey-io/valkey-container 7.2 to 9.0, docker-entrypoint.sh ae6141e, 0196629352",
        _TODAY,
        _SCRIPT,
        ("valkey-server",),
        "valkey-server",
        shell="dash",
        since=(7, 2),
    ),
    PublicImage(*_MEMCACHED, _SCRIPT, ("memcached",), "memcached", shell="dash", since=(1, 5)),
    PublicImage(*_MEMCACHED, signal="", shell="dash"),
    PublicImage(
        *(*_CASSANDRA, _SCRIPT, ("cassandra", "-f"), "cassandra"),
        shell="dash",
        since=(3, 11, 2),
    ),
    PublicImage(*_CASSANDRA, shell="dash"),
    PublicImage(*_COUCHDB, since=(3, 4), variant="nouveau"),
    PublicImage(
        *_COUCHDB,
        ("tini", "--", "/docker-entrypoint.sh"),
        ("/opt/couchdb/bin/couchdb",),
        "/opt/couchdb/bin/couchdb",
        shell="dash",
        since=(2, 1),
    ),
    # The parts of a cluster run programs of their own.
    PublicImage(*_INFLUXDB, since=(1, 3), variant="data"),
    PublicImage(*_INFLUXDB, since=(1, 3), variant="meta"),
    *(
        PublicImage(
            *_INFLUXDB,
            ("/usr/bin/entrypoint.sh",),
            ("influxdb3", "serve"),
            "influxdb3",
            shell="dash",
            since=(3,),
            variant=variant,
        )
        for variant in ("core", "enterprise")
    ),
    PublicImage(
        *(*_INFLUXDB, ("/entrypoint.sh",), ("influxd",), "influxd"),
        shell="dash",
        since=(1, 7),
    ),
    PublicImage(
        ("neo4j",),
        "neo4j/docker-neo4j docker-image-src/{4.3,4.4,5,calver}/coredb 9df98ef",
        _TODAY,
        ("tini", "-g", "--", "/startup/docker-entrypoint.sh"),
        ("neo4j",),
        "",
        shell="dash",
        since=(4, 3),
    ),
    PublicImage(*_CLICKHOUSE, shell="none", since=(25, 8), variant="distroless"),
    PublicImage(
        *(*_CLICKHOUSE, ("/entrypoint.sh",), (), "clickhouse-server"),
        shell="dash",
        since=(25, 8),
    ),
    PublicImage(*(*_ELASTICSEARCH, *_ELASTIC_RUNS), shell="bash", since=(9,)),
    PublicImage(*(*_ELASTICSEARCH, *_ELASTIC_RUNS), shell="dash", since=(7, 17, 15)),
    PublicImage(*(*_ELASTICSEARCH, *_ELASTIC_RUNS), since=(7, 11)),
    PublicImage(
        *_ELASTICSEARCH,
        ("/tini", "--", _ELASTIC_SCRIPT),
        ("eswrapper",),
        "",
        shell="bash",
        since=(7, 7),
    ),
    PublicImage(
        *(*_ELASTICSEARCH, (_ELASTIC_SCRIPT,), ("eswrapper",), ""), shell="bash", since=(6,)
    ),
    PublicImage(
        ("opensearchproject/opensearch",),
        "opensearch-project/opensearch-build docker/release opensearch.al2023 4372bf71a",
        _TODAY,
        ("./opensearch-docker-entrypoint.sh",),
        ("opensearch",),
        "opensearch",
        shell="bash",
        since=(1, 3),
    ),
    PublicImage(
        ("opensearchproject/opensearch-dashboards",),
        "opensearch-project/opensearch-build docker/release dashboards.al2023 4372bf71a",
        _TODAY,
        ("./opensearch-dashboards-docker-entrypoint.sh",),
        ("opensearch-dashboards",),
        "opensearch-dashboards",
        shell="bash",
        since=(1, 3),
    ),
    PublicImage(
        *(*_PERCONA, ("/docker-entrypoint.sh",), ("mysqld",), "mysqld"), shell="bash", since=(8,)
    ),
    PublicImage(
        ("percona/percona-server-mongodb",),
        "percona/percona-docker percona-server-mongodb-4.2 to 8.3 5c654083",
        _TODAY,
        ("/entrypoint.sh",),
        ("mongod",),
        "mongod",
        shell="bash",
        since=(4, 2),
    ),
    PublicImage(
        ("rethinkdb",),
        f"rethinkdb/rethinkdb-dockerfiles bookworm-slim/2.4.4 5dea128; {_LIBRARY}",
        _TODAY,
        (),
        ("rethinkdb", "--bind", "all"),
        shell="dash",
        since=(2, 4),
    ),
    PublicImage(
        ("solr",),
        f"apache/solr-docker 9.9, 10.0 884b2e6; {_LIBRARY}",
        _TODAY,
        _SCRIPT,
        ("solr-foreground",),
        "",
        shell="dash",
        since=(9, 1),
    ),
    PublicImage(
        ("postgis/postgis",),
        "postgis/docker-postgis 14-3.5 to 18-3.6 51b3555: FROM postgres",
        _TODAY,
        *_POSTGRES_RUNS,
        "INT",
        "dash",
        (13,),
    ),
    PublicImage(
        ("pgvector/pgvector",),
        "pgvector/pgvector Dockerfile e48241b: FROM postgres",
        _TODAY,
        *_POSTGRES_RUNS,
        "INT",
        "dash",
    ),
    PublicImage(
        ("timescale/timescaledb",),
        "timescale/timescaledb-docker Dockerfile 029292c: FROM postgres",
        _TODAY,
        *_POSTGRES_RUNS,
        "INT",
        "BusyBox",
        (2,),
        variant="pg",
    ),
    PublicImage(
        ("edoburu/pgbouncer",),
        "edoburu/docker-pgbouncer Dockerfile, entrypoint.sh 91a581b",
        _TODAY,
        ("/entrypoint.sh",),
        ("/usr/bin/pgbouncer", "/etc/pgbouncer/pgbouncer.ini"),
        "",
        shell="BusyBox",
    ),
    PublicImage(*_ETCD, shell="none", since=(3, 5, 9)),
    PublicImage(*_ETCD, since=(3, 1)),
    # Its tags are dates.
    PublicImage(
        ("minio/minio",),
        "minio/minio Dockerfile.release since 2017, dockerscripts/docker-entrypoint.sh 7aac2a2c5",
        _TODAY,
        ("/usr/bin/docker-entrypoint.sh",),
        ("minio",),
        "minio",
    ),
)
