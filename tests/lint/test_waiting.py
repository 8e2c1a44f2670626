"""ConfigMaps wait until a pod asks for one by its name: what is read, and that all is the same."""

from __future__ import annotations

import json
import os
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock

import pytest

from k8slint.kubernetes import config_maps, facts
from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.kubernetes.near import where_is
from k8slint.kubernetes.workload import Workload
from k8slint.lint import run, survey
from k8slint.lint.settings import Settings
from k8slint.lint.survey import FileFacts, build_cluster, read_facts
from k8slint.lint.task import Task
from k8slint.manifest import stream
from k8slint.manifest.stream import StreamPart
from k8slint.outside.files import read_bytes
from k8slint.workspace import Workspace
from tests.command import k8slint, make

SCRIPTS = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: scripts
data:
  drain.sh: |
    sleep 40
"""
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: app
        image: example.com/web:1
        volumeMounts: [{name: scripts, mountPath: /scripts}]
        lifecycle: {preStop: {exec: {command: [/bin/sh, /scripts/drain.sh]}}}
      volumes: [{name: scripts, configMap: {name: scripts}}]
"""
OTHERS = "".join(
    f"{SCRIPTS.replace('name: scripts', f'name: other-{number}')}---\n" for number in range(3)
)
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
BROKEN = f"{SCRIPTS}  : [\n"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file is read again for its ConfigMaps, and a text searched for marks."""
    found: Counter[str] = Counter()

    def read(path: str, size: int, kustomized: Kustomized) -> Any:
        found[Path(path).name] += 1
        return real(path, size, kustomized)

    def search(text: str) -> bool:
        found["searched"] += "kind: ConfigMap" in text
        return config_maps.may_matter(text)

    real = survey._read_maps
    monkeypatch.setattr(survey, "_read_maps", read)
    monkeypatch.setattr(facts, "may_matter", search)
    return found


def findings(folder: Path, *options: str) -> list[str]:
    return sorted(k8slint(folder, "check", "--output-format", "concise", *options).places)


def read(folder: Path, name: str, text: str = SCRIPTS) -> FileFacts:
    make(folder, {name: text})
    return read_facts(Task(str(folder / name), Settings()))


def asked(found: FileFacts, name: str = "scripts") -> list[str]:
    """The texts in the ConfigMaps that a workload somewhere near means by a name."""
    near = SimpleNamespace(
        where=where_is(f"{Path.cwd()}/web.yaml"),
        kind="Deployment",
        name="web",
        namespaces=("",),
        kustomized=AS_WRITTEN,
    )
    maps = build_cluster([found]).config_maps(cast("Workload", near), name)
    return [entry.text or "" for one in maps for entry in one.data.values()]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_no_pod_mounts_is_neither_read_again_nor_searched(
    tmp_path: Path, counted: Counter[str]
) -> None:
    make(tmp_path, {"a.yaml": OTHERS, "b.yaml": WEB})
    assert findings(tmp_path) == []
    assert not counted


def test_what_pods_mount_is_read_again_once(tmp_path: Path, counted: Counter[str]) -> None:
    two = WEB.replace("{name: web}", "{name: two}").replace(
        "{name: scripts}}]", "{name: other-1}}]"
    )
    pods = "---\n".join((WEB, WEB.replace("{name: web}", "{name: one}"), two))
    make(tmp_path, {"a.yaml": f"{OTHERS}{SCRIPTS}", "b.yaml": pods, "c.yaml": WEB})
    expected = [f"b.yaml:{line} GS101" for line in (11, 24, 37)]
    assert findings(tmp_path) == [*expected, "c.yaml:11 GS101"]
    assert counted == {"a.yaml": 1, "searched": 4}


def test_all_clusters_of_a_run_read_them_once(tmp_path: Path, counted: Counter[str]) -> None:
    found = read(tmp_path, "a.yaml")
    assert asked(found) == asked(found) == ["sleep 40\n"]
    assert counted["a.yaml"] == 1


# How a file is written with a ConfigMap, and whether it waits.
WRITTEN: dict[str, tuple[str, bool]] = {
    "in block style": (SCRIPTS, True),
    "below others": (f"{OTHERS}{SCRIPTS}", True),
    "with a comment and a blank line": (
        SCRIPTS.replace("metadata:\n", "metadata:\n  # Its name:\n\n"),
        True,
    ),
    "with other keys in its metadata": (
        SCRIPTS.replace("  name", "  labels:\n    name: x\n  name").replace(
            "data:\n  d", "  annotations:\n    name: y\ndata:\n  d"
        ),
        True,
    ),
    "with its kind last": (
        SCRIPTS.replace("kind: ConfigMap\n", "").rstrip() + "\nkind: ConfigMap\n",
        True,
    ),
    "in quotes": (SCRIPTS.replace("name: scripts", "name: 'scripts'"), True),
    "with a comment behind the name": (
        SCRIPTS.replace("name: scripts", "name: scripts # x"),
        False,
    ),
    "with a tag": (SCRIPTS.replace("name: scripts", "name: !!str scripts"), False),
    "with an escape": (SCRIPTS.replace("name: scripts", r'name: "scr\x69pts"'), False),
    "with a name twice": (SCRIPTS.replace("  name:", "  name: x\n  name:"), False),
    "with another name in quotes": (SCRIPTS.replace("  name:", '  name: x\n  "name":'), False),
    "with metadata twice": (
        SCRIPTS.replace("metadata:", "metadata:\n  name: x\nmetadata:"),
        False,
    ),
    "with metadata in flow style": (
        SCRIPTS.replace("metadata:\n  name: scripts", "metadata: {name: scripts}"),
        False,
    ),
    "with metadata first": (
        "metadata:\n  name: scripts\n" + SCRIPTS.replace("metadata:\n  name: scripts\n", ""),
        False,
    ),
    "with metadata first, and again": (f"metadata:\n  name: x\n{SCRIPTS}", False),
    "with an anchor": (SCRIPTS.replace("metadata:", "metadata: &meta"), False),
    "on lines that end with CRLF": (SCRIPTS.replace("\n", "\r\n"), False),
    "with another kind in it": (f"{SCRIPTS}    # kind: Service\n", False),
    "in flow style": (
        json.dumps(
            {
                "kind": "ConfigMap",
                "apiVersion": "v1",
                "metadata": {"name": "scripts"},
                "data": {"drain.sh": "sleep 40"},
            }
        ),
        False,
    ),
    "in a list": (
        "kind: List\nitems:\n- " + SCRIPTS.replace("\n", "\n  ").rstrip() + "\n",
        False,
    ),
    "beside a Service": (f"{SCRIPTS}---\n{SERVICE}", False),
    "beside a Service above": (f"{SERVICE}---\n{SCRIPTS}", False),
    "beside a pod": (f"{SCRIPTS}---\nkind: Pod\nspec: {{}}\n", False),
    "where a comment mentions what hides findings": (f"# k8slint: x\n{SCRIPTS}", True),
    "where that mentions a pod, too": (f"# k8slint: x, kind: Pod\n{SCRIPTS}", False),
    "where it speaks of GitOps": (f"{SCRIPTS}  x: argoproj.io\n", True),
    "where it may give values, too": (f'{SCRIPTS}  x: "argoproj.io \\x41"\n', False),
    "where it gives values with a pod": (
        f"{SCRIPTS}  values.yaml: |\n    preStop: x\n    terminationGracePeriodSeconds: 3\n",
        False,
    ),
}


def test_what_stands_beside_a_config_map_in_flow_style_is_read(tmp_path: Path) -> None:
    items = [{"kind": kind, "metadata": {"name": "a"}} for kind in ("ConfigMap", "Service")]
    found = read(tmp_path, "a.json", json.dumps({"kind": "List", "items": items}))
    assert [one.meta.kind for one in found.objects] == ["ConfigMap", "Service"]


@pytest.mark.parametrize("name", WRITTEN)
def test_the_same_is_found_however_it_is_written(name: str, tmp_path: Path) -> None:
    text, waits = WRITTEN[name]
    found = read(tmp_path, "a.yaml", text)
    assert bool(found.waiting) is waits
    assert found.may_have_pods or waits or found.objects
    make(tmp_path, {"web.yaml": WEB})
    assert "web.yaml:11 GS101" in findings(tmp_path)
    path = str(tmp_path / "a.yaml")
    given = read_facts(Task(path, Settings(), given=(tmp_path / "a.yaml").read_bytes()))
    assert given.waiting is None
    assert asked(found)[-1:] == asked(given)[-1:] != []


# What is odd about the names and texts of ConfigMaps that wait, or could, and nobody may find.
UNKNOWN: dict[str, str] = {
    "another name": SCRIPTS.replace("name: scripts", "name: scripts-x"),
    "a name that goes on": SCRIPTS.replace("name: scripts", "name: scripts\n    x"),
    "a name that goes on below": SCRIPTS.replace("name: scripts", "name: scripts\n\n    x"),
    "a name with more words": SCRIPTS.replace("name: scripts", "name: scripts x"),
    "a name that a template completes": SCRIPTS.replace("name: scripts", "name: scripts{{ x }}"),
    "a name in a label": SCRIPTS.replace("  name: scripts", "  labels:\n    name: scripts"),
    "another group": SCRIPTS.replace("v1", "example.com/v1"),
    "another kind": SCRIPTS.replace("ConfigMap", "ConfigMap-x"),
    "another namespace": SCRIPTS.replace("  name: scripts", "  name: scripts\n  namespace: x"),
    "nothing that matters": SCRIPTS.replace("sleep", "wait").replace(".sh", ""),
    "nothing that matters, in flow style": "{kind: ConfigMap, metadata: {name: scripts}}",
    "no YAML": BROKEN,
    "a template": SCRIPTS.replace("data:", "{{ x }}\ndata:"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_meant_is_not_found(name: str, tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": UNKNOWN[name], "web.yaml": WEB})
    assert findings(tmp_path) == []
    told = k8slint(tmp_path, "facts", ".").text
    assert "the ConfigMap scripts is not in this run" in told


def _grow(path: Path) -> None:
    path.write_text(f"{SCRIPTS}  # longer\n")


def _become_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _become_a_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _become_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


# What becomes of a file after it was read, and before it is read again.
CHANGES: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "grown": _grow,
    "cut": lambda path: path.write_text(SCRIPTS[:-1]),
    "empty": lambda path: path.write_text(""),
    "another kind": lambda path: path.write_text(SCRIPTS.replace("ConfigMap", "ConfigMip")),
    "another name": lambda path: path.write_text(SCRIPTS.replace("scripts", "scr-pts")),
    "no text": lambda path: path.write_bytes(SCRIPTS.encode()[:-1] + b"\xff"),
    "no YAML": lambda path: path.write_text(SCRIPTS.replace("apiVersion", "[piVersion")),
    "a pipe": _become_a_pipe,
    "a device": _become_a_link,
    "a folder": _become_a_folder,
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_is_another_by_then_says_nothing(name: str, tmp_path: Path) -> None:
    found = read(tmp_path, "a.yaml")
    assert found.waiting
    CHANGES[name](tmp_path / "a.yaml")
    assert asked(found) == []
    assert asked(found, "scr-pts") == [], "only those names are asked for that were read"


def test_a_file_that_is_fixed_meanwhile_does_not_wait(tmp_path: Path) -> None:
    both = f"{WEB}---\n{SCRIPTS}"
    make(tmp_path, {"a.yaml": both, "b.yaml": WEB.replace("name: web", "name: other")})
    k8slint(tmp_path, "check", "--fix")
    for name in ("a.yaml", "b.yaml"):
        assert "terminationGracePeriodSeconds: 50" in (tmp_path / name).read_text()


def test_a_long_file_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = read_facts(Task("a.yaml", Settings()), StreamPart(SCRIPTS.encode()))
    monkeypatch.setattr(stream, "_LONG", len(SCRIPTS) - 1)
    for found in (read(tmp_path, "a.yaml"), part):
        assert found.waiting is None
        assert asked(found)


def test_no_more_is_read_again_than_was_read(tmp_path: Path) -> None:
    found = read(tmp_path, "a.yaml")
    with mock.patch.object(survey, "read_bytes", wraps=read_bytes) as reading:
        assert asked(found)
    reading.assert_called_once_with(str(tmp_path / "a.yaml"), len(SCRIPTS))


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_workers_find_the_same(jobs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("POOL_ABOVE", "_SURVEY_POOL_ABOVE"):
        monkeypatch.setattr(run, limit, 0)
    make(tmp_path, {"a.yaml": SCRIPTS, "b.yaml": WEB, "c.yaml": WEB})
    assert findings(tmp_path, "-j", jobs) == ["b.yaml:11 GS101", "c.yaml:11 GS101"]


def test_little_is_sent_and_kept_of_a_file(tmp_path: Path) -> None:
    found = read(tmp_path, "a.yaml", f"{SCRIPTS}    {'# long ' * 9_000}\n")
    sent = pickle.dumps(found)
    assert len(sent) < 1_000
    assert "sleep 40" in asked(pickle.loads(sent))[0]


def test_an_ignore_is_unused_only_where_all_that_waits_could_be_read(tmp_path: Path) -> None:
    pod = WEB.replace("web:1", "web:1  # k8slint: ignore[GS301]").partition("        volumeM")[0]
    make(tmp_path, {"pod.yaml": pod, "a.yaml": SCRIPTS})
    options = ("--select", "GS301,GS901")
    assert findings(tmp_path, *options) == ["pod.yaml:9 GS901"]
    assert read(tmp_path, "a.yaml", BROKEN).waiting
    assert findings(tmp_path, *options) == []
    assert not read(tmp_path, "a.yaml", f"{SERVICE}---\n{BROKEN}").waiting
    assert findings(tmp_path, *options) == []
    make(tmp_path, {"a.yaml": BROKEN.replace("sleep", "wait").replace(".sh", "")})
    assert findings(tmp_path, *options) == ["pod.yaml:9 GS901"]


def test_a_workspace_follows_a_config_map(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": SCRIPTS, "web.yaml": WEB})
    path, web = str(tmp_path / "a.yaml"), str(tmp_path / "web.yaml")
    workspace = Workspace(root=str(tmp_path))

    def found() -> list[str]:
        return [one.code for one in workspace.check(web)[web].diagnoses]

    def steps() -> Iterator[tuple[str | None, list[str]]]:
        yield None, ["GS101"]
        yield SCRIPTS.replace("40", "4"), []
        yield SCRIPTS, ["GS101"]
        yield BROKEN, []
        yield None, ["GS101"]
        make(tmp_path, {"a.yaml": SCRIPTS.replace("40", "41").replace("sh:", "sh: ")})
        yield None, ["GS101"]
        make(tmp_path, {"a.yaml": SCRIPTS.replace("40", "04")})  # As long as before.
        yield None, []
        make(tmp_path, {"a.yaml": SCRIPTS})
        yield None, ["GS101"]
        Path(path).unlink()
        yield None, []

    for text, expected in steps():
        workspace.update(path, text)
        assert found() == expected


def test_a_workspace_reads_its_context_at_once(tmp_path: Path) -> None:
    """A workload beside a ConfigMap makes it that of others no more."""
    labelled = WEB.replace("name: web}", "name: web, labels: {app: web}}")
    make(tmp_path, {"web.yaml": labelled, "by/a.yaml": SCRIPTS})
    make(tmp_path, {".k8slint.yaml": "context: [by/a.yaml]\nexclude: [by/a.yaml]\n"})
    workspace = Workspace(root=str(tmp_path))
    web = str(tmp_path / "web.yaml")
    assert workspace.check()[web].diagnoses
    make(tmp_path, {"by/b.yaml": labelled.replace("name: web", "name: b")})
    workspace.update(str(tmp_path / "by/b.yaml"), None)
    assert workspace.check()[web].diagnoses == ()
