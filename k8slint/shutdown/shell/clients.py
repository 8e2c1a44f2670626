"""Clients that ask a server to stop or to drain: whether they wait, and for how long."""

from __future__ import annotations

import math
from collections import defaultdict
from enum import Enum

from k8slint.records import NamedTuple
from k8slint.shutdown.durations import Unit, parse_duration
from k8slint.shutdown.seconds import unbounded, unknown
from k8slint.shutdown.shell.effects import NOTHING, Call, Effect, estimate
from k8slint.shutdown.shell.operands import option


class Takes(Enum):
    """How long a client runs."""

    AT_ONCE = "at once"
    WAITING = "waiting"
    """As long as its limits allow together, or as it takes where there are none."""
    UNKNOWN = "unknown"


class Limit(NamedTuple):
    """An option that limits how long a client waits, in all its spellings, and its default."""

    names: tuple[str, ...]
    default: float = math.inf
    unit: Unit = Unit.SECONDS


class Client(NamedTuple):
    """A command that is known by a program and words among its arguments, in this order.

    `extra` seconds come on top of its `limits`. Where it stops something, `stops` is its name, and
    `signal` is set where that gets one.
    """

    words: str
    source: str
    date: str
    takes: Takes = Takes.AT_ONCE
    limits: tuple[Limit, ...] = ()
    extra: float = 0
    stops: str = ""
    signal: str | None = None


_NGINX = ("nginx.org/en/docs/control.html: it only sends the signal", "2026-11-29")
_HTTPD = ("httpd.apache.org/docs/2.4/stopping.html", "2026-11-29")
_NODETOOL = ("cassandra tools/NodeProbe.java: a JMX call without a limit", "2026-11-29")
_RABBIT = ("rabbitmq-server rabbit_misc:rpc_call without a limit", "2026-11-29")
_CONTOUR = (
    "contour cmd/contour/shutdownmanager.go: polls until all connections close",
    "2026-11-29",
)
_UNREAD = ("its documentation; how long it waits has not been looked up", "2026-11-29")
_CONCOURSE = ("concourse worker/retire, tsa/client.go: an SSH call without a limit", "2026-11-29")
_ETCD = (Limit(("--command-timeout",), 5, Unit.GO), Limit(("--dial-timeout",), 2, Unit.GO))

