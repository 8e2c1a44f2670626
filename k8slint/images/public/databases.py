"""Databases and caches."""

from __future__ import annotations

from k8slint.images.public.row import PublicImage

_LIBRARY = "docker-library/official-images 37079fb336: the last build of every tag"
_TODAY = "2026-11-29"

_SCRIPT = ("docker-entrypoint.sh",)
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
)
