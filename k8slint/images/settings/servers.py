"""The main settings files of nginx, HAProxy and PHP-FPM."""

from __future__ import annotations

import re

from k8slint.images.settings.found import FoundSetting, read_time

_NGINX = "worker_shutdown_timeout"
# A string without an end goes on to the end of the file. In a word quotes and `#` are characters
# like others: ngx_conf_read_token (src/core/ngx_conf_file.c).
_NGINX_TOKEN = (
    r"""(?s)#[^\n]*|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[{};\n]"""
    r"""|(?:\\.|\$\{[^}\s]{0,200}\}|[^\s{};"'\\])(?:\\.|\$\{[^}\s]{0,200}\}|[^\s{};\\])*"""
)
# A month has 30 days and a year 365, ngx_parse_time (src/core/ngx_parse.c).
_NGINX_UNITS = {
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
    "M": 2592000.0,
}
_HAPROXY = "hard-stop-after"
_HAPROXY_SECTIONS = frozenset(
    (
        *("acme", "backend", "cache", "crt-store", "defaults", "dynamic-update", "fcgi-app"),
        *("frontend", "global", "healthcheck", "http-errors", "listen", "log-forward"),
        *("log-profile", "mailers", "peers", "program", "resolvers", "ring", "traces", "userlist"),
    )
)
_FPM = "process_control_timeout"


def read_nginx(text: str) -> FoundSetting | None:
    """Read the directive, which is allowed outside of all blocks only, and only once."""
    depth, line = 0, 1
    words: list[str] = []
    includes = False
    found: FoundSetting | None = None
    for token in re.findall(_NGINX_TOKEN, text):
        if token == "\n":
            line += 1
        elif token in ("{", "}"):
            depth += 1 if token == "{" else -1
            words = []
        elif token == ";":
            includes = includes or (depth == 0 and words[:1] == ["include"])
            if depth == 0 and words[:1] == [_NGINX]:
                value = words[1].strip("\"'") if len(words) == 2 else ""
                found = FoundSetting(_NGINX, read_time(value, units=_NGINX_UNITS), line)
            words = []
        elif not token.startswith("#"):
            words.append(token)
            line += token.count("\n")
    if depth or (found is None and includes):
        return FoundSetting(_NGINX, None, found.line if found else 1)
    # A time of 0 sets no timer: ngx_set_shutdown_timer (src/core/ngx_cycle.c).
    return None if found and found.seconds == 0 else found


def read_haproxy(text: str) -> FoundSetting | None:
    """Read the keyword in `global` sections, of which the last one counts."""
    section, conditions = "", 0
    found: FoundSetting | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if words[0] in _HAPROXY_SECTIONS:
            section = words[0]
        elif words[0] in (".if", ".endif"):
            conditions += 1 if words[0] == ".if" else -1
        elif words[0] == _HAPROXY and section == "global":
            value = words[1] if len(words) == 2 else ""
            seconds = None if conditions else read_time(value.strip('"'), bare="ms")
            found = FoundSetting(_HAPROXY, seconds, number)
    return None if found and found.seconds == 0 else found


def read_php_fpm(text: str) -> FoundSetting | None:
    """Read the option in `[global]`, which files that are included later may set again."""
    section, includes = "", False
    found: FoundSetting | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        name, _, value = (part.strip() for part in line.partition(";")[0].partition("="))
        if name.startswith("["):
            section = name.strip("[] \t").lower()
        elif name == "include":
            includes = True
        elif name == _FPM and section == "global":
            found, includes = FoundSetting(_FPM, read_time(value.strip("\"'")), number), False
    # A file is included where its line stands: fpm_conf_load_ini_file.
    return FoundSetting(_FPM, None, found.line if found else 1) if includes else found
