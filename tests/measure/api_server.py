"""A small API server: it lists and watches pods and events, and fails in every way asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, RLock, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

BOOKMARK = "BOOKMARK"


# What a test cluster can hold: group and version, kind, plural, and whether it has a namespace.
RESOURCES = (
    ("v1", "Pod", "pods", True),
    ("v1", "Service", "services", True),
    ("v1", "ConfigMap", "configmaps", True),
    ("v1", "Secret", "secrets", True),
    ("v1", "Namespace", "namespaces", False),
    ("apps/v1", "Deployment", "deployments", True),
    ("apps/v1", "ReplicaSet", "replicasets", True),
    ("batch/v1", "Job", "jobs", True),
    ("argoproj.io/v1alpha1", "Rollout", "rollouts", True),
    ("argoproj.io/v1alpha1", "Workflow", "workflows", True),
    ("example.com/v1", "Deployment", "deployments", True),
)


VERSIONS = {version for version, *_ in RESOURCES}


class Stored(NamedTuple):
    """What happened to an object, at which version; `plural` is that of its kind."""

    version: int
    plural: str
    what: str
    found: Any


class ApiServer(ThreadingHTTPServer):
    """Serves what a test puts into it.

    `forbidden` holds plurals that nobody may read. `oldest` is the oldest version a watch may go
    on from; `drops` are the plurals whose watch is cut off, once it got all until `dropped_at`.
    `stale_lists` counts pages that expire, `asked` are the requests.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.changed = Condition(RLock())
        self.version = 100
        self.objects: dict[tuple[str, str], Any] = {}
        self.history: list[Stored] = []
        self.forbidden: set[str] = set()
        self.oldest = 0
        self.sends_gone_as_event = False
        self.drops: set[str] = set()
        self.dropped_at = 0
        self.stale_lists = 0
        self.cuts_line = False
        self.asked: list[str] = []
        self.is_over = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def put(self, plural: str, found: Any) -> None:
        """Store an object, and tell all who watch."""
        with self.changed:
            key = plural, found["metadata"]["uid"]
            self._store("MODIFIED" if key in self.objects else "ADDED", plural, found)

    def remove(self, plural: str, found: Any) -> None:
        with self.changed:
            self._store("DELETED", plural, found)

    def bookmark(self, plural: str) -> None:
        with self.changed:
            self._store(BOOKMARK, plural, {"kind": "Pod", "metadata": {"uid": ""}})

    def drop(self, *plurals: str) -> None:
        """Cut off who watches some kinds, once they have all that there is by now."""
        with self.changed:
            self.drops |= {*plurals}
            self.dropped_at = self.version
            self.changed.notify_all()

    def forget(self) -> None:
        """Know no version from before any more, and cut off all who watch."""
        with self.changed:
            self.drop("pods")
            self.version += 10
            self.oldest = self.version

    def _store(self, what: str, plural: str, found: Any) -> None:
        self.version += 1
        found = deepcopy(found)
        found["metadata"]["resourceVersion"] = str(self.version)
        key = plural, found["metadata"]["uid"]
        if what == "DELETED":
            self.objects.pop(key, None)
        elif what != BOOKMARK:
            self.objects[key] = found
        self.history.append(Stored(self.version, plural, what, found))
        self.changed.notify_all()


class Handler(BaseHTTPRequestHandler):
    """Answers as the API server does, a line for each event of a watch."""

    protocol_version = "HTTP/1.1"
    server: ApiServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        *above, plural = url.path.strip("/").split("/")
        *_, before, namespace = ("", "", *above)
        namespace = namespace if before == "namespaces" else ""
        self.server.asked.append(self.path)
        if plural in self.server.forbidden:
            what = f'{plural} is forbidden: User "eve" cannot list resource "{plural}"'
            self.answer(403, status(403, "Forbidden", what))
        elif plural == "version":  # Some builds of kubectl choose another of theirs by it.
            self.answer(200, {"major": "1", "minor": "32", "gitVersion": "v1.32.4"})
        elif plural == "apis" or url.path.strip("/").partition("/")[2] in VERSIONS:
            self.discover(url.path.strip("/").partition("/")[2])
        elif "watch" in query:
            self.watch(plural, namespace, query)
        else:
            self.list(plural, namespace, query)

    def list(self, plural: str, namespace: str, query: dict[str, str]) -> None:
        with self.server.changed:
            if "continue" in query and self.server.stale_lists:
                self.server.stale_lists -= 1
                self.answer(410, status(410, "Expired", "The provided continue parameter is old"))
                return
            found = [
                {key: part for key, part in one.items() if key not in ("kind", "apiVersion")}
                for (kind, _), one in sorted(self.server.objects.items())
                if kind == plural and is_in(one, namespace)
            ]
            first, limit = int(query.get("continue", 0)), int(query["limit"])
            more = str(first + limit) if first + limit < len(found) else ""
            version = str(self.server.version)
        page = found[first : first + limit]
        metadata = {"resourceVersion": version, "continue": more}
        self.answer(200, {"kind": "List", "metadata": metadata, "items": page})

    def discover(self, version: str) -> None:
        """Say which groups there are, or what is in one."""
        groups = [
            {"name": one.partition("/")[0], "preferredVersion": {"groupVersion": one}}
            for one in sorted(VERSIONS - {"v1"})
        ]
        resources = [
            {"name": name, "kind": kind, "namespaced": scoped, "verbs": ["get", "list", "watch"]}
            for within, kind, plural, scoped in RESOURCES
            for name in (plural, f"{plural}/status")
            if within == version
        ]
        self.answer(200, {"resources": resources} if version else {"groups": groups})

    def watch(self, plural: str, namespace: str, query: dict[str, str]) -> None:
        server, since = self.server, int(query["resourceVersion"])
        gone = status(410, "Expired", "too old resource version")
        if since < server.oldest and not server.sends_gone_as_event:
            self.answer(410, gone)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if since < server.oldest:
            self.event("ERROR", gone)
            self.wfile.write(b"0\r\n\r\n")
            return
        while not server.is_over:
            with server.changed:
                is_cut = plural in server.drops
                last = server.dropped_at if is_cut else server.version
                news = [one for one in server.history if since < one.version <= last]
                if not news and is_cut:
                    server.drops.remove(plural)
                    self.cut()
                    return
                if not news:
                    server.changed.wait(0.5)
                    continue
            for one in news:
                since = one.version
                if one.plural == plural and is_in(one.found, namespace):
                    self.event(one.what, one.found)

    def cut(self) -> None:
        """Close the connection without an end, as a network does."""
        if self.server.cuts_line:
            self.chunk(b'{"type": "MODIFIED", "obj')
        self.close_connection = True

    def event(self, what: str, found: Any) -> None:
        self.chunk(json.dumps({"type": what, "object": found}).encode() + b"\n")

    def chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def answer(self, code: int, found: Any) -> None:
        data = json.dumps(found).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def is_in(found: Any, namespace: str) -> bool:
    return not namespace or found["metadata"].get("namespace", namespace) == namespace


def status(code: int, reason: str, message: str) -> dict[str, Any]:
    """An error as the API server sends it."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }


@contextmanager
def api_server() -> Iterator[ApiServer]:
    """Serve on a free port of this machine until the test is over."""
    with ApiServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            with server.changed:
                server.is_over = True
                server.changed.notify_all()
            server.shutdown()