CLIENTS = (
    Client("nginx -s quit", *_NGINX, stops="nginx", signal="QUIT"),
    Client("nginx -s stop", *_NGINX, stops="nginx", signal="TERM"),
    Client("nginx -s reload", *_NGINX),
    Client("nginx -s reopen", *_NGINX),
    Client("openresty -s quit", *_NGINX, stops="nginx", signal="QUIT"),
    Client("openresty -s stop", *_NGINX, stops="nginx", signal="TERM"),
    Client("apachectl -k graceful-stop", *_HTTPD, stops="httpd", signal="WINCH"),
    Client("apache2ctl -k graceful-stop", *_HTTPD, stops="apache2", signal="WINCH"),
    Client("httpd -k graceful-stop", *_HTTPD, stops="httpd", signal="WINCH"),
    Client("apache2 -k graceful-stop", *_HTTPD, stops="apache2", signal="WINCH"),
    Client("apachectl graceful-stop", *_HTTPD, stops="httpd", signal="WINCH"),
    Client("apache2ctl graceful-stop", *_HTTPD, stops="apache2", signal="WINCH"),
    Client("uwsgi --stop", "uwsgi core/uwsgi.c", "2026-11-29", stops="uwsgi", signal="INT"),
    Client(
        "kafka-server-stop.sh",
        "kafka bin/kafka-server-stop.sh ends with kill -s TERM",
        "2026-11-29",
        stops="kafka",
        signal="TERM",
    ),
    Client(
        "kafka-server-stop",
        "kafka bin/kafka-server-stop.sh ends with kill -s TERM",
        "2026-11-29",
        stops="kafka",
        signal="TERM",
    ),
    Client(
        "kong stop",
        "kong cmd/stop.lua: it only sends TERM",
        "2026-11-29",
        stops="nginx",
        signal="TERM",
    ),
    Client(
        "kong quit",
        "kong cmd/quit.lua: it waits for nginx, then sends TERM",
        "2026-11-29",
        takes=Takes.WAITING,
        limits=(Limit(("-w", "--wait"), 0), Limit(("-t", "--timeout"), 10)),
        extra=1,
        stops="kong",
    ),
    Client(
        "ray stop",
        "ray scripts.py: a third of it for each of three kinds of process, then 2 s",
        "2026-11-29",
        takes=Takes.WAITING,
        limits=(Limit(("-g", "--grace-period"), 16),),
        extra=6,
        stops="ray",
    ),
    Client(
        "pilot-agent request",
        "istio pilot-agent/app/request.go: Timeout: 60 * time.Second",
        "2026-11-29",
        takes=Takes.WAITING,
        limits=(Limit((), 60),),
    ),
    Client(
        "rabbitmq-upgrade await_online_quorum_plus_one",
        "rabbitmq-server await_online_quorum_plus_one_command.ex: 120 s",
        "2026-11-29",
        takes=Takes.WAITING,
        limits=(Limit(("-t", "--timeout"), 120),),
    ),
    Client(
        "rabbitmq-upgrade await_online_synchronized_mirror",
        "rabbitmq-server 3.x await_online_synchronized_mirror_command.ex: 120 s",
        "2026-11-29",
        takes=Takes.WAITING,
        limits=(Limit(("-t", "--timeout"), 120),),
    ),
    Client(
        "rabbitmq-upgrade drain",
        "rabbitmq-server drain_command.ex, rabbitmqctl.ex: infinity",
        "2026-11-29",
        takes=Takes.WAITING,
        limits=(Limit(("-t", "--timeout")),),
        stops="rabbitmq-upgrade",
    ),
    Client("rabbitmqctl stop_app", *_RABBIT, takes=Takes.WAITING, stops="rabbitmqctl"),
    Client("rabbitmqctl stop", *_RABBIT, takes=Takes.WAITING, stops="rabbitmqctl"),
    Client("rabbitmqctl shutdown", *_RABBIT, takes=Takes.WAITING, stops="rabbitmqctl"),
    Client("nodetool drain", *_NODETOOL, takes=Takes.WAITING, stops="nodetool"),
    Client("nodetool decommission", *_NODETOOL, takes=Takes.WAITING, stops="nodetool"),
    Client("nodetool stopdaemon", *_NODETOOL, takes=Takes.WAITING, stops="nodetool"),
    Client("nodetool flush", *_NODETOOL, takes=Takes.WAITING),
    Client("nodetool disablegossip", *_NODETOOL, takes=Takes.WAITING),
    Client("nodetool disablebinary", *_NODETOOL, takes=Takes.WAITING),
    Client("nodetool disablethrift", *_NODETOOL, takes=Takes.WAITING),
    Client(
        "consul leave",
        "consul command/leave/leave.go: a request without a limit",
        "2026-11-29",
        takes=Takes.WAITING,
        stops="consul",
    ),
    Client("contour envoy shutdown", *_CONTOUR, takes=Takes.WAITING, stops="contour"),
    Client(
        "wait-shutdown",
        "ingress-nginx cmd/waitshutdown/main.go: it waits for nginx to end",
        "2026-11-29",
        takes=Takes.WAITING,
        stops="wait-shutdown",
    ),
    Client("concourse retire-worker", *_CONCOURSE, takes=Takes.WAITING, stops="concourse"),
    Client("concourse land-worker", *_CONCOURSE, takes=Takes.WAITING, stops="concourse"),
    Client(
        "etcdctl snapshot save", "etcdctl snapshot_command.go", "2026-11-29", takes=Takes.WAITING
    ),
    Client("etcdctl watch", "etcdctl watch_command.go", "2026-11-29", takes=Takes.WAITING),
    Client("etcdctl lock", "etcdctl lock_command.go", "2026-11-29", takes=Takes.WAITING),
    Client("etcdctl elect", "etcdctl elect_command.go", "2026-11-29", takes=Takes.WAITING),
    Client(
        "etcdctl",
        "etcdctl ctlv3/ctl.go: 5 s for a command, 2 s to connect",
        "2026-11-29",
        takes=Takes.WAITING,
        limits=_ETCD,
    ),
    Client(
        "pg_ctl stop",
        "postgres pg_ctl.c: DEFAULT_WAIT 60",
        "2026-11-29",
        takes=Takes.WAITING,
        limits=(Limit(("-t", "--timeout"), 60),),
        stops="pg_ctl",
    ),
    Client(
        "mysqladmin shutdown",
        "mysql client/mysqladmin.cc: SHUTDOWN_DEF_TIMEOUT 3600",
        "2026-11-29",
        takes=Takes.WAITING,
        limits=(Limit(("--shutdown-timeout", "--shutdown_timeout"), 3600),),
        stops="mysqladmin",
    ),
    Client(
        "redis-cli shutdown",
        "redis src/redis-cli.c: only -t, for connecting, is a limit",
        "2026-11-29",
        takes=Takes.WAITING,
        stops="redis-cli",
    ),
    Client(
        "redis-cli",
        "redis src/redis-cli.c: only -t, for connecting, is a limit",
        "2026-11-29",
        takes=Takes.WAITING,
    ),
    Client(
        "caddy stop",
        "caddy cmd/commandfuncs.go: a request without a limit",
        "2026-11-29",
        takes=Takes.WAITING,
        stops="caddy",
    ),
    *(
        Client(words, *_UNREAD, takes=Takes.UNKNOWN, stops=words.split()[0])
        for words in (
            *("mongod --shutdown", "supervisorctl stop", "supervisorctl shutdown"),
            *("catalina.sh stop", "patronictl switchover", "varnishadm stop"),
            "cockroach node drain",
        )
    ),
)
_BY_NAME: dict[str, list[tuple[list[str], Client]]] = defaultdict(list)
for _client in CLIENTS:
    _name, *_words = _client.words.split()
    _BY_NAME[_name].append((_words, _client))
