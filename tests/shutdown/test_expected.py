"""What a container does by all that is known of its image: what runs, the signal, the drain."""

from __future__ import annotations

from typing import Any

import pytest

from k8slint.images.fact import Fact, Strength
from k8slint.images.public import find
from k8slint.kubernetes.gates import STOP_SIGNAL
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.shutdown.deaf import PID_1
from k8slint.shutdown.model import Stop
from k8slint.shutdown.programs.known import DEFAULT, Programs
from k8slint.shutdown.programs.program import read_program
from k8slint.shutdown.seconds import Kind
from tests.pods import UNGATED, shutdown_of, stop_of

GATED = ClusterTarget(feature_gates=frozenset({STOP_SIGNAL.name}))
OWN_SIGNAL = {"stopSignal": "SIGUSR2"}

# The words it ends up running, which the image, the manifest or both give.
RUNS: list[tuple[dict[str, Any], str | None]] = [
    ({"image": "nginx:1.27"}, "nginx -g daemon off;"),
    ({"image": "nginx:1.17"}, "nginx -g daemon off;"),
    ({"image": "httpd:2.4"}, "httpd-foreground"),
    ({"image": "redis:7"}, "redis-server"),
    ({"image": "redis:7", "args": ["--port", "6380"]}, "redis-server --port 6380"),
    ({"image": "redis:7", "args": ["redis-sentinel", "/x.conf"]}, "redis-sentinel /x.conf"),
    ({"image": "redis:7", "args": ["sh", "-c", "exec redis-server /x"]}, "redis-server /x"),
    ({"image": "redis:7", "command": ["tini", "--", "app"]}, "app"),
    ({"image": "redis:7", "command": ["app"], "args": ["-x"]}, "app -x"),
    # The script puts nothing before its arguments.
    ({"image": "nginx:1.27", "args": ["-c", "/x.conf"]}, "-c /x.conf"),
    ({"image": "alpine", "args": ["sleep", "60"]}, "sleep 60"),
    ({"image": "registry.k8s.io/pause:3.9", "args": ["-v"]}, "/pause -v"),
    ({"image": "redis:7", "args": [{"a": 1}]}, ""),
    ({"image": "redis:7", "command": "app"}, ""),
    ({"image": "php:5.6", "args": ["app"]}, "app"),
    ({"image": "php:5.6"}, None),
    ({"image": "example.com/web:1"}, None),
    ({"image": "{{ .Values.image }}"}, None),
]


@pytest.mark.parametrize(("container", "words"), RUNS)
def test_what_runs(container: dict[str, Any], words: str | None) -> None:
    command = stop_of(container).expected.command
    assert (" ".join(word.text for word in command.words) if command else None) == words


SIGNALS: list[tuple[dict[str, Any], ClusterTarget, str, Strength | None]] = [
    ({"image": "nginx:1.27"}, UNGATED, "SIGQUIT", Strength.DOCUMENTED),
    ({"image": "postgres:17"}, UNGATED, "SIGINT", Strength.DOCUMENTED),
    ({"image": "httpd:2.4"}, UNGATED, "SIGWINCH", Strength.DOCUMENTED),
    ({"image": "haproxy:3.0"}, UNGATED, "SIGUSR1", Strength.DOCUMENTED),
    ({"image": "redis:7"}, UNGATED, "SIGTERM", Strength.DOCUMENTED),
    # A command does not replace the stop signal.
    ({"image": "nginx", "command": ["app"]}, UNGATED, "SIGQUIT", Strength.DOCUMENTED),
    ({"image": "nginx@sha256:0a"}, UNGATED, "SIGTERM", None),
    ({"image": "php:5.6"}, UNGATED, "SIGTERM", None),
    ({"image": "example.com/web:1"}, UNGATED, "SIGTERM", None),
    ({"image": "nginx", "lifecycle": OWN_SIGNAL}, GATED, "SIGUSR2", Strength.WRITTEN),
    ({"image": "nginx", "lifecycle": {}}, GATED, "SIGQUIT", Strength.DOCUMENTED),
    # Without the gate the API server drops the field.
    (
        {"image": "nginx", "lifecycle": OWN_SIGNAL},
        UNGATED,
        "SIGQUIT",
        Strength.DOCUMENTED,
    ),
]


