"""The hooks of `.pre-commit-hooks.yaml`, run by pre-commit in a repository that asks for them.

pre-commit installs the hook from a package registry, so that this needs a network besides git.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import make
from tests.manifests import CLEAN, ERROR, FIXED, INFO, WARNING
from tests.places import ROOT

ROLES = ("AUTHOR", "COMMITTER")
NO_SOURCE = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "build", "dist")
CONFIG = """\
repos:
- repo: {repository}
  rev: {revision}
  hooks:
  - id: {hook}
    args: {arguments}
"""


@pytest.fixture
def git(need: Callable[[str], str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`git("add", ".", cwd=folder)`, in no way that this machine's git is set up."""
    program = need("git")
    who = {f"GIT_{role}_{what}": f"a@{what}" for role in ROLES for what in ("NAME", "EMAIL")}
    env = os.environ | who | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

    def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        command = [program, *arguments]
        return subprocess.run(
            command, cwd=cwd, env=env, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps what it installed, for all tests here."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def commit(
    tmp_path: Path,
    home: Path,
    git: Callable[..., subprocess.CompletedProcess[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`commit("k8slint")` commits all there is in a repository with this hook."""
    hooks = home / "k8slint"
    if not hooks.exists():
        shutil.copytree(ROOT, hooks, ignore=NO_SOURCE)
        for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "all")):
            done = git(*arguments, cwd=hooks)
            assert done.returncode == 0, done.stderr
    revision = git("rev-parse", "HEAD", cwd=hooks).stdout.strip()
    monkeypatch.setenv("PRE_COMMIT_HOME", str(home / "cache"))
    git("init", "-q", cwd=tmp_path)

    def run(hook: str, arguments: str = "[]") -> subprocess.CompletedProcess[str]:
        config = CONFIG.format(repository=hooks, revision=revision, hook=hook, arguments=arguments)
        make(tmp_path, {".pre-commit-config.yaml": config})
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "install"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        git("add", ".", cwd=tmp_path)
        return git("commit", "-m", "a change", cwd=tmp_path)

    return run


def test_a_commit_of_a_finding_is_refused(
    tmp_path: Path, commit: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    make(tmp_path, {"deploy/web.yaml": ERROR, "deploy/api.yaml": CLEAN})
    done = commit("k8slint")
    assert done.returncode == 1, done.stderr
    assert "GS001" in done.stderr
    assert "deploy/web.yaml:12:20" in done.stderr
    assert "api.yaml" not in done.stderr
    assert (tmp_path / "deploy/web.yaml").read_text() == ERROR


def test_what_is_repaired_passes_with_the_next_commit(
    tmp_path: Path, commit: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    make(tmp_path, {"web.yaml": ERROR, "notes.txt": ERROR})
    done = commit("k8slint-fix")
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stderr
    assert (tmp_path / "web.yaml").read_text() == FIXED
    assert (tmp_path / "notes.txt").read_text() == ERROR
    done = commit("k8slint-fix")
    assert done.returncode == 0, done.stderr


def test_arguments_and_configuration_are_heard(
    tmp_path: Path, commit: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """The paths come from pre-commit, and are left out all the same where the file says so."""
    config = "exclude: [vendor/]\n"
    make(tmp_path, {".k8slint.yaml": config, "vendor/web.yaml": ERROR, "pod.yaml": INFO})
    assert commit("k8slint").returncode == 0
    make(tmp_path, {"pod.yaml": WARNING})
    done = commit("k8slint", "[--fail-on, error]")
    assert done.returncode == 0, done.stderr


def test_files_of_other_commits_are_context(
    tmp_path: Path, commit: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    make(tmp_path, {"traffic.yaml": TRAFFIC})
    assert commit("k8slint").returncode == 0
    make(tmp_path, {"web.yaml": DEPLOYMENT})
    assert commit("k8slint").returncode == 0
    make(tmp_path, {"web.yaml": f"# Changed.\n{DEPLOYMENT}"})
    done = commit("k8slint", "[--context, .]")
    assert done.returncode == 1
    assert "Service web" in done.stderr
    assert "web.yaml" in done.stderr


TRAFFIC = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  defaultBackend: {service: {name: web, port: {number: 80}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        ports: [{containerPort: 8080}]
"""
