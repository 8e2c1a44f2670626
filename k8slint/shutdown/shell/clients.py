"""Clients that ask a server to stop or to drain."""

from __future__ import annotations

from k8slint.shutdown.seconds import unknown
from k8slint.shutdown.shell.effects import NOTHING, Call, Effect

_Q, _T = "QUIT", "TERM"
_RETURNING_STOPS: dict[tuple[str, ...], tuple[str | None, str]] = {
    # http://nginx.org/en/docs/control.html: quit is QUIT, stop is TERM; both only send it.
    ("nginx", "-s", "quit"): (_Q, "nginx"),
    ("nginx", "-s", "stop"): (_T, "nginx"),
    ("openresty", "-s", "quit"): (_Q, "nginx"),
    ("openresty", "-s", "stop"): (_T, "nginx"),
    # https://httpd.apache.org/docs/2.4/stopping.html
    ("apachectl", "-k", "graceful-stop"): ("WINCH", "httpd"),
    ("apache2ctl", "-k", "graceful-stop"): ("WINCH", "apache2"),
    ("httpd", "-k", "graceful-stop"): ("WINCH", "httpd"),
    ("apache2", "-k", "graceful-stop"): ("WINCH", "apache2"),
    ("apachectl", "graceful-stop"): ("WINCH", "httpd"),
    ("apache2ctl", "graceful-stop"): ("WINCH", "apache2"),
    ("uwsgi", "--stop"): ("INT", "uwsgi"),
    # bin/kafka-server-stop.sh ends with `kill -s TERM $PIDS`.
    ("kafka-server-stop.sh",): (_T, "kafka"),
    ("kafka-server-stop",): (_T, "kafka"),
}
_WORKING_STOPS = (
    ("nodetool", "drain"), ("nodetool", "decommission"), ("nodetool", "stopdaemon"),
    ("consul", "leave"), ("kong", "quit"), ("kong", "stop"), ("ray", "stop"),
    ("rabbitmqctl", "stop_app"), ("rabbitmqctl", "stop"), ("rabbitmqctl", "shutdown"),
    ("contour", "envoy", "shutdown"), ("pg_ctl", "stop"), ("redis-cli", "shutdown"),
    ("mysqladmin", "shutdown"), ("mongod", "--shutdown"), ("caddy", "stop"),
    ("supervisorctl", "stop"), ("supervisorctl", "shutdown"), ("catalina.sh", "stop"),
    ("concourse", "retire-worker"), ("concourse", "land-worker"), ("wait-shutdown",),
    ("patronictl", "switchover"), ("varnishadm", "stop"), ("cockroach", "node", "drain"),
)  # fmt: skip
STOPPERS = frozenset(start[0] for start in (*_RETURNING_STOPS, *_WORKING_STOPS))


def find_stop(call: Call) -> Effect | None:
    if call.name not in STOPPERS:
        return None
    operands = [field for field in call.operands if isinstance(field, str)]
    for start, (name, program) in _RETURNING_STOPS.items():
        if start[0] == call.name and _has_in_order(operands, start[1:]):
            call.sh.notes.send(call.st, call.where, name, call.now, program=program)
            return NOTHING
    for start in _WORKING_STOPS:
        if start[0] == call.name and _has_in_order(operands, start[1:]):
            call.sh.notes.send(call.st, call.where, None, call.now, program=start[0])
            return Effect(unknown(f"how long {call.quoted} takes is not known"))
    return None


def _has_in_order(operands: list[str], words: tuple[str, ...]) -> bool:
    """Whether these words are among the operands in this order, options in between."""
    rest = iter(operands)
    return all(word in rest for word in words)