@pytest.mark.parametrize(("container", "target", "name", "strength"), SIGNALS)
def test_the_stop_signal(
    container: dict[str, Any], target: ClusterTarget, name: str, strength: Strength | None
) -> None:
    (stop,) = shutdown_of(container, target=target).stops
    signal = stop.expected.signal
    assert signal.name == name
    assert (signal.fact and signal.fact.strength) == strength
    (lane,) = shutdown_of(container, target=target).timeline().lanes  # type: ignore[union-attr]
    assert (lane.signal, lane.signal_fact) == signal


def test_a_long_signal_is_cut() -> None:
    container = {"image": "x", "lifecycle": {"stopSignal": "SIG" + "X" * 100_000}}
    (stop,) = shutdown_of(container, target=GATED).stops
    assert len(stop.expected.signal.name) < 1_000


UNKNOWN = "unknown"
DRAINS: list[tuple[dict[str, Any], str, str, Strength | None]] = [
    ({"image": "nginx:1.27"}, "unbounded", "nginx default: without worker", Strength.DOCUMENTED),
    ({"image": "nginx:1.17"}, "exact", "nginx default", Strength.DOCUMENTED),
    ({"image": "x", "command": ["nginx"]}, UNKNOWN, "the stop signal", Strength.DOCUMENTED),
    ({"image": "nginx", "command": ["nginx"]}, "unbounded", "nginx", Strength.DOCUMENTED),
    ({"image": "postgres:17"}, "unbounded", "PostgreSQL default", Strength.DOCUMENTED),
    ({"image": "haproxy:3.0"}, "unbounded", "HAProxy default", Strength.DOCUMENTED),
    ({"image": "x", "command": ["gunicorn"]}, "estimated", "gunicorn d", Strength.DOCUMENTED),
    (
        {"image": "x", "command": ["gunicorn", "--graceful-timeout=9"]},
        "estimated",
        "gunicorn --graceful-timeout",
        Strength.WRITTEN,
    ),
    (
        {
            "image": "mongo:7",
            "args": ["--setParameter", "shutdownTimeoutMillisForSignaledShutdown=9000"],
        },
        "estimated",
        "mongod shutdown",
        Strength.WRITTEN,
    ),
    # Another program than the image's own.
    ({"image": "redis:7", "args": ["app"]}, UNKNOWN, "the app's", None),
    ({"image": "x", "command": ["sh", "-c", "gunicorn; $X"]}, UNKNOWN, "a shell is PID 1", None),
    ({"image": "x"}, UNKNOWN, "the app's drain time is unknown", None),
]


@pytest.mark.parametrize(("container", "kind", "why", "strength"), DRAINS)
def test_the_drain(
    container: dict[str, Any], kind: str, why: str, strength: Strength | None
) -> None:
    expected = stop_of(container).expected
    assert expected.drains.kind.name.lower() == kind
    assert expected.drains.why.startswith(why)
    assert (expected.drain_fact and expected.drain_fact.strength) == strength


def script(text: str, shell: str = "sh", image: str = "x") -> dict[str, Any]:
    return {"image": image, "command": [shell, "-c", text]}


