"""The steps of a drill: what a manifest asks for is done as the kubelet does it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any, ClassVar, Self

import pytest

from k8slint.errors import UsageError
from k8slint.measure.drill.actions import (
    ExecAction,
    FailingAction,
    GrpcAction,
    HandlerAction,
    HttpAction,
    SleepAction,
    TcpAction,
    action_of_hook,
    action_of_url,
)
from k8slint.measure.drill.hook import HookEnd, run_hook
from k8slint.measure.drill.http import connection_to, reach
from k8slint.measure.drill.plan import DrillPlan, plan_alone, plan_for, signal_number
from k8slint.measure.drill.ready import ReadyCheck, ready_check_of, refuse_taken, wait_until_ready
from k8slint.outside.app import AppProcess
from k8slint.shutdown.triggers import TRIGGERS_BY_NAME
from tests.pods import shutdown_of

pytestmark = pytest.mark.skipif(os.name == "nt", reason="drill needs the signals of Unix")

PORTS = [{"name": "web", "containerPort": 8080}, {"containerPort": 9000}]


def container_with(**written: Any) -> Any:
    pod = {
        "hostNetwork": written.pop("hostNetwork", None),
        "containers": [{"name": "app", "image": "x", "ports": PORTS, **written}],
    }
    return shutdown_of({}, pod=pod).pod.main[0]


PROBES: Mapping[str, tuple[dict[str, Any], ReadyCheck]] = {
    "defaults": (
        {"httpGet": {"port": "web"}},
        ReadyCheck(HttpAction("http", "localhost", 8080, "/"), 0, 10, 1, 1),
    ),
    "all that can be written": (
        {
            "httpGet": {
                "port": 81,
                "path": "ready",
                "host": "127.0.0.1",
                "scheme": "HTTPS",
                "httpHeaders": [{"name": "Host", "value": "shop"}],
            },
            "initialDelaySeconds": 3,
            "periodSeconds": 4,
            "timeoutSeconds": 5,
            "successThreshold": 6,
        },
        ReadyCheck(
            HttpAction("https", "127.0.0.1", 81, "/ready", (("Host", "shop"),)), 3, 4, 5, 6
        ),
    ),
    "numbers that no API server takes": (
        {
            "tcpSocket": {"port": "9000"},
            "initialDelaySeconds": -3,
            "periodSeconds": 0,
            "timeoutSeconds": 2**31,
            "successThreshold": -1,
        },
        ReadyCheck(TcpAction("localhost", 9000), 0, 10, 1, 1),
    ),
    "tcp": ({"tcpSocket": {"port": 9000}}, ReadyCheck(TcpAction("localhost", 9000), 0, 10)),
    "exec": ({"exec": {"command": ["a", "b"]}}, ReadyCheck(ExecAction(("a", "b")), 0, 10)),
    "grpc": (
        {"grpc": {"port": 9000, "service": "shop"}},
        ReadyCheck(GrpcAction("localhost", 9000, "shop"), 0, 10),
    ),
}


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_is_read_as_the_kubelet_reads_it(name: str) -> None:
    written, check = PROBES[name]
    assert ready_check_of(container_with(readinessProbe=written)) == check
    assert ready_check_of(container_with(livenessProbe=written)) is None


HOOKS: Mapping[str, tuple[dict[str, Any], HandlerAction]] = {
    "sleep": ({"sleep": {"seconds": 3}}, SleepAction(3)),
    "exec": ({"exec": {"command": ["sleep", "3"]}}, ExecAction(("sleep", "3"))),
    "httpGet": (
        {"httpGet": {"port": "web", "path": "/stop?now"}},
        HttpAction("http", "localhost", 8080, "/stop?now"),
    ),
    "tcpSocket": (
        {"tcpSocket": {"port": 1}},
        FailingAction("the kubelet runs no tcpSocket hook"),
    ),
}


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_read_as_the_kubelet_reads_it(name: str) -> None:
    written, action = HOOKS[name]
    assert action_of_hook(container_with(lifecycle={"preStop": written}).pre_stop) == action


def test_a_request_of_a_hook_fails_on_the_network_of_the_node() -> None:
    """The kubelet does not know the pod's address there (kubernetes#134285)."""
    for host, is_sent in (("", False), ("127.0.0.1", True)):
        hook = {"httpGet": {"port": 80, **({"host": host} if host else {})}}
        container = container_with(lifecycle={"preStop": hook}, hostNetwork=True)
        assert isinstance(action_of_hook(container.pre_stop), HttpAction) is is_sent