STOPPERS = frozenset(_BY_NAME)
# The signals of `nats-server --signal`: server/signal.go, CommandToSignal (2026-11).
_NATS_SIGNALS = {
    "stop": "KILL", "quit": "INT", "term": "TERM", "reopen": "USR1", "reload": "HUP",
    "ldm": "USR2",
}  # fmt: skip


def run_client(call: Call) -> Effect | None:
    """What a known client does; None for another command."""
    if call.name == "nats-server":
        return _signal_nats(call)
    if call.name not in _BY_NAME:
        return None
    operands = [field for field in call.operands if isinstance(field, str)]
    for words, client in _BY_NAME[call.name]:
        if _has_in_order(operands, words):
            if client.stops:
                notes = call.sh.notes
                notes.send(call.st, call.where, client.signal, call.now, program=client.stops)
            return _wait(call, client)
    return None


def _wait(call: Call, client: Client) -> Effect:
    if client.takes is Takes.AT_ONCE:
        return NOTHING
    if client.takes is Takes.UNKNOWN:
        return Effect(unknown(f"how long {call.quoted} takes is not known"))
    seconds = [_read_limit(call, limit) for limit in client.limits]
    known = [value for value in seconds if value is not None]
    if len(known) < len(seconds):
        return Effect(unknown(f"the limit of {call.quoted} is not known"))
    if not known or math.isinf(sum(known)):
        return Effect(unbounded(f"{call.quoted} waits without a limit of its own"))
    return estimate(call, 0, sum(known) + client.extra)


def _read_limit(call: Call, limit: Limit) -> float | None:
    if not limit.names:
        return limit.default
    written = option(call.operands, *limit.names)
    if written is None:
        return limit.default
    return parse_duration(written, limit.unit) if isinstance(written, str) else None


def _signal_nats(call: Call) -> Effect | None:
    """`nats-server -sl ldm=/var/run/nats.pid`."""
    wanted = option(call.operands, "-sl", "--signal", "-signal", "--sl")
    if not isinstance(wanted, str):
        return None
    name = _NATS_SIGNALS.get(wanted.lstrip("=").partition("=")[0])
    call.sh.notes.send(call.st, call.where, name, call.now, program="nats-server")
    return NOTHING


def _has_in_order(operands: list[str], words: list[str]) -> bool:
    """Whether these words are among the operands in this order, options in between."""
    rest = iter(operands)
    return all(word in rest for word in words)
