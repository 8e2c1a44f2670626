"""An API server with etcd in one folder, and a person who may do what the recipe's role allows."""

from __future__ import annotations

import json
import re
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.kubelet.node import end, start, wait
from tests.places import ROOT

NEEDS = "apt-get install etcd-server, kubectl and openssl"
ETCD, ETCD_PEER, SERVER = 21_379, 21_380, 21_443
RBAC = "/apis/rbac.authorization.k8s.io/v1"


class ControlPlane(NamedTuple):
    """Where the API server is, and the folder with a kubeconfig for each person."""

    folder: Path
    url: str

    def kubeconfig(self, person: str) -> Path:
        """Return the kubeconfig of `admin`, or of `observer`, who has only the recipe's role."""
        path = self.folder / f"{person}.kubeconfig"
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "clusters": [
                {"name": "here", "cluster": {"server": self.url, "insecure-skip-tls-verify": True}}
            ],
            "users": [{"name": person, "user": {"token": person}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": person}}],
        }
        path.write_text(json.dumps(config), encoding="utf-8")
        return path

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer to an admin; None where there is no such object."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": "Bearer admin", "Content-Type": "application/json"},
        )
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        try:
            with urllib.request.urlopen(request, context=trusting) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def is_ready(self) -> bool:
        try:
            return self.ask("GET", "/api/v1/namespaces/default") is not None
        except (OSError, ValueError):
            return False


def missing_program() -> str:
    """Return a program that is needed and not there; empty if all are."""
    programs = ("etcd", "openssl", "kubectl")
    return next((name for name in programs if not shutil.which(name)), "")


@contextmanager
def running_control_plane(folder: Path, server: Path) -> Iterator[ControlPlane]:
    """Start etcd and an API server, and give the observer the role of docs/recipes/observe.md."""
    folder.mkdir()
    plane = ControlPlane(folder, f"https://127.0.0.1:{SERVER}")
    key = folder / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    (folder / "tokens").write_text('admin,admin,1,"system:masters"\nobserver,observer,2\n')
    here, peer = f"http://127.0.0.1:{ETCD}", f"http://127.0.0.1:{ETCD_PEER}"
    started = [
        start(
            *(folder, "etcd", "etcd", "--data-dir", str(folder / "etcd")),
            *("--listen-client-urls", here, "--advertise-client-urls", here),
            *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
            *("--initial-cluster", f"default={peer}"),
        )
    ]
    try:
        started.append(
            start(
                *(folder, "apiserver", str(server), "--etcd-servers", here),
                *("--bind-address", "127.0.0.1", "--secure-port", str(SERVER)),
                *("--cert-dir", str(folder / "certs"), "--authorization-mode", "RBAC"),
                *("--token-auth-file", str(folder / "tokens")),
                *("--service-account-issuer", "https://here.test"),
                *("--service-account-key-file", str(key)),
                *("--service-account-signing-key-file", str(key)),
                *("--disable-admission-plugins", "ServiceAccount"),
            )
        )
        wait(90, "the API server", plane.is_ready)
        give_role(plane)
        yield plane
    finally:
        for process in reversed(started):
            end(process)


def give_role(plane: ControlPlane) -> None:
    page = (ROOT / "docs" / "recipes" / "observe.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(apiVersion: rbac.*?)```", page, re.DOTALL)
    role, binding = yaml.safe_load_all(text)
    person = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "observer"}
    plane.ask("POST", f"{RBAC}/clusterroles", role)
    plane.ask("POST", f"{RBAC}/clusterrolebindings", {**binding, "subjects": [person]})