class Asked(BaseHTTPRequestHandler):
    """Answers with the next status, and a last one for ever; notes what it was asked."""

    statuses: ClassVar[list[int]]
    requests: ClassVar[list[tuple[str, Mapping[str, str]]]]
    delay = threading.Event()

    def do_GET(self) -> None:
        self.requests.append((self.path, dict(self.headers.items())))
        if self.path == "/slow":
            self.delay.wait(5)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[type[Asked], int]]:
    class Fresh(Asked):
        statuses: ClassVar = [200]
        requests: ClassVar = []
        delay = threading.Event()

    made = HTTPServer(("127.0.0.1", 0), Fresh)
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    yield Fresh, made.server_port
    Fresh.delay.set()
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def app() -> Iterator[AppProcess]:
    with AppProcess(["sleep", "60"], os.environ) as one:
        yield one


def test_it_waits_for_as_many_successes_as_the_probe_wants(
    server: tuple[type[Asked], int], app: AppProcess
) -> None:
    asked, port = server
    asked.statuses = [500, 200, 404, 399, 200, 500]
    headers = (("Host", "shop"), ("X-Own", "1"))
    action = HttpAction("http", "localhost", port, "/ready", headers)
    wait_until_ready(app, ReadyCheck(action, 0, 0.01, 5, 2), 30)
    assert len(asked.requests) == 5
    assert {path for path, _ in asked.requests} == {"/ready"}
    given = asked.requests[0][1]
    assert (given["Host"], given["X-Own"]) == ("shop", "1")
    wait_until_ready(app, ReadyCheck(TcpAction("localhost", port)), 30)
    with pytest.raises(UsageError, match=r"localhost:\d+ is taken by another program"):
        refuse_taken(action)


# A thread that starts blocks every signal for a moment, and so does this loop for a longer one.
FLICKERS = """
print()
while True:
    signal.pthread_sigmask(signal.SIG_BLOCK, {SIGTERM}), time.sleep(0.002)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {SIGTERM}), time.sleep(0.006)"""
HEARING = {
    "": False,
    FLICKERS: False,
    "signal.signal(SIGTERM, print)": True,
    "signal.signal(SIGTERM, signal.SIG_IGN)": True,
    "signal.pthread_sigmask(signal.SIG_BLOCK, {SIGTERM})": True,
}


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("how", HEARING)
def test_process_1_hears_what_it_handles_ignores_or_keeps_blocked(how: str) -> None:
    program = f"import signal, time\nfrom signal import SIGTERM\n{how}\nprint()\ntime.sleep(60)"
    with AppProcess([sys.executable, "-uc", program], os.environ) as app:
        while not app.lines:
            threading.Event().wait(0.01)
        for _ in range(20):
            threading.Event().wait(0.013)
            assert app.hears(signal.SIGTERM) == HEARING[how]


EXECS = {
    ("test", "1", "=", "1"): "",
    ("test", "1", "=", "2"): "exit code 1",
    ("/nowhere",): "No such file or directory",
    ("sleep", "9"): "no end after 0.1 s",
}


@pytest.mark.parametrize("command", EXECS)
def test_a_command_says_whether_it_is_ready(app: AppProcess, command: tuple[str, ...]) -> None:
    check = ReadyCheck(ExecAction(command), 0, 0.01, 5 if command[0] == "test" else 0.1)
    if EXECS[command]:
        with pytest.raises(UsageError, match=EXECS[command]):
            wait_until_ready(app, check, 0.2)
    else:
        wait_until_ready(app, check, 30)


@pytest.mark.parametrize(
    ("answer", "why"), [(b"\x08\x01", ""), (b"\x08\x02", "not serving"), (None, "UNAVAILABLE")]
)
def test_the_health_service_of_grpc_is_asked(
    app: AppProcess, monkeypatch: pytest.MonkeyPatch, answer: bytes | None, why: str
) -> None:
    sent: list[bytes] = []

    class Refused(Exception):
        def code(self) -> Any:
            return SimpleNamespace(name="UNAVAILABLE")

    class Channel:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def unary_unary(self, path: str, *_: object) -> Callable[..., bytes]:
            assert path == "/grpc.health.v1.Health/Check"
            return self.call

        def call(self, request: bytes, timeout: float) -> bytes:
            sent.append(request)
            if answer is None:
                raise Refused
            return answer

    fake = SimpleNamespace(insecure_channel=lambda *_: Channel(), RpcError=Refused)
    monkeypatch.setitem(sys.modules, "grpc", fake)
    check = ReadyCheck(GrpcAction("localhost", 9, "shop"))
    if why:
        with pytest.raises(UsageError, match=why):
            wait_until_ready(app, check, 0.1)
    else:
        wait_until_ready(app, check, 30)
    assert sent[0] == b"\x0a\x04shop"


