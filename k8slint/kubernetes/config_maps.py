"""ConfigMaps whose values a container may run, or read as the settings of a known program."""

from __future__ import annotations

from collections.abc import Iterator

from k8slint.kubernetes.objects import ConfigEntry, ConfigMap
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.objects import Meta
    from k8slint.manifest.source import Location
    from k8slint.manifest.values import Value

# A longer value is no script that a person reads; the API takes 1 MiB for all of them.
LONGEST_VALUE = 65_536
MOST_KEYS = 1_000
# What a script, or a settings file with a drain time, has in its text or in the name of its key.
_MARKS = (
    *("#!", ".sh", "sleep ", "exec ", "trap ", "kill "),
    *("nginx.conf", "haproxy.cfg", "gunicorn", "php-fpm", "uwsgi", "sidekiq", "celery"),
    *("httpd.conf", "apache2.conf", "application.y", "application.properties", "application-"),
    *("worker_shutdown_timeout", "hard-stop-after", "graceful_timeout", "process_control_timeout"),
    *("timeout-per-shutdown-phase", "GracefulShutdownTimeout", "mercy", ":timeout:"),
    *("soft_shutdown_timeout", "SOFT_SHUTDOWN_TIMEOUT"),
)


def may_matter(text: str) -> bool:
    """Whether a document or file may hold a script or settings that are read: no parse."""
    return any(map(text.__contains__, _MARKS))


def read_config_map(value: Value, meta: Meta) -> ConfigMap:
    """Return what a ConfigMap holds, without the values that cannot matter."""
    found: dict[str, ConfigEntry] = {}
    for key, entry in _entries(value):
        if len(found) == MOST_KEYS:
            return ConfigMap(meta, found, is_whole=False)
        found[key] = entry
    return ConfigMap(meta, found)


def _entries(value: Value) -> Iterator[tuple[str, ConfigEntry]]:
    source = value.document.source
    for key, written in value.get("binaryData").entries():
        place = source.locate(written.mark)
        yield key, ConfigEntry(None, place, why="is binary")
    for key, written in value.get("data").entries():
        start, _ = written.span
        line, _ = source.position(start)
        is_literal = source.text[start : start + 1] == "|"
        place = source.locate(written.mark)
        yield key, entry_of(key, written.script, place, line + 1 if is_literal else 0)


def entry_of(key: str, text: str | None, place: Location, first_line: int = 0) -> ConfigEntry:
    """Return a value as far as it is kept."""
    if text is None:
        return ConfigEntry(None, place, why="is not text")
    if len(text) > LONGEST_VALUE:
        return ConfigEntry(None, place, why="is longer than 64 KiB")
    if "{{" in text:
        return ConfigEntry(None, place, why="is left to a template")
    if not may_matter(key) and not may_matter(text):
        return ConfigEntry(None, place, why="has nothing that marks a script or a settings file")
    return ConfigEntry(text, place, first_line)
