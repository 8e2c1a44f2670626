"""How much of a run was read: in the summary, as a list, as data, and as an exit code."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from k8slint.cli.check.options import SKIPPED_KINDS
from k8slint.coverage import PortionKind, Reason
from tests.command import k8slint, make
from tests.manifests import CLEAN, SLEEP_60, pod

RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: web\n"
CHECKS = (
    "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: all\n"
    "spec:\n  healthChecks:\n  - apiVersion: helm.toolkit.fluxcd.io/v2\n    kind: HelmRelease\n"
)
VALUES = "main:\n  terminationGracePeriodSeconds: 130\n" + indent(SLEEP_60, "  ")
ARGO = '{"apiVersion": "argoproj.io/v1alpha1", "kind": "%s", "metadata": {"name": "shop"}}'
IN_LIST = '{"apiVersion": "v1", "kind": "List", "items": [' + ARGO % "Application" + "]}"
TEMPLATE = "kind: Pod\n{{ if x }}\nspec: {}\n{{ end }}\n"
ENDLESS = f"{TEMPLATE}{{{{\n"
BROKEN = "kind: Pod\nspec: [\n"
SCRIPTS = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 600
  volumes:
  - {name: drain, configMap: {name: drain, defaultMode: 0755}}
  - {name: other, configMap: {name: other, defaultMode: 0755}}
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: [sh, -c, /opt/stop.sh; /drain/wait.sh && /drain/wait.py || . /other/x.sh]
    volumeMounts:
    - {name: drain, mountPath: /drain}
    - {name: other, mountPath: /other}
    command: [/drain/start.sh, /srv/config.py]
    args: [--, "exec /srv/run.sh"]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: drain}
data: {wait.sh: "sleep 5", start.sh: "exec app", wait.py: "pass"}
"""
APPLICATION = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web"
ELSEWHERE = "the chart or source is not in this run"
NOT_RENDERED = "not rendered (--render builds those whose charts are here;"