SHELL = "sh stays as PID 1 and forwards no signal"
DEAF: list[tuple[dict[str, Any], str]] = [
    ({"command": ["sleep", "3600"]}, "as PID 1 sleep ignores the stop signal"),
    ({"command": ["env", "A=1", "/bin/tail", "-f", "/dev/null"]}, "as PID 1 tail ignores the"),
    ({"command": ["cat"]}, "as PID 1 cat ignores the stop signal"),
    ({"image": "alpine", "args": ["sleep", "9"]}, "as PID 1 sleep ignores the stop signal"),
    ({"command": ["tini", "sleep", "3600"]}, ""),
    ({"command": ["sleeper"]}, ""),
    # Whether the shell waits for it or turns into it.
    (script("cd /tmp && sleep 3600"), SHELL),
    (script("sleep 3600 &"), ""),
    (script("exec sleep 3600"), "as PID 1 sleep ignores the stop signal"),
    (script("while true; do app; done"), SHELL),
    (script("for x in 1 2; do app; done"), SHELL),
    (script("while true; do app; done &"), ""),
    (script("trap 'exit 0' TERM; while true; do app; done"), ""),
    (script(". ./handlers; while true; do app; done"), ""),
    ({"command": ["tini", "sh", "-c", "while true; do app; done"]}, ""),
    # dash waits, bash and BusyBox do not.
    (script("app --serve"), ""),
    (script("app --serve", "dash"), SHELL.replace("sh", "dash", 1)),
    (script("app --serve", "bash"), ""),
    (script("app --serve", image="debian:12"), SHELL),
    (script("app --serve", image="alpine"), ""),
    (script("app --serve\n# end", image="alpine"), SHELL),
    (script("app | tee log", image="alpine"), SHELL),
    (script("exec app --serve", image="debian:12"), ""),
    (script("if true; then app; fi", image="debian:12"), ""),
    (script("$(", image="debian:12"), ""),
    ({"image": "debian:12", "args": ["sh", "-c", "app"]}, SHELL),
]


@pytest.mark.parametrize(("container", "why"), DEAF)
def test_what_never_gets_the_signal(container: dict[str, Any], why: str) -> None:
    expected = stop_of({"image": "x", **container}).expected
    assert (expected.drains.kind is Kind.UNBOUNDED) == bool(why)
    if why:
        assert expected.drains.why.startswith(why)
        assert expected.drain_fact == PID_1
    assert not stop_of({"image": "x", **container}).explicit_drain


def test_beside_others_it_is_not_pid_1() -> None:
    for shared, kind in ((True, Kind.UNKNOWN), (False, Kind.UNBOUNDED), ("{{ x }}", Kind.UNKNOWN)):
        pod = {"shareProcessNamespace": shared}
        (stop,) = shutdown_of({"command": ["sleep", "9"]}, pod=pod).stops
        assert stop.expected.drains.kind is kind


def test_a_setting_in_an_image_is_worth_what_the_image_is(monkeypatch: pytest.MonkeyPatch) -> None:
    row = find("mongo:7")
    assert row is not None
    cmd = ("mongod", "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=9000")
    monkeypatch.setattr("k8slint.shutdown.expected.find", lambda _: row._replace(cmd=cmd))
    stop = stop_of({"image": "mongo:7"})
    assert stop.expected.drains.high == 9
    assert stop.expected.drain_fact == Fact(Strength.DOCUMENTED, row.source, row.date)
    assert stop.explicit_drain is None


def test_what_users_say_about_an_image_comes_first() -> None:
    own = read_program({"name": "ours", "image": "nginx", "default": 7})
    stop = stop_of({"image": "nginx:1.27"}, Programs([own]))
    assert stop.expected.drains.high == 7
    assert stop.expected.drain_fact == Fact(Strength.DECLARED, "the configuration", "")


@pytest.mark.parametrize("container", [case[0] for case in (*RUNS, *DRAINS)])
def test_warnings_do_not_stand_on_what_is_documented(container: dict[str, Any]) -> None:
    """The words of an image are in no command that rules see, and nothing could be set there."""
    stop = stop_of(container)
    place = stop.container.value.get("image").pointer
    for command in (stop.command, Stop(stop.container, DEFAULT).command):
        assert not command or all(word.value.pointer != place for word in command.words)
    drain = stop.drain
    assert drain is None or all(one.value.pointer != place for one in drain.settings)