def test_without_the_library_grpc_is_a_mistake_of_the_call(
    app: AppProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(UsageError, match="install grpcio, or use --ready URL"):
        wait_until_ready(app, ReadyCheck(GrpcAction("localhost", 9, "")), 30)


def test_any_answer_to_a_hook_is_a_success(
    server: tuple[type[Asked], int], app: AppProcess
) -> None:
    asked, port = server
    asked.statuses = [500]
    run = run_hook(HttpAction("http", "localhost", port, "/stop"), app, 9)
    assert (run.end, run.why) == (HookEnd.DONE, "status 500")
    run = run_hook(HttpAction("http", "localhost", port, "/slow"), app, 0.1)
    assert (run.end, run.took) == (HookEnd.CUT, 0.1)
    run = run_hook(HttpAction("http", "localhost", 1, "/"), app, 9)
    assert (run.end, run.why) == (HookEnd.FAILED, "Connection refused")
    for path, headers in (("/\n", ()), ("/é", ()), ("/", (("X", "\n"),)), ("/", ((":", "x"),))):
        run = run_hook(HttpAction("http", "localhost", port, path, headers), app, 9)
        assert run.end is HookEnd.FAILED
    run = run_hook(FailingAction("so"), app, 9)
    assert (run.end, run.why) == (HookEnd.FAILED, "so")
    run = run_hook(ExecAction(("test", "1", "=", "2")), app, 9)
    assert (run.end, run.why) == (HookEnd.FAILED, "exit code 1")
    run = run_hook(ExecAction(("test", "\0")), app, 9)
    assert (run.end, run.why) == (HookEnd.FAILED, "test: embedded null byte")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_comes_to_mean_another_machine_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    found = ["127.0.0.1"]
    asked = []

    def look_up(host: str, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        return [(0, 0, 0, "", (one, 0)) for one in found]

    monkeypatch.setattr("k8slint.measure.drill.actions.getaddrinfo", look_up)
    monkeypatch.setattr("socket.getaddrinfo", None)  # Nothing else may look it up.
    action = action_of_url("--load", f"{scheme}://shop.test:81/")
    found[:] = ["127.0.0.1", "192.0.2.1"]
    with pytest.raises(OSError, match=r"shop\.test is not this machine any more"):
        connection_to(action, 9).connect()
    with pytest.raises(OSError, match=r"shop\.test is not this machine any more"):
        reach(action.host, action.port, 9)
    assert asked == ["shop.test"] * 3


def plan_of(**written: Any) -> DrillPlan:
    pod = {
        "terminationGracePeriodSeconds": 9,
        **written.pop("pod", {}),
        "containers": [{"name": "app", "image": "x", **written}],
    }
    shutdown = shutdown_of({}, pod=pod)
    signal = written.get("signal")
    return plan_for(shutdown, shutdown.pod.main[0], TRIGGERS_BY_NAME["delete"], 9, signal)


def test_a_plan_knows_what_the_manifest_says_of_the_process() -> None:
    env = [
        {"name": "LIMIT", "value": "5"},
        {"name": "PATH", "value": "/app"},
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},
    ]
    plan = plan_of(env=env)
    assert (plan.variables, plan.unset, plan.has_init) == ({"LIMIT": "5"}, ("KEY",), False)
    assert plan_of(pod={"shareProcessNamespace": True}).has_init


# The hook takes so long, of 9 s: when the signal is sent, and when SIGKILL.
ENDINGS = {None: (0, 9), 0.4: (0.4, 9.4), 3: (3, 9), 3.7: (3.7, 9.7), 8: (8, 10), 9: (9, 11)}


@pytest.mark.parametrize("took", ENDINGS)
def test_the_model_says_when_signals_are_sent(took: float | None) -> None:
    track = plan_of(lifecycle={"preStop": {"sleep": {"seconds": 1}}}).ending(took)
    assert (track.signalled_at.high, track.killed_at.high) == ENDINGS[took]


def test_a_sidecar_waits_as_long_as_the_others_can_take() -> None:
    sidecar = {"name": "proxy", "image": "x", "restartPolicy": "Always"}
    shutdown = shutdown_of(
        {}, pod={"terminationGracePeriodSeconds": 9, "initContainers": [sidecar]}
    )
    container = shutdown.sidecars[0].container
    track = plan_for(shutdown, container, TRIGGERS_BY_NAME["delete"], 9, None).ending(None)
    assert (track.signalled_at.high, track.killed_at.high) == (9, 11)


def test_signals_have_the_names_of_kubernetes() -> None:
    assert signal_number("SIGTERM") == 15
    if sys.platform == "linux":
        assert signal_number("SIGRTMIN+3") == 37
    assert plan_alone(TRIGGERS_BY_NAME["now"], 30, None, "QUIT").signal == "SIGQUIT"
    assert plan_alone(TRIGGERS_BY_NAME["now"], 30, None, "QUIT").grace == 1