# By files: the lines of --coverage, and what the summary says before its last line.
CASES: dict[str, tuple[dict[str, str], list[str], list[str]]] = {
    "all is read": ({"a.yaml": CLEAN}, ["a.yaml: read: workload file"], []),
    "what holds no workload does not count": ({"a.yaml": "kind: Service\n"}, [], []),
    "a template read by its literals": (
        {"t.yaml": TEMPLATE},
        ["t.yaml: in part: template: what placeholders stand for is unknown"],
        ["Read 1 of 1 template (1 in part)."],
    ),
    "a template": (
        {"t.yaml": ENDLESS},
        ["t.yaml: not read: template: not rendered"],
        ["Warning: read only 0 of 1 template."],
    ),
    "a template without a kind": (
        {"x/templates/all.yaml": '{{ include "lib.all" . }}\n'},
        ["x/templates/all.yaml: not read: template: not rendered"],
        ["Warning: read only 0 of 1 template."],
    ),
    "values with an action are no template": ({"x/values.yaml": 'a: "{{ .b }}"\n'}, [], []),
    "a workload and a template": (
        {"a.yaml": f"{CLEAN}---\n{TEMPLATE}", "b.yaml": CLEAN},
        [
            "a.yaml: in part: template: what placeholders stand for is unknown",
            "b.yaml: read: workload file",
        ],
        ["Read 1 of 1 workload file and 1 of 1 template (1 in part)."],
    ),
    "not YAML": (
        {"a.yaml": BROKEN, "b.yaml": f"{CLEAN}---\n{BROKEN}"},
        [
            "a.yaml: not read: workload file: not valid YAML",
            "b.yaml: in part: workload file: not valid YAML",
        ],
        ["Read 1 of 2 workload files (1 in part)."],
    ),
    "GitOps objects": (
        {
            "a.yaml": f"{RELEASE}---\n{CHECKS}",
            "b.json": IN_LIST,
            "c.json": ARGO % "ApplicationSet",
            "helmfile.yaml": "\nreleases:\n- name: web\n",
        },
        [
            "a.yaml:2: not read: GitOps object HelmRelease web: not rendered",
            "a.yaml:7: not read: GitOps object Kustomization all: not rendered",
            "b.json:1: not read: GitOps object Application shop: not rendered",
            "c.json:1: not read: GitOps object ApplicationSet shop: not rendered",
            "helmfile.yaml:1: not read: GitOps object helmfile: not rendered",
        ],
        [
            f"Skipped 5 GitOps objects: {NOT_RENDERED} --coverage lists them).",
            "Warning: read only 0 of 5 GitOps objects.",
        ],
    ),
    "a name with an anchor": (
        {"a.yaml": RELEASE.replace("name: web", "name: &app web")},
        ["a.yaml:2: not read: GitOps object HelmRelease web: not rendered"],
        [
            f"Skipped 1 GitOps object: {NOT_RENDERED} --coverage lists it).",
            "Warning: read only 0 of 1 GitOps object.",
        ],
    ),
    "values with a pod": (
        {
            "a.yaml": f"{RELEASE}spec:\n  values:\n{indent(VALUES, '    ')}---\n{RELEASE}",
            "values-prod.yaml": VALUES,
        },
        [
            "a.yaml:2: in part: GitOps object HelmRelease web: not rendered",
            "a.yaml:15: not read: GitOps object HelmRelease web: not rendered",
            "values-prod.yaml: in part: workload file: values of a chart that is not rendered",
        ],
        [
            "Read in part: 1 workload file: not rendered (--coverage lists it).",
            f"Read in part: 1 GitOps object: {NOT_RENDERED} --coverage lists it).",
            f"Skipped 1 GitOps object: {NOT_RENDERED} --coverage lists it).",
            "Read 1 of 1 workload file (1 in part) and 1 of 2 GitOps objects (1 in part).",
        ],
    ),
    "names in braces": (
        {
            "a.yaml": f"{APPLICATION}}}\n",
            "b.yaml": f"{APPLICATION}\n",
        },
        [
            "a.yaml:2: not read: GitOps object Application web: not rendered",
            "b.yaml:2: not read: GitOps object Application: not rendered",
        ],
        [
            f"Skipped 2 GitOps objects: {NOT_RENDERED} --coverage lists them).",
            "Warning: read only 0 of 2 GitOps objects.",
        ],
    ),
    "k3s, and templates of others": (
        {
            "a.yaml": RELEASE.replace("helm.toolkit.fluxcd.io/v2", "helm.cattle.io/v1").replace(
                "HelmRelease", "HelmChart"
            ),
            "b.yaml": "kind: Pod\n{% if x %}\nspec: {}\n{% endif %}\n",
        },
        [
            f"a.yaml:2: not read: GitOps object HelmChart web: {ELSEWHERE}",
            "b.yaml: not read: template: not rendered",
        ],
        [
            f"Skipped 1 GitOps object: {ELSEWHERE} (--coverage lists it).",
            "Warning: read only 0 of 1 template and 0 of 1 GitOps object.",
        ],
    ),
    "scripts": (
        {"a.yaml": SCRIPTS},
        [
            "a.yaml:13: not read: script /opt/stop.sh: only in the image",
            "a.yaml:13: read: script /drain/wait.sh",
            "a.yaml:13: not read: script /drain/wait.py: in a language that is not read",
            "a.yaml:13: not read: script /other/x.sh: the ConfigMap other is not in this run",
            "a.yaml:19: read: script /drain/start.sh",
            "a.yaml:20: not read: script /srv/run.sh: only in the image",
            "a.yaml: read: workload file",
        ],
        [
            "Skipped 2 scripts: only in the image (--coverage lists them).",
            "Skipped 1 script: in a language that is not read (--coverage lists it).",
            "Skipped 1 script: values are not in this run (--coverage lists it).",
            "Read 1 of 1 workload file and 2 of 6 scripts.",
        ],
    ),
    "a script that only an action names": (
        {
            "a.yaml": "kind: Pod\nspec:\n  containers:\n  - name: app\n"
            '    command: [{{ .Values.run | default "/srv/run.sh" }}]\n'
        },
        [
            "a.yaml:5: not read: script /srv/run.sh: only in the image",
            "a.yaml: in part: template: what placeholders stand for is unknown",
        ],
        [
            "Skipped 1 script: only in the image (--coverage lists it).",
            "Read 1 of 1 template (1 in part) and 0 of 1 script.",
        ],
    ),
    "one beside a template": (
        {"a.yaml": f"{TEMPLATE}---\n{RELEASE}"},
        [
            "a.yaml:7: not read: GitOps object HelmRelease web: not rendered",
            "a.yaml: in part: template: what placeholders stand for is unknown",
        ],
        [
            f"Skipped 1 GitOps object: {NOT_RENDERED} --coverage lists it).",
            "Read 1 of 1 template (1 in part) and 0 of 1 GitOps object.",
        ],
    ),
    "no GitOps objects": (
        {
            "a.yaml": RELEASE.replace("HelmRelease", "HelmRepository"),
            "b.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
            "c.json": (ARGO % "Application").replace("argoproj", "app.example"),
        },
        [],
        [],
    ),
    "one beside a workload": (
        {"a.yaml": f"{RELEASE}---\n{CLEAN}"},
        [
            "a.yaml:2: not read: GitOps object HelmRelease web: not rendered",
            "a.yaml: read: workload file",
        ],
        [
            f"Skipped 1 GitOps object: {NOT_RENDERED} --coverage lists it).",
            "Read 1 of 1 workload file and 0 of 1 GitOps object.",
        ],
    ),
}


