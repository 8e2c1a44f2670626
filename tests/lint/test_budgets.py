"""Rules about PodDisruptionBudgets: what they say, and what becomes of that as of all findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from k8slint.kubernetes.census import Census
from k8slint.kubernetes.kustomization import Kustomized
from k8slint.kubernetes.versions import ClusterTarget, parse_minor
from k8slint.lint import census, run
from k8slint.lint.identity import Identity, Resource
from k8slint.lint.parsed import ParsedFiles
from k8slint.lint.reports import FileReport
from k8slint.lint.rule import Severity
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import Context, RunOptions, Task
from k8slint.workspace import Workspace
from tests.command import check, k8slint, make
from tests.tables import DUMPER, check_keys, table

CASES = [(rule, case) for rule, cases in table("budgets.yaml").items() for case in cases]
KEYS = ("spec", "selector", "api", "version", "patch", "namespace", "others", "complete")

FIRST = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: first
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {app: first}
"""
SECOND = FIRST.replace("first", "second")
POLICY = "  unhealthyPodEvictionPolicy: AlwaysAllow\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: first}
spec:
  template:
    metadata: {labels: {app: first}}
    spec:
      containers:
      - {name: app, image: "example.com/first:1"}
"""
PINNED = ("--select", "GS709")


def objects(case: dict[str, Any]) -> list[dict[str, Any]]:
    spec = {"selector": case.get("selector", {"matchLabels": {"app": "web"}}), **case["spec"]}
    if "selector" in case and case["selector"] is None:
        del spec["selector"]
    metadata = {"name": "web"} | {key: case[key] for key in ("namespace",) if key in case}
    api = case.get("api", "policy/v1")
    budget = {"apiVersion": api, "kind": "PodDisruptionBudget", "metadata": metadata, "spec": spec}
    return [budget, *case.get("others", [])]


def report(case: dict[str, Any], *rules: str) -> FileReport:
    version = case.get("version")
    target = ClusterTarget(parse_minor(version) if version else None)
    settings = Settings(select=rules, fail_on=Severity.INFO, target=target)
    task = Task("x.yaml", settings, Kustomized(is_patch=case.get("patch", False)))
    data = yaml.dump_all(objects(case), Dumper=DUMPER).encode()
    return run_bytes(data, task, RunOptions(), Context(is_complete=case.get("complete", True)))


def test_every_row_is_understood() -> None:
    for number, (rule, case) in enumerate(CASES, start=1):
        check_keys(case, f"budgets.yaml, {rule}, row {number}", ["says"], KEYS)


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_where_a_rule_begins_to_speak(rule: str, case: dict[str, Any]) -> None:
    found = report(case, rule).diagnoses
    assert [str(one.severity) for one in found] == [case["says"]] * bool(case["says"])


def with_policy(text: str) -> str:
    return text.replace("  maxUnavailable: 1\n", f"  maxUnavailable: 1\n{POLICY}")


def test_a_finding_is_about_the_budget_in_its_own_file(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": DEPLOYMENT, "budgets.yaml": f"{FIRST}---\n{SECOND}"})
    ran = check(tmp_path, *PINNED)
    assert ran.places == ["budgets.yaml:6 GS709", "budgets.yaml:15 GS709"]
    data = k8slint(tmp_path, "check", *PINNED, "--output-format", "json").data
    assert [one["resource"]["name"] for one in data["findings"]] == ["first", "second"]
    assert {one["resource"]["kind"] for one in data["findings"]} == {"PodDisruptionBudget"}
    assert len({str(one["fix"]["edits"]) for one in data["findings"]}) == 2


@pytest.mark.parametrize("between", ["---\n", f"---\n{DEPLOYMENT}---\n"])
def test_each_budget_of_a_file_is_repaired(tmp_path: Path, between: str) -> None:
    make(tmp_path, {"a.yaml": f"{FIRST}{between}{SECOND}"})
    assert check(tmp_path, *PINNED, "--fix").code == 0
    assert (tmp_path / "a.yaml").read_text() == f"{FIRST}{between}{SECOND}"
    assert check(tmp_path, *PINNED, "--fix", "--unsafe-fixes").places == []
    fixed = f"{with_policy(FIRST)}{between}{with_policy(SECOND)}"
    assert (tmp_path / "a.yaml").read_text() == fixed


def test_budgets_in_a_list_are_repaired_one_by_one(tmp_path: Path) -> None:
    items = [yaml.safe_load(text) for text in (FIRST, DEPLOYMENT, SECOND)]
    text = yaml.dump({"apiVersion": "v1", "kind": "List", "items": items})
    make(tmp_path, {"a.yaml": text})
    assert len(check(tmp_path, *PINNED).places) == 2
    assert check(tmp_path, *PINNED, "--fix", "--unsafe-fixes").places == []
    after = yaml.safe_load((tmp_path / "a.yaml").read_text())
    policies = [one["spec"].get("unhealthyPodEvictionPolicy") for one in after["items"]]
    assert policies == ["AlwaysAllow", None, "AlwaysAllow"]


COMMENT = "  maxUnavailable: 1  # k8slint: ignore[GS709] on purpose"
ANNOTATED = FIRST.replace(
    "  name: first\n",
    '  name: first\n  annotations: {k8slint/ignore: "GS709: on purpose"}\n',
)


@pytest.mark.parametrize(
    "text",
    [
        FIRST.replace("  maxUnavailable: 1", COMMENT),
        ANNOTATED,
        f"# k8slint: file-ignore[GS709] on purpose\n{FIRST}",
    ],
    ids=["comment", "annotation", "file"],
)
def test_a_finding_is_hidden(tmp_path: Path, text: str) -> None:
    make(tmp_path, {"a.yaml": f"{text}---\n{DEPLOYMENT}"})
    select = ("--select", "GS709,GS901", "--unsafe-fixes", "--fix")
    assert check(tmp_path, *select).places == []
    assert (tmp_path / "a.yaml").read_text() == f"{text}---\n{DEPLOYMENT}"
    make(tmp_path, {"a.yaml": with_policy(text).replace(COMMENT, f"{COMMENT}\n{POLICY.rstrip()}")})
    assert [place.split()[1] for place in check(tmp_path, "--select", "GS709,GS901").places] == [
        "GS901"
    ]


def test_an_annotation_hides_what_is_in_its_own_budget_only(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": f"{ANNOTATED}---\n{SECOND}"})
    assert check(tmp_path, *PINNED).places == ["a.yaml:16 GS709"]


def test_a_baseline_holds_it(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": FIRST})
    assert check(tmp_path, *PINNED, "--write-baseline").code == 0
    assert check(tmp_path, *PINNED).places == []
    make(tmp_path, {"a.yaml": f"{FIRST}---\n{SECOND}"})
    assert check(tmp_path, *PINNED).places == ["a.yaml:15 GS709"]


def test_what_cannot_be_read_is_no_error_where_no_workload_can_be(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": f"{FIRST}  bad: [\n"})
    (tmp_path / "b.yaml").write_bytes(FIRST.encode() + b"# \xff\n")
    ran = check(tmp_path, "--select", "GS709,GS900")
    assert (ran.code, ran.places) == (0, [])


def test_an_editor_repairs_it(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": FIRST, ".k8slint.yaml": "select: [GS709]\n"})
    workspace = Workspace(root=str(tmp_path))
    path = str(tmp_path / "a.yaml")
    assert workspace.fix(path, unsafe=True).text == with_policy(FIRST).encode()
    workspace.update(path, with_policy(FIRST).encode())
    assert not workspace.check(path)[path].diagnoses


MISSED = FIRST.replace("app: first", "app: last")
NOTHING = ("--select", "GS708")
SILENT = {
    "a template of a workload": {"c.yaml": DEPLOYMENT.replace("first", "{{ .Values.name }}")},
    "a broken workload": {"c.yaml": f"{DEPLOYMENT}  bad: [\n"},
    "a chart with dependencies": {"c/Chart.yaml": "name: c\ndependencies: [{name: last}]\n"},
    "a release": {"helmfile.yaml": "releases:\n- {name: last, chart: shop/last}\n"},
    "a remote base": {
        "c/kustomization.yaml": "resources:\n- https://example.com/shop?ref=v1\n",
    },
    "a chart in a kustomization": {"c/kustomization.yaml": "helmCharts: [{name: last}]\n"},
    "a patched kustomization": {
        "kustomization.yaml": "resources: [a.yaml, b.yaml]\npatches: [{path: p.yaml}]\n",
        "p.yaml": DEPLOYMENT.replace("{app: first}", "{app: last}"),
    },
    "a patched workload": {
        "kustomization.yaml": "resources: [b.yaml]\npatches: [{path: p.yaml}]\n",
        "p.yaml": "- {op: replace, path: /spec/template/metadata/labels/app, value: last}\n",
    },
    "a patch": {
        "c.yaml": DEPLOYMENT.replace("labels: {app: first}", "labels: {}") + "$patch: merge\n",
    },
    "a common label": {
        "kustomization.yaml": "resources: [a.yaml, b.yaml]\ncommonLabels: {app: last}\n",
    },
    "one overlay's label": {
        "c/kustomization.yaml": "resources: [../b.yaml]\ncommonLabels: {app: last}\n",
    },
    "a pod elsewhere": {"c/d/e/last.yaml": DEPLOYMENT.replace("first", "last")},
}


@pytest.mark.parametrize("files", SILENT.values(), ids=SILENT)
def test_what_others_may_select_is_not_reported(tmp_path: Path, files: dict[str, str]) -> None:
    make(tmp_path, {"a.yaml": MISSED, "b.yaml": DEPLOYMENT})
    assert check(tmp_path, *NOTHING).places == ["a.yaml:8 GS708"]
    make(tmp_path, files)
    assert "GS708" not in check(tmp_path, *NOTHING).text


SPOKEN = {
    "a local base": {"c/kustomization.yaml": "# https://example.com\nresources: [../b.yaml]\n"},
    "a chart without dependencies": {"c/Chart.yaml": "name: c\n"},
    "a pod of another name": {"c/other.yaml": DEPLOYMENT.replace("first", "other")},
    "a broken Service": {"c.yaml": "apiVersion: v1\nkind: Service\nspec: [\n"},
}


@pytest.mark.parametrize("files", SPOKEN.values(), ids=SPOKEN)
def test_what_makes_no_pods_does_not_matter(tmp_path: Path, files: dict[str, str]) -> None:
    make(tmp_path, {"a.yaml": MISSED, "b.yaml": DEPLOYMENT, **files})
    assert check(tmp_path, *NOTHING).places == ["a.yaml:8 GS708"]


@pytest.mark.parametrize(
    ("name", "label", "is_meant"),
    [
        ("first", "other", True),
        ("first-pdb", "other", True),
        ("other", "first-app", True),
        ("other", "other", False),
        ("fi", "fi", False),
    ],
)
def test_in_other_files_words_tell_what_a_budget_is_meant_for(
    tmp_path: Path, name: str, label: str, is_meant: bool
) -> None:
    budget = FIRST.replace("name: first", f"name: {name}").replace("app: first", f"app: {label}")
    make(tmp_path, {"a.yaml": budget, "b.yaml": DEPLOYMENT})
    assert check(tmp_path, *NOTHING).places == ["a.yaml:8 GS708"] * is_meant
    make(tmp_path, {"a.yaml": f"{budget}---\n{DEPLOYMENT}"})
    assert check(tmp_path, *NOTHING).places == ["a.yaml:8 GS708"]


def test_the_workload_that_may_be_meant_is_told(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": MISSED, "b.yaml": DEPLOYMENT})
    (found,) = k8slint(tmp_path, "check", *NOTHING, "--output-format", "json").data["findings"]
    assert "no pod has the labels app=last" in found["message"]
    assert found["message"].endswith("; those of Deployment first have app=first")
    assert "b.yaml" in str(found)


def test_a_list_of_files_is_no_complete_set(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": MISSED, "b.yaml": DEPLOYMENT})
    assert k8slint(tmp_path, "check", *NOTHING, "a.yaml", "b.yaml").code == 0
    arguments = ("--context", ".", "--output-format", "concise")
    assert k8slint(tmp_path, "check", *NOTHING, "a.yaml", *arguments).places == ["a.yaml:8 GS708"]


def test_workers_are_told_which_pods_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("POOL_ABOVE", "_SURVEY_POOL_ABOVE"):
        monkeypatch.setattr(run, limit, 0)
    make(tmp_path, {"a.yaml": MISSED, "b.yaml": DEPLOYMENT, "c.yaml": FIRST})
    assert check(tmp_path, *NOTHING, "-j", "2").places == ["a.yaml:8 GS708"]


MET = f"{FIRST}---\n{DEPLOYMENT}"
VALUES = """\
image: {repository: example.com/web}
terminationGracePeriodSeconds: 10
lifecycle: {preStop: {sleep: {seconds: 20}}}
"""
# What is read for the pods in it, of some files with budgets.
COUNTED = {
    "pods of the same file": ({"a.yaml": MET, "b.yaml": DEPLOYMENT}, ["a.yaml"]),
    "pods of another file": ({"a.yaml": FIRST, "b.yaml": DEPLOYMENT}, ["a.yaml", "b.yaml"]),
    "no pods of the same file": (
        {"a.yaml": f"{MISSED}---\n{DEPLOYMENT}", "b.yaml": DEPLOYMENT},
        ["a.yaml", "a.yaml", "b.yaml"],
    ),
    "one of two": (
        {"a.yaml": MET, "b.yaml": f"{MISSED}---\n{DEPLOYMENT}"},
        ["a.yaml", "b.yaml", "a.yaml", "b.yaml"],
    ),
    "pods of another namespace": (
        {
            "a.yaml": MET.replace("{name: first}", "{name: first, namespace: shop}").replace(
                "name: first\n", "name: first\n  namespace: last\n"
            )
        },
        ["a.yaml", "a.yaml"],
    ),
    "where something is hidden": (
        {"a.yaml": MET, "b.yaml": f"# k8slint: file-ignore[GS102]\n{DEPLOYMENT}"},
        ["a.yaml", "b.yaml"],
    ),
    "where something of a chart is hidden": (
        {"a.yaml": MET, "values.yaml": f"# k8slint: file-ignore[GS102]\n{VALUES}"},
        ["a.yaml", "values.yaml"],
    ),
    "where nothing of a chart is hidden": ({"a.yaml": MET, "values.yaml": VALUES}, ["a.yaml"]),
}


@pytest.mark.parametrize(("files", "expected"), COUNTED.values(), ids=COUNTED)
def test_files_are_read_for_their_pods_where_these_can_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], expected: list[str]
) -> None:
    read: list[str] = []

    read_census = census.read_census

    def count(task: Task, parsed: ParsedFiles | None = None) -> Census:
        read.append(Path(task.path).name)
        return read_census(task, parsed)

    monkeypatch.setattr(census, "read_census", count)
    make(tmp_path, files)
    check(tmp_path, *NOTHING)
    assert read == expected


def test_a_baseline_entry_is_stale_once_a_budget_selects_pods(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": f"{MISSED}---\n{DEPLOYMENT}"})
    assert check(tmp_path, *NOTHING, "--write-baseline").code == 0
    make(tmp_path, {"a.yaml": MET})
    assert "1 stale baseline entry" in check(tmp_path, *NOTHING).err


def test_an_ignore_is_unused_only_where_all_pods_are_known(tmp_path: Path) -> None:
    ignored = f"# k8slint: file-ignore[GS708]\n{FIRST}"
    make(tmp_path, {"a.yaml": ignored, "b.yaml": DEPLOYMENT})
    arguments = ("--select", "GS708,GS901")
    assert check(tmp_path, *arguments).places == ["a.yaml:1 GS901"]
    make(tmp_path, SILENT["a template of a workload"])
    assert check(tmp_path, *arguments).places == []


def test_an_editor_counts_pods_as_texts_change(tmp_path: Path) -> None:
    make(tmp_path, {"a.yaml": FIRST, "b.yaml": DEPLOYMENT, ".k8slint.yaml": "select: [GS708]\n"})
    workspace = Workspace(root=str(tmp_path))
    budget, web, new = (str(tmp_path / name) for name in ("a.yaml", "b.yaml", "c.yaml"))
    steps = [
        (web, DEPLOYMENT.replace("{app: first}", "{app: web}"), True),
        (new, DEPLOYMENT, False),
        (new, None, True),
        (budget, FIRST.replace("app: first", "app: web"), False),
        (budget, FIRST, True),
        (new, "apiVersion: example.com/v1\nkind: Shop\n", False),
        (new, "apiVersion: v1\nkind: ConfigMap\n", True),
        (web, DEPLOYMENT, False),
    ]
    assert not workspace.check(budget)[budget].diagnoses
    for path, text, is_reported in steps:
        workspace.update(path, None if text is None else text.encode())
        assert bool(workspace.check(budget)[budget].diagnoses) is is_reported, (path, text)


def test_an_editor_knows_when_an_ignore_is_unused(tmp_path: Path) -> None:
    ignored = f"# k8slint: file-ignore[GS708]\n{FIRST}"
    make(
        tmp_path,
        {"a.yaml": ignored, "b.yaml": DEPLOYMENT, ".k8slint.yaml": "select: [GS708, GS901]\n"},
    )
    workspace = Workspace(root=str(tmp_path))
    budget, new = (str(tmp_path / name) for name in ("a.yaml", "c.yaml"))
    assert [one.code for one in workspace.check(budget)[budget].diagnoses] == ["GS901"]
    workspace.update(new, b"apiVersion: example.com/v1\nkind: Shop\n")
    assert not workspace.check(budget)[budget].diagnoses


def test_repairs_tell_budgets_of_a_file_apart() -> None:
    first, second = (Resource("policy/v1", "PodDisruptionBudget", "", one) for one in "ab")
    assert Identity(first, "GS709", "/spec").across_repairs() != (
        Identity(second, "GS709", "/spec").across_repairs()
    )
