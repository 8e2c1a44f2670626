"""Read from a cluster with kubectl, which knows the way to it and who the user is.

Only GET requests for the paths of objects are made, so that a role with `get`, `list` and `watch`
is enough. Which cluster is asked, the command line and the user's own kubeconfig say.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from k8slint.errors import UsageError
from k8slint.outside.programs import (
    Crew,
    TimedOut,
    TooMuch,
    environment_with,
    find_program,
    follow_program,
    run_program,
)
from k8slint.outside.terminal import clipped, echoed
from k8slint.records import NamedTuple

# What a person needs to reach their own cluster: where kubectl is configured, the way through a
# network, and what the programs that fetch credentials for it read.
_NAMES = frozenset(
    {
        *("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "KUBECACHEDIR"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("USER", "LOGNAME", "USERNAME", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PROGRAMDATA"),
        *("PROGRAMFILES", "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "KRB5CCNAME"),
    }
)
_FAMILIES = (
    *("AWS_", "GOOGLE_", "GCP_", "CLOUDSDK_", "GKE_", "AZURE_", "ARM_", "AAD_", "OCI_"),
    *("DIGITALOCEAN_", "LINODE_", "VULTR_", "HCLOUD_", "OS_", "IBMCLOUD_", "ALIBABA_CLOUD_"),
    *("TELEPORT_", "TSH_", "VAULT_", "XDG_"),
)
# Seconds that an answer may take, and until a kubectl that does not keep to that is killed.
_PATIENCE = 60
_MERCY = 10
# Seconds after which the server ends a watch, which is then resumed.
WATCHED = 300
# The largest object that etcd takes has 1.5 MiB; a line of a watch is one in JSON.
_MOST_LINE = 8_000_000
_MOST_SAID = 500
# Not the working folder, which may be a stranger's repository.
_FOLDER = Path(os.sep).absolute()
_SERVER_SAID = re.compile(r"Error from server \((\w{1,50})\): ")


class KubectlFailed(Exception):
    """kubectl failed; the text is its message, `reason` that of the API server, if it said one."""

    def __init__(self, text: str, reason: str = "") -> None:
        super().__init__(text)
        self.reason = reason

    @property
    def is_forbidden(self) -> bool:
        return self.reason == "Forbidden"

    @property
    def is_missing(self) -> bool:
        """Whether the server has no such kind."""
        return self.reason == "NotFound"

    @property
    def is_expired(self) -> bool:
        """Whether the server no longer knows the version to go on from (410)."""
        return self.reason in ("Expired", "Gone")


class Kubectl(NamedTuple):
    """A kubectl for one context; an empty one is the kubeconfig's current context."""

    program: str
    context: str
    environment: Mapping[str, str]
    crew: Crew

    def get(self, path: str, **query: str | int) -> Any:
        """Return what the API server answers. Raises KubectlFailed, and Ended."""
        printed = self._run("get", "--raw", _url(path, query))
        try:
            return json.loads(printed)
        except (ValueError, RecursionError):
            raise KubectlFailed(f"{path}: the answer is not JSON") from None

    def watch(self, path: str, **query: str | int) -> Iterator[Any]:
        """Yield the events of a watch as they come. Raises KubectlFailed, and Ended."""
        query = {"watch": 1, "timeoutSeconds": WATCHED, **query}
        words = self._words(WATCHED + _PATIENCE, "get", "--raw", _url(path, query))
        timeout = WATCHED + _PATIENCE + _MERCY
        lines = follow_program(
            words, _FOLDER, self.environment, timeout, self.crew, longest=_MOST_LINE
        )
        done = None
        try:
            while True:
                yield json.loads(next(lines))
        except StopIteration as end:
            done = end.value
        except (ValueError, RecursionError):
            raise KubectlFailed(f"{path}: an event is not JSON") from None
        except TimedOut:
            raise KubectlFailed(f"kubectl did not end its watch within {timeout} s") from None
        except TooMuch:
            raise KubectlFailed(f"{path}: an event has more than {_MOST_LINE} bytes") from None
        except OSError as error:
            raise KubectlFailed(f"kubectl: {error.strerror or error}") from None
        finally:
            lines.close()
        if done and done.returncode:
            raise _failed(done.stderr)

    def namespace(self) -> str:
        """Return the namespace of the context. Raises UsageError where there is none to know."""
        words = ("config", "view", "--minify", "--output=jsonpath={..namespace}")
        try:
            return self._run(*words).decode("utf-8", "replace").strip() or "default"
        except KubectlFailed as error:
            raise UsageError(f"{error}; name a namespace with -n, or all with -A") from None

    def _run(self, *words: str) -> bytes:
        command = self._words(_PATIENCE, *words)
        try:
            # kubectl ends by itself at _PATIENCE, and says why.
            timeout = _PATIENCE + _MERCY
            done = run_program(command, _FOLDER, self.environment, timeout, crew=self.crew)
        except TimedOut:
            raise KubectlFailed(f"kubectl did not answer within {_PATIENCE} s") from None
        except TooMuch:
            raise KubectlFailed("kubectl printed more than 64 MB") from None
        except OSError as error:
            raise KubectlFailed(f"kubectl: {error.strerror or error}") from None
        if done.returncode:
            raise _failed(done.stderr)
        return done.stdout

    def _words(self, timeout: int, *words: str) -> list[str]:
        context = [f"--context={self.context}"] if self.context else []
        return [self.program, *words, *context, f"--request-timeout={timeout}s"]


def find_kubectl(context: str | None, crew: Crew) -> Kubectl:
    """Return the kubectl of the PATH. Raises UsageError if there is none."""
    here = _here()
    program = find_program("kubectl", here)
    if program is None:
        raise UsageError("kubectl is not on the PATH, or only in or below the working folder")
    environment = environment_with(lambda name: name in _NAMES or name.startswith(_FAMILIES), here)
    if files := environment.get("KUBECONFIG"):  # It is run in another folder.
        paths = [str(Path(file).absolute()) for file in files.split(os.pathsep) if file]
        environment["KUBECONFIG"] = os.pathsep.join(paths)
    # Aliases and defaults of the user's kuberc would change what `get` means.
    return Kubectl(program, context or "", {**environment, "KUBECTL_KUBERC": "false"}, crew)


def _here() -> tuple[str, ...]:
    """Return the working folder, which may be a stranger's repository; none where it cannot be."""
    here = Path.cwd()
    home = os.path.expanduser("~")  # noqa: PTH111 - Path raises where there is none
    is_own = str(here) in (here.anchor, os.path.realpath(home))
    return () if is_own else (str(here),)


def namespace_for(kubectl: Kubectl, named: str | None, *, everywhere: bool) -> str:
    """Return the namespace that a call is about; empty for all. Raises UsageError."""
    if everywhere and named:
        raise UsageError("--namespace names one namespace, --all-namespaces all: drop one of them")
    if everywhere:
        return ""
    name = named or kubectl.namespace()
    # It becomes part of a path of the API server.
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name):
        raise UsageError(f"{echoed(name)} is not the name of a namespace")
    return name


def _url(path: str, query: Mapping[str, str | int]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _failed(stderr: bytes) -> KubectlFailed:
    """Return the last line that kubectl printed as an error."""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    said = lines[-1].strip() if lines else "kubectl failed and printed no reason"
    found = _SERVER_SAID.match(said)
    return KubectlFailed(clipped(said, _MOST_SAID), found[1] if found else "")