@pytest.mark.parametrize("options", [(), ("--select", "GS001"), ("-j", "2")], ids=" ".join)
@pytest.mark.parametrize(("files", "listed", "said"), CASES.values(), ids=CASES)
def test_what_was_read(
    tmp_path: Path, files: dict[str, str], listed: list[str], said: list[str], options: tuple[str]
) -> None:
    make(tmp_path, files)
    ran = k8slint(tmp_path, "check", "--coverage", *options)
    assert ran.text.splitlines() == listed
    *lines, _ = [line for line in ran.err.splitlines() if "unrendered" not in line]
    assert lines == said


@pytest.mark.parametrize("end", ["sh", "bash", "ksh", "py", "pl", "rb", "js"])
def test_a_script_of_any_language_is_listed(tmp_path: Path, end: str) -> None:
    hook = f"lifecycle: {{preStop: {{exec: {{command: [/stop.{end}]}}}}}}\n"
    make(tmp_path, {"a.yaml": pod(app=hook)})
    assert f"not read: script /stop.{end}: " in k8slint(tmp_path, "check", "--coverage").text


HOOK = "lifecycle: {preStop: {exec: {command: [/stop.sh]}}}\n"
FILES = {"a.yaml": pod(app=HOOK), "hr.yaml": RELEASE, "t.yaml": ENDLESS, "u.yaml": ENDLESS}
# By option: what is refused.
REFUSED = {
    "": "",
    "--fail-on-skipped": "2 templates, 1 GitOps object",
    "--fail-on-skipped --exit-zero": "2 templates, 1 GitOps object",
    "--fail-on-skipped -v": "2 templates, 1 GitOps object",
    "--fail-on-skipped -qv": "2 templates, 1 GitOps object",  # Which typer reads.
    "--fail-on-skipped=gitops": "1 GitOps object",
    "--fail-on-skipped=chart,template": "2 templates",
    "--fail-on-skipped=chart --fail-on-skipped=gitops": "1 GitOps object",
    "--fail-on-skipped=workload-file": "",
    "--fail-on-skipped=script": "1 script",
    "-- --fail-on-skipped a.yaml": None,
}


@pytest.mark.parametrize(("words", "missed"), REFUSED.items(), ids=REFUSED)
def test_what_may_not_be_left_unread(tmp_path: Path, words: str, missed: str | None) -> None:
    make(tmp_path, FILES)
    ran = k8slint(tmp_path, "check", *words.split())
    if missed is None:
        assert (ran.code, "--fail-on-skipped: no such file" in ran.err) == (2, True)
        return
    end = f"Not read, which --fail-on-skipped refuses: {missed}."
    assert (ran.code, end in ran.err) == (int(bool(missed)), bool(missed))


@pytest.mark.parametrize(
    "words", ["--fail-on-skipped=x", "--coverage --statistics", "--coverage --diff"]
)
def test_calls_that_make_no_sense(tmp_path: Path, words: str) -> None:
    make(tmp_path, FILES)
    ran = k8slint(tmp_path, "check", *words.split())
    assert (ran.code, ran.text) == (2, "")
    assert ran.err.count("\n") == 1


def test_coverage_as_data(tmp_path: Path) -> None:
    make(tmp_path, FILES)
    ran = k8slint(tmp_path, "check", "--output-format", "json")
    counts: dict[str, Any] = ran.data["summary"]["coverage"]
    assert counts["counts"] == [
        {"kind": "workload-file", "read": 1, "inPart": 0, "notRead": 0},
        {"kind": "template", "read": 0, "inPart": 0, "notRead": 2},
        {"kind": "gitops", "read": 0, "inPart": 0, "notRead": 1},
        {"kind": "script", "read": 0, "inPart": 0, "notRead": 1},
    ]
    paths = [one["path"] for one in counts["incomplete"]]
    assert paths == ["a.yaml", "hr.yaml", "t.yaml", "u.yaml"]
    assert counts["incomplete"][1] == {
        "path": "hr.yaml",
        "line": 2,
        "kind": "gitops",
        "name": "HelmRelease web",
        "extent": "not-read",
        "reason": "unrendered",
        "detail": "",
    }


def test_what_is_not_opened(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": CLEAN, "large.json": " " * 1_048_577})
    (tmp_path / "out.yaml").symlink_to("/etc/hostname")
    ran = k8slint(tmp_path, "check", "--coverage", ".", "gone")
    assert sorted(ran.text.splitlines()) == [
        "a.yaml: read: workload file",
        "gone: not read: file: no such file or folder",
        "large.json: not read: file: too large",
        "out.yaml: not read: file: behind a link out of the repository or the checked folder",
    ]


def test_names_of_a_repository_reach_a_terminal_escaped(tmp_path: Path) -> None:
    make(tmp_path, {"a.json": (ARGO % "Application").replace("shop", r"\u001b[31m" + "x" * 9_000)})
    ran = k8slint(tmp_path, "check", "--coverage")
    assert "\x1b" not in ran.text
    assert len(ran.text) < 5_000


def test_the_command_line_knows_all_kinds() -> None:
    assert [*SKIPPED_KINDS] == [str(kind) for kind in PortionKind]


def test_every_reason_has_words() -> None:
    assert all(reason.words for reason in Reason)
