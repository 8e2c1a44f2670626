"""One process, many looks: a workspace says what a new run would say."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8slint.config import Overrides
from k8slint.errors import UsageError
from k8slint.lint.examples import read_examples
from k8slint.lint.open_files import OpenFiles
from k8slint.lint.reports import FileReport
from k8slint.lint.rulebook import load_rules
from k8slint.lint.settings import Settings
from k8slint.lint.task import RunOptions
from k8slint.workspace import Workspace
from tests.command import check as run_check
from tests.command import make
from tests.manifests import SERVICE, WEB
from tests.places import FIXTURES
from tests.tiers import tries

PROJECTS = FIXTURES / "projects"

LONG = """\
apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - {name: a, image: a, lifecycle: {preStop: {sleep: {seconds: 40}}}}
"""


OWN = """\
from k8slint.api import Finding, Spot, Workload, rule

@rule("ACME001", "called", severity="warning", since="1")
def check(workload: Workload):
    name = workload.value.at("metadata", "name")
    if name.text == "{name}":
        yield Finding("the pod has this name", at=Spot(name))
"""


def found(workspace: Workspace) -> dict[str, list[str]]:
    """The codes of each file that has any, by its name."""
    reports = workspace.check()
    codes = {path: [one.code for one in report.diagnoses] for path, report in reports.items()}
    return {Path(path).name: here for path, here in codes.items() if here}


def test_a_root_that_does_not_exist_is_refused_until_it_holds_a_text(tmp_path: Path) -> None:
    root = tmp_path / "typo"
    workspace = Workspace(root=str(root))
    with pytest.raises(UsageError, match=rf"^{root}: no such file or folder$"):
        workspace.check()
    workspace.update(str(root / "pod.yaml"), LONG)
    assert found(workspace) == {"pod.yaml": ["GS001"]}


def test_a_configuration_counts_once_the_disk_is_looked_at_anew(tmp_path: Path) -> None:
    make(tmp_path, {"pod.yaml": LONG})
    workspace = Workspace(root=str(tmp_path))
    assert found(workspace) == {"pod.yaml": ["GS001"]}
    make(tmp_path, {".k8slint.yaml": "ignore: [GS0, GS1]"})
    assert found(workspace) == {"pod.yaml": ["GS001"]}
    workspace.forget()
    assert found(workspace) == {}
    assert found(Workspace(root=str(tmp_path))) == {}


def test_a_custom_rule_is_loaded_again_once_the_disk_is_looked_at_anew(tmp_path: Path) -> None:
    make(tmp_path, {"pod.yaml": LONG, "own/acme001.py": OWN.format(name="a")})
    overrides = Overrides(rule_folders=(tmp_path / "own",))
    workspace = Workspace(overrides, root=str(tmp_path))
    assert found(workspace) == {"pod.yaml": ["ACME001", "GS001"]}
    make(tmp_path, {"own/acme001.py": OWN.format(name="another")})
    assert found(workspace) == {"pod.yaml": ["ACME001", "GS001"]}
    workspace.forget()
    assert found(workspace) == {"pod.yaml": ["GS001"]}
    make(tmp_path, {"own/acme001.py": OWN.format(name="a")})
    assert found(Workspace(overrides, root=str(tmp_path))) == {"pod.yaml": ["ACME001", "GS001"]}


def test_a_saved_configuration_counts_as_soon_as_it_is_told(tmp_path: Path) -> None:
    make(tmp_path, {"pod.yaml": LONG})
    workspace = Workspace(root=str(tmp_path))
    assert found(workspace) == {"pod.yaml": ["GS001"]}
    make(tmp_path, {".k8slint.yaml": "ignore: [GS0, GS1]"})
    workspace.update(str(tmp_path / ".k8slint.yaml"), None)
    assert found(workspace) == {}


def test_a_text_that_is_not_saved_changes_what_is_found_in_another_file(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": WEB, "service.yaml": SERVICE})
    workspace = Workspace(root=str(tmp_path))
    assert found(workspace) == {"web.yaml": ["GS301"]}
    service = str(tmp_path / "service.yaml")
    workspace.update(service, SERVICE.replace("app: web", "app: other").encode())
    assert found(workspace) == {}
    workspace.update(service, SERVICE)
    assert found(workspace) == {"web.yaml": ["GS301"]}
    workspace.update(service, SERVICE.replace("app: web", "app: é"))
    assert found(workspace) == {}
    workspace.update(service, None)
    assert found(workspace) == {"web.yaml": ["GS301"]}


SCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 2
"""


