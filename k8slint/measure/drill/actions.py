"""What hooks and probes do, read from a manifest so that it can be done on this machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from ipaddress import ip_address
from socket import SOCK_STREAM, getaddrinfo
from typing import TypeAlias
from urllib.parse import urlsplit

from k8slint.errors import UsageError
from k8slint.kubernetes.handlers import Handler
from k8slint.kubernetes.workload import Container, Hook, Probe
from k8slint.manifest.scalars import as_int64
from k8slint.manifest.values import Value
from k8slint.outside.terminal import echoed
from k8slint.records import NamedTuple
from k8slint.shutdown.hook import read_hook
from k8slint.shutdown.seconds import format_number

_HOST = "localhost"
_PORTS = {"http": 80, "https": 443}


class HttpAction(NamedTuple):
    """A request with GET."""

    scheme: str
    host: str
    port: int
    path: str
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"GET {self.scheme}://{host}:{self.port}{self.path}"


class TcpAction(NamedTuple):
    """A connection that is opened and closed."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"connect to {self.host}:{self.port}"


class ExecAction(NamedTuple):
    """A command that runs where the application runs."""

    command: tuple[str, ...]

    def __str__(self) -> str:
        return f"run {shlex.join(self.command)}"


class GrpcAction(NamedTuple):
    """A question to the health service of gRPC."""

    host: str
    port: int
    service: str

    def __str__(self) -> str:
        return f"ask the gRPC health service at {self.host}:{self.port}"


class SleepAction(NamedTuple):
    """A pause that needs nothing from the application."""

    seconds: int

    def __str__(self) -> str:
        return f"sleep {format_number(self.seconds)} s"


class FailingAction(NamedTuple):
    """What the kubelet cannot do, so that it fails at once."""

    why: str

    def __str__(self) -> str:
        return f"fails at once: {self.why}"


HandlerAction: TypeAlias = (
    HttpAction | TcpAction | ExecAction | GrpcAction | SleepAction | FailingAction
)


def action_of_url(option: str, url: str) -> HttpAction:
    """Return the request that an option names. Raises UsageError."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise UsageError(f"{option}: {echoed(url)} is not a URL: {error}") from None
    if not port or not parts.hostname:
        raise UsageError(
            f"{option}: {echoed(url)} is not a URL such as http://localhost:8080/slow"
        )
    query = f"?{parts.query}" if parts.query else ""
    path = f"{parts.path or '/'}{query}"
    if not path.isascii() or not path.isprintable() or " " in path:
        raise UsageError(f"{option}: {echoed(url)} has characters that must be percent-encoded")
    return HttpAction(parts.scheme, _local(parts.hostname, option), port, path)


def action_of_hook(hook: Hook) -> HandlerAction:
    """Return what a preStop hook does, as the kubelet does it. Raises UsageError.

    Source: `handlerRunner.Run` in `pkg/kubelet/lifecycle/handlers.go` of Kubernetes 1.37.2.
    """
    match hook.handlers:
        case ("sleep",) if hook.sleep.number is not None:
            return SleepAction(max(hook.sleep.number, 0))
        case ("exec",) if hook.command:
            return ExecAction(hook.command)
        case ("httpGet",):
            where = hook.value.get("httpGet")
            on_host = hook.container.pod.spec.get("hostNetwork").scalar is True
            if on_host and not where.get("host").text:
                return FailingAction("a pod with hostNetwork has no address of its own; set host")
            return _http(where, hook.container, "preStop httpGet")
        case ("tcpSocket",):
            return FailingAction("the kubelet runs no tcpSocket hook")
    raise UsageError("the preStop hook is not fully written, so it cannot be run")


def refuse_process_1(hook: Hook) -> None:
    """Raise UsageError for a command that signals process 1: here that is the machine's own."""
    reading = read_hook(hook) if hook.handlers == ("exec",) else None
    if reading and any(signal.pid == 1 for signal in reading.signals):
        raise UsageError(
            "the preStop hook signals process 1, which outside of a container is that of this "
            "machine: use --docker IMAGE"
        )


def action_of_probe(probe: Probe, container: Container) -> HandlerAction:
    """Return what a probe does. Raises UsageError."""
    value = probe.value
    if value.get("httpGet").is_written:
        return _http(value.get("httpGet"), container, f"{probe.name} httpGet")
    if value.get("tcpSocket").is_written:
        where = value.get("tcpSocket")
        host = _local(where.get("host").text or _HOST, f"{probe.name} tcpSocket")
        return TcpAction(host, _port(where.get("port"), container))
    if value.get("grpc").is_written:
        where = value.get("grpc")
        port = _port(where.get("port"), container)
        return GrpcAction(_HOST, port, where.get("service").text or "")
    if command := Handler(value).command:
        return ExecAction(command)
    raise UsageError(f"the {probe.name} is not fully written: use --ready URL")


def _http(where: Value, container: Container, name: str) -> HttpAction:
    path = where.get("path").text or "/"
    headers = tuple(
        (item.get("name").text or "", item.get("value").text or "")
        for item in where.get("httpHeaders").items()
    )
    host = _local(where.get("host").text or _HOST, name)
    scheme = (where.get("scheme").text or "HTTP").lower()
    path = path if path.startswith("/") else f"/{path}"
    return HttpAction(scheme, host, _port(where.get("port"), container), path, headers)


def _port(value: Value, container: Container) -> int:
    """Return a port by its number or by its name among those of the container."""
    number = as_int64(value.scalar)
    if number is None:
        named = (
            as_int64(item.get("containerPort").scalar)
            for item in container.value.get("ports").items()
            if item.get("name").text == value.text
        )
        number = next(named, None)
    if number is None and re.fullmatch(r"[0-9]{1,5}", text := value.text or ""):
        number = int(text)
    if number is None or not 0 < number < 65536:
        raise UsageError(
            f"container {echoed(container.name)} has no port {echoed(value.text or '')}"
        )
    return number


def _local(host: str, what: str) -> str:
    """Return a host of this machine; a drill sends nothing to any other. Raises UsageError."""
    if not local_addresses(host):
        raise UsageError(
            f"{what}: {echoed(host)} is not this machine: a drill sends to localhost only"
        )
    return host


def local_addresses(host: str) -> Sequence[str]:
    """Return the addresses of a host if all are of this machine; none otherwise."""
    try:
        found = [str(one[4][0]) for one in getaddrinfo(host, None, type=SOCK_STREAM)]
    except (OSError, UnicodeError):
        return ()
    return found if all(ip_address(one).is_loopback for one in found) else ()
