"""Requests to the application of a drill."""

from __future__ import annotations

import socket
import ssl
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead

from k8slint.measure.drill.actions import HttpAction, local_addresses

# What a request may fail with: no connection, no answer, none that is HTTP, or a path or a header
# that cannot be sent.
FAILURES = (OSError, HTTPException, ValueError)
_AT_ONCE = 1 << 16


class _Connection(HTTPConnection):
    """A connection to this machine, whatever its name means when it is opened."""

    def connect(self) -> None:
        self.sock = _open(self.host, self.port, self.timeout)


class _SecureConnection(_Connection):
    """One whose certificate is not checked, as a kubelet does not."""

    default_port = 443

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def connection_to(action: HttpAction, timeout: float) -> HTTPConnection:
    """Return a connection that is not open yet."""
    kind = _SecureConnection if action.scheme == "https" else _Connection
    return kind(action.host, action.port, timeout=timeout)


def ask(connection: HTTPConnection, action: HttpAction, agent: str, *, last: bool) -> int:
    """Send a request and read the answer to its end; return its status.

    Raises what `FAILURES` lists. `last` asks the server to close the connection after it.
    """
    given = {name.lower() for name, _ in action.headers}
    connection.putrequest("GET", action.path, skip_host="host" in given, skip_accept_encoding=True)
    defaults = {"user-agent": agent, "accept": "*/*"}
    if last:
        defaults["connection"] = "close"
    for name, text in (*(one for one in defaults.items() if one[0] not in given), *action.headers):
        connection.putheader(name, text)
    connection.endheaders()
    response = connection.getresponse()
    read_out(response)
    return response.status


def reason_of(error: Exception) -> str:
    """Return in words why a request failed."""
    return getattr(error, "strerror", None) or f"{error}" or type(error).__name__


def read_out(response: HTTPResponse) -> None:
    """Read an answer to its end, and keep nothing of it. Raises IncompleteRead."""
    while response.read(_AT_ONCE):
        pass
    if response.length:
        raise IncompleteRead(b"", response.length)


def reach(host: str, port: int, timeout: float) -> None:
    """Open a connection to this machine and close it. Raises OSError."""
    _open(host, port, timeout).close()


def _open(host: str, port: int, timeout: float | None) -> socket.socket:
    """Open a connection; a name that has come to mean another machine is not followed."""
    error = OSError(f"{host} is not this machine any more")
    for address in local_addresses(host):
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as reason:
            error = reason
    raise error
