"""Which file holds the settings of a known program, and how it is read."""

from __future__ import annotations

from collections.abc import Callable

from k8slint.images.settings.found import FoundSetting
from k8slint.images.settings.python import read_python
from k8slint.images.settings.servers import read_haproxy, read_nginx, read_php_fpm
from k8slint.images.settings.sidekiq import read_sidekiq
from k8slint.images.settings.spring import read_properties, read_spring_yaml
from k8slint.records import NamedTuple


class SettingsFile(NamedTuple):
    """A settings file of a known program, by the name of that.

    `flags` and `variables` name it, or a folder of it, in which it has one of its `names`. Else it
    is at one of `paths`; those without a slash in front are below the working folder, and a `*`
    stands for part of a name. What it says
    counts under some stop `signals`; under any where there are none. `source` says where the
    setting is defined, `date` when that was read.
    """

    program: str
    read: Callable[[str], FoundSetting | None]
    source: str
    date: str
    flags: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()


_SPRING = (
    "spring-projects/spring-boot v4.1.1, c329ffa25dc ConfigDataEnvironment.java, "
    "DurationStyle.java, LifecycleProperties.java, ServerProperties.java"
)
_LOCATIONS = ("spring.config.additional-location", "spring.config.location")
_SPRING_FLAGS = tuple(f"{dash}{name}" for name in _LOCATIONS for dash in ("--", "-D"))
_SPRING_VARIABLES = ("SPRING_CONFIG_ADDITIONAL_LOCATION", "SPRING_CONFIG_LOCATION")

FILES = (
    SettingsFile(
        "nginx",
        read_nginx,
        "nginx/nginx 3180f84b60 src/core/nginx.c, ngx_parse.c, ngx_conf_file.c",
        "2026-11-29",
        flags=("-c",),
        paths=("/etc/nginx/nginx.conf",),
        signals=("QUIT",),
    ),
    SettingsFile(
        "HAProxy",
        read_haproxy,
        "haproxy/haproxy 50872daa6 src/proxy.c (proxy_parse_hard_stop_after)",
        "2026-11-29",
        flags=("-f",),
        signals=("USR1",),
    ),
    SettingsFile(
        "gunicorn",
        lambda text: read_python(text, "graceful_timeout"),
        "benoitc/gunicorn 65ac1a3a gunicorn/app/base.py, gunicorn/config.py",
        "2026-11-29",
        flags=("-c", "--config"),
        paths=("gunicorn.conf.py",),
    ),
    SettingsFile(
        "PHP-FPM",
        read_php_fpm,
        "php/php-src 1851e7748d sapi/fpm/fpm/fpm_conf.c (fpm_conf_load_ini_file)",
        "2026-11-29",
        flags=("-y", "--fpm-config"),
        paths=("/usr/local/etc/php-fpm.conf", "/usr/local/etc/php-fpm.d/*.conf"),
        signals=("QUIT",),
    ),
    SettingsFile(
        "sidekiq",
        read_sidekiq,
        "sidekiq/sidekiq 1bb4aa06 lib/sidekiq/cli.rb (setup_options, parse_config)",
        "2026-11-29",
        flags=("-C", "--config"),
        paths=("config/sidekiq.yml",),
    ),
    SettingsFile(
        "Spring Boot",
        read_properties,
        _SPRING,
        "2026-11-29",
        _SPRING_FLAGS,
        _SPRING_VARIABLES,
        paths=("config/application.properties", "application.properties"),
        names=("application.properties",),
    ),
    SettingsFile(
        "Spring Boot",
        read_spring_yaml,
        _SPRING,
        "2026-11-29",
        _SPRING_FLAGS,
        _SPRING_VARIABLES,
        paths=(
            *("config/application.yaml", "config/application.yml"),
            *("application.yaml", "application.yml"),
        ),
        names=("application.yaml", "application.yml"),
    ),
)