def test_the_first_of_several_objects_is_so_whatever_changed_last(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": WEB.replace("  replicas: 2\n", ""), "service.yaml": SERVICE})
    make(tmp_path, {"a.yaml": SCALER, "b.yaml": SCALER.replace("2\n", "1\n")})
    workspace = Workspace(root=str(tmp_path))
    assert found(workspace) == {"web.yaml": ["GS301"]}
    workspace.update(str(tmp_path / "a.yaml"), f"# edited\n{SCALER}")
    assert found(workspace) == {"web.yaml": ["GS301"]}
    workspace.update(str(tmp_path / "b.yaml"), SCALER)
    workspace.update(str(tmp_path / "a.yaml"), SCALER.replace("2\n", "1\n"))
    assert found(workspace) == {}


def test_a_file_outside_of_the_workspace_has_no_report(tmp_path: Path) -> None:
    make(tmp_path, {"in/pod.yaml": LONG, "out.yaml": LONG})
    workspace = Workspace(root=str(tmp_path / "in"))
    outside = str(tmp_path / "out.yaml")
    assert workspace.check(outside) == {}
    for ask in (workspace.fix, workspace.timeline):
        with pytest.raises(KeyError, match=r"out\.yaml"):
            ask(outside)


def test_files_come_and_go(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": WEB, ".k8slint.yaml": "exclude: [gen/]"})
    workspace = Workspace(root=str(tmp_path))
    assert found(workspace) == {}
    for name, is_read in (("new.yaml", True), ("gen/new.yaml", False), ("new.txt", False)):
        path = str(tmp_path / name)
        workspace.update(path, LONG.encode())
        assert bool(found(workspace)) is is_read, f"{name}, not saved"
        make(tmp_path, {name: LONG})
        workspace.update(path, None)
        assert bool(found(workspace)) is is_read, f"{name}, saved"
        Path(path).unlink()
        workspace.update(path, None)
        assert found(workspace) == {}, f"{name}, deleted"


IGNORED = {".gitignore": "gen/\n", "node_modules/a.txt": ""}
IGNORED |= {f".git/{name}": "" for name in ("HEAD", "objects/x", "refs/x")}


@pytest.mark.parametrize("folder", ["gen", "node_modules", ".hidden", "gen/below"])
@pytest.mark.parametrize("has_repository", [True, False])
def test_a_file_that_a_run_does_not_read_is_not_read_because_it_changes(
    tmp_path: Path, folder: str, has_repository: bool
) -> None:
    make(tmp_path, {**IGNORED, f"{folder}/pod.yaml": LONG, "a/b/pod.yaml": LONG})
    if not has_repository:
        shutil.rmtree(tmp_path / ".git")
    workspace = Workspace(root=str(tmp_path))
    before = sorted(workspace.check())
    for name in (f"{folder}/pod.yaml", "a/b/pod.yaml"):
        workspace.update(str(tmp_path / name), f"# new\n{LONG}")
        assert sorted(workspace.check()) == before
        workspace.update(str(tmp_path / name), None)
        assert sorted(workspace.check()) == before == sorted(Workspace(root=str(tmp_path)).check())


def test_a_baseline_hides_what_it_hides_in_a_run(tmp_path: Path) -> None:
    named = {name: LONG.replace("name: a}", f"name: {name}}}") for name in "abc"}
    make(tmp_path, {f"{name}.yaml": text for name, text in named.items()})
    make(tmp_path, {".k8slint.yaml": ""})
    assert run_check(tmp_path, "--write-baseline", ".").code == 0
    workspace = Workspace(root=str(tmp_path))
    assert found(workspace) == {}
    workspace.update(str(tmp_path / "d.yaml"), named["a"].replace("name: a}", "name: d}"))
    assert found(workspace) == {"d.yaml": ["GS001"]}
    # What a file hid that is gone now is hidden in one other file, and not in a second one.
    (tmp_path / "a.yaml").unlink()
    for name in ("a.yaml", ".k8slint-baseline.json"):
        workspace.update(str(tmp_path / name), None)
    workspace.update(str(tmp_path / "d.yaml"), named["a"])
    assert found(workspace) == {}
    workspace.update(str(tmp_path / "e.yaml"), named["a"])
    assert found(workspace) == {"e.yaml": ["GS001"]}
    assert found(Workspace(Overrides(isolated=True), root=str(tmp_path)))["b.yaml"] == ["GS001"]


def test_only_what_changed_is_linted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linted: list[str] = []

    def judge(files: OpenFiles, path: str, mode: RunOptions, text: None = None) -> FileReport:
        linted.append(Path(path).name)
        return lint(files, path, mode)

    lint = OpenFiles.judge
    monkeypatch.setattr(OpenFiles, "judge", judge)
    make(tmp_path, {f"pod{n}.yaml": LONG.replace("name: a}", f"name: a{n}}}") for n in range(9)})
    workspace = Workspace(root=str(tmp_path))
    workspace.check()
    assert len(linted) == 9
    linted.clear()
    workspace.update(str(tmp_path / "pod3.yaml"), LONG.replace("40", "20").encode())
    workspace.check()
    assert linted == ["pod3.yaml"]


def test_a_folder_is_read_again_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    linted: list[str] = []

    def judge(files: OpenFiles, path: str, mode: RunOptions, text: None = None) -> FileReport:
        linted.append(Path(path).name)
        return lint(files, path, mode)

    lint = OpenFiles.judge
    monkeypatch.setattr(OpenFiles, "judge", judge)
    pods = {name: LONG.replace("name: a}", f"name: {name}}}") for name in "abc"}
    make(tmp_path, {f"{name}/{name}.yaml": pod for name, pod in pods.items()})
    make(tmp_path, {"a.b/d.yaml": LONG.replace("name: a}", "name: d}")})
    workspace = Workspace(root=str(tmp_path))
    workspace.check()
    linted.clear()
    make(tmp_path, {f"{name}/{name}.yaml": pods[name].replace("40", "20") for name in "ab"})
    workspace.forget(str(tmp_path / "a"))
    assert found(workspace) == {f"{name}.yaml": ["GS001"] for name in "bcd"}
    assert linted == ["a.yaml"]
    make(tmp_path, {"b/.k8slint.yaml": "ignore: [GS0]", "c/c.yaml": pods["c"].replace("40", "20")})
    workspace.update(str(tmp_path / "b" / ".k8slint.yaml"), None)
    assert found(workspace) == {f"{name}.yaml": ["GS001"] for name in "cd"}
    assert linted == ["a.yaml", "b.yaml"]
    make(tmp_path, {"b/.k8slint.yaml": "ignore: ["})
    workspace.forget(str(tmp_path / "b"))
    with pytest.raises(UsageError):
        workspace.check()
    make(tmp_path, {"b/.k8slint.yaml": ""})
    workspace.forget(str(tmp_path / "b"))
    assert found(workspace) == {"d.yaml": ["GS001"]}


def test_what_a_folder_says_of_files_outside_of_it_is_read_again(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": WEB, "service.yaml": SERVICE})
    workspace = Workspace(root=str(tmp_path))
    assert found(workspace) == {"web.yaml": ["GS301"]}
    one = "resources: [../web.yaml]\nreplicas: [{name: web, count: 1}]\n"
    make(tmp_path, {"prod/kustomization.yaml": one, "new.yaml": LONG})
    workspace.forget(str(tmp_path / "prod"))
    assert found(workspace) == {"new.yaml": ["GS001"]}


def test_context_is_read_again_wherever_a_folder_is(tmp_path: Path) -> None:
    make(tmp_path, {"in/web.yaml": WEB, "in/.k8slint.yaml": "context: [../by]", ".git/x": ""})
    make(tmp_path, {"by/service.yaml": SERVICE})
    workspace = Workspace(root=str(tmp_path / "in"))
    assert found(workspace) == {"web.yaml": ["GS301"]}
    make(tmp_path, {"in/.k8slint.yaml": ""})
    workspace.update(str(tmp_path / "in" / ".k8slint.yaml"), None)
    assert found(workspace) == {}
    make(tmp_path, {"in/.k8slint.yaml": "context: [../by]"})
    workspace.update(str(tmp_path / "in" / ".k8slint.yaml"), None)
    assert found(workspace) == {"web.yaml": ["GS301"]}
    make(tmp_path, {"by/service.yaml": SERVICE.replace("app: web", "app: other")})
    workspace.forget(str(tmp_path / "by"))
    assert found(workspace) == {}


def test_with_settings_no_configuration_counts(tmp_path: Path) -> None:
    make(tmp_path, {"pod.yaml": LONG, ".k8slint.yaml": "ignore: [GS0, GS1]"})
    assert found(Workspace(root=str(tmp_path))) == {}
    for select, codes in (("DEFAULT", {"pod.yaml": ["GS001"]}), ("GS2", {})):
        given = Settings(select=(select,))
        assert found(Workspace(root=str(tmp_path), settings=given)) == codes


@pytest.mark.parametrize("is_complete", [True, False])
def test_what_is_missing_counts_where_files_are_all_there_is(
    is_complete: bool, tmp_path: Path
) -> None:
    rule = load_rules().find("GS304")
    text = next(one.text for one in read_examples(rule) if one.kind == "bad" and one.is_complete)
    make(tmp_path, {"web.yaml": text})
    only = Settings(select=(rule.code,))
    workspace = Workspace(root=str(tmp_path), settings=only, is_complete=is_complete)
    assert found(workspace) == ({"web.yaml": [rule.code]} if is_complete else {})


def test_one_finding_is_repaired_and_no_other(tmp_path: Path) -> None:
    text = f"\ufeff# \U0001f600\n{LONG}---\n{LONG}"
    make(tmp_path, {"pod.yaml": text})
    path = str(tmp_path / "pod.yaml")
    workspace = Workspace(root=str(tmp_path))
    first, second = workspace.check()[path].diagnoses
    for one, at in ((first, text.index("---")), (second, len(text))):
        report = workspace.repair(path, one)
        grace = "  terminationGracePeriodSeconds: 50\n"
        assert (report.text or b"").decode() == text[:at] + grace + text[at:]
        assert [left.code for left in report.diagnoses] == ["GS001"]
    assert (tmp_path / "pod.yaml").read_text(encoding="utf-8") == text
    assert first.fix
    useless = first.fix.edits[0]._replace(content="\n")
    for fix in (None, first.fix._replace(edits=()), first.fix._replace(edits=(useless,))):
        with pytest.raises(ValueError, match="GS001 has no fix that is certain to work"):
            workspace.repair(path, first._replace(fix=fix))


def test_a_repair_is_that_of_a_run(tmp_path: Path) -> None:
    make(tmp_path, {"pod.yaml": "\n"})
    workspace = Workspace(root=str(tmp_path))
    path = str(tmp_path / "pod.yaml")
    workspace.update(path, LONG.encode())
    fixed = workspace.fix(path)
    assert fixed.text == LONG.replace("spec:\n", "spec:\n", 1).encode() + (
        b"  terminationGracePeriodSeconds: 50\n"
    )
    assert Path(path).read_bytes() == b"\n"
    (scene,) = workspace.timeline(path).scenes
    assert scene.short_by > 0


RULES = "select: [ALL]\npreview: true\n"
DEPLOYMENT = """\
spec:
  replicas: 2
  selector: {{matchLabels: {labels}}}
  template:
    metadata: {{labels: {labels}}}
    spec:
      containers:
      - {{name: app, image: "example.com/web:1", ports: [{{containerPort: 80}}]{hook}}}
"""
SLEEP = ", lifecycle: {preStop: {sleep: {seconds: 5}}}"
# Objects by group and kind, with what else there is to say of each.
OBJECTS = {
    "apps/Deployment": DEPLOYMENT,
    "Service": "spec: {{selector: {labels}, ports: [{{port: 80}}], type: {type}}}\n",
    "networking.k8s.io/Ingress": """\
spec: {{defaultBackend: {{service: {{name: {word}, port: {{number: 80}}}}}}, ingressClassName: x}}
""",
    "networking.k8s.io/IngressClass": "spec: {{controller: ingress.k8s.aws/alb}}\n",
    "autoscaling/HorizontalPodAutoscaler": """\
spec: {{scaleTargetRef: {{kind: Deployment, name: {word}}}, minReplicas: {n}, maxReplicas: {n}}}
""",
    "policy/PodDisruptionBudget": """\
spec: {{selector: {{matchLabels: {labels}}}, minAvailable: {n}}}
""",
    "Namespace": "",
    "karpenter.sh/NodePool": "spec: {{template: {{spec: {{terminationGracePeriod: {n}s}}}}}}\n",
}
LABELS = ("{app: x}", "{app: x, tier: x}", "{app: x, tier: y}", "{app: y}")
META = "{{name: {word}{space}, labels: {{istio-injection: {injection}}}}}"


WORKLOAD = "apps/Deployment"


def manifest(random: Random, kind: str) -> str:
    """An object out of few words, so that it is joined to many others, or takes their place."""
    group, _, name = kind.rpartition("/")
    version = f"{group}/v1" if group else "v1"
    head = f"apiVersion: {version}\nkind: {name}\nmetadata: {META}\n"
    return f"{head}{OBJECTS[kind]}".format(
        word=random.choice("xy"),
        space=random.choice(["", "", ", namespace: x"]),
        injection=random.choice(["enabled", "disabled"]),
        labels=random.choice(LABELS),
        hook=random.choice(["", SLEEP]),
        type=random.choice(["ClusterIP", "LoadBalancer"]),
        n=random.choice([1, 3]),
    )


def world(random: Random) -> tuple[dict[str, str], str, str]:
    """A few files, and another text for one: another object, the same moved or broken, or none."""
    kinds = [WORKLOAD, *random.choices([*OBJECTS, *[WORKLOAD] * 3], k=random.randint(2, 6))]
    folders = random.choices(["", "a/", "a/b/"], k=len(kinds))
    files = {
        f"{folder}{number}.yaml": manifest(random, kind)
        for number, (folder, kind) in enumerate(zip(folders, kinds, strict=True))
    }
    name, kind = random.choice([*zip(files, kinds, strict=True)])
    others = ("", f"# moved\n{files[name]}", f"{files[name]}- broken\n")
    another = manifest(random, random.choice([kind, kind, *OBJECTS]))
    return files, name, random.choice([another, another, another, *others])


@settings(max_examples=tries(150))
@given(st.integers(0, 2**40))
def test_what_is_not_linted_again_is_found_as_before(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    files, name, text = world(Random(seed))
    folder = tmp_path_factory.mktemp("law")
    make(folder, {**files, ".k8slint.yaml": RULES})
    workspace = Workspace(root=str(folder))
    workspace.check()
    workspace.update(str(folder / name), text.encode())
    make(folder, {name: text})
    assert workspace.check() == Workspace(root=str(folder)).check()
    shutil.rmtree(folder)


MARKED = {
    ".k8slint.yaml": "ignore: [GS3]\n",
    "kustomization.yaml": "namespace: x\ncommonLabels: {{app: y}}\nresources: [{}]\n",
    ".gitignore": "1.yaml\n",
}


@settings(max_examples=tries(100))
@given(st.integers(0, 2**40))
def test_a_folder_that_is_read_again_is_found_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    random = Random(seed)
    files, name, text = world(random)
    folder = tmp_path_factory.mktemp("law")
    make(folder, {**files, ".k8slint.yaml": RULES, ".git/HEAD": ""})
    workspace = Workspace(root=str(folder))
    workspace.check()
    inside = Path(name).parent
    make(folder, {name: text})
    for marker in random.sample([*MARKED], random.randint(0, 2)):
        if marker != ".k8slint.yaml" or str(inside) != ".":
            beside = [Path(one).name for one in files if Path(one).parent == inside]
            make(folder, {str(inside / marker): MARKED[marker].format(", ".join(beside))})
    workspace.forget(str(folder / inside))
    assert workspace.check() == Workspace(root=str(folder)).check()
    shutil.rmtree(folder)


TEXTS = {"web.yaml": WEB, "service.yaml": SERVICE, "pod.yaml": LONG}
CHANGES = st.lists(
    st.tuples(
        st.sampled_from([*TEXTS, "new.yaml"]),
        st.one_of(
            st.none(),
            st.sampled_from([*TEXTS.values(), "", "kind: [", WEB.replace("web", "shop")]),
        ),
        st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=tries(60))
@given(CHANGES)
def test_any_changes_leave_what_a_new_workspace_finds(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, str | None, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("law")
    make(folder, TEXTS)
    workspace = Workspace(root=str(folder))
    texts: dict[str, str] = {}
    workspace.check()
    for name, text, is_checked in changes:
        workspace.update(str(folder / name), text.encode() if text is not None else None)
        texts.pop(name, None)
        if text is not None:
            texts[name] = text
        if is_checked:
            workspace.check()
    make(folder, texts)
    assert workspace.check() == Workspace(root=str(folder)).check()
    shutil.rmtree(folder)


def contents(folder: Path) -> Mapping[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}


@pytest.mark.parametrize("name", sorted(path.name for path in PROJECTS.iterdir()))
def test_a_project_told_text_by_text_is_what_it_is_on_disk(name: str, tmp_path: Path) -> None:
    shutil.copytree(PROJECTS / name, tmp_path, dirs_exist_ok=True)
    there = Workspace(root=str(tmp_path)).check()
    workspace = Workspace(root=str(tmp_path))
    texts = contents(tmp_path)
    for path in texts:
        workspace.update(path, b"# not yet\n")
    workspace.check()
    for path, text in texts.items():
        workspace.update(path, text)
    assert workspace.check() == there
