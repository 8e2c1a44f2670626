"""Overlays and charts in `fixtures/rendered/`: what is found in what they render, and repaired.

`expected.txt` of each lists calls and what they say. `python -m tests.lint.test_rendered` writes
the answers to its calls anew; read the difference.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from k8slint.cli.check.options import FORMATS
from tests.command import Ran, check, contents, k8slint, make
from tests.places import FIXTURES
from tests.project.test_projects import described

TREES = FIXTURES / "rendered"
NAMES = sorted(path.name for path in TREES.iterdir())
CALLS = "$ k8slint check --render .\n$ k8slint check --render --diff --unsafe-fixes .\n"
FIXED = [name for name in NAMES if "\n+++ " in (TREES / name / "expected.txt").read_text("utf-8")]
WITH_SECRETS = sorted(
    {
        path.relative_to(TREES).parts[0]
        for path in TREES.rglob("*.*")
        if b"not-a-real" in path.read_bytes()
    }
)
GRACE = "helm-grace-in-values"


def record(folder: Path) -> str:
    """What the calls of a tree say."""
    expected = folder / "expected.txt"
    text = expected.read_text(encoding="utf-8") if expected.exists() else CALLS
    calls = [line for line in text.splitlines() if line.startswith("$ ")]
    return "\n".join(f"{call}\n{answer(folder, call)}" for call in calls)


def answer(folder: Path, call: str) -> str:
    _, _, *arguments = shlex.split(call)
    if "--diff" in arguments:
        ran = k8slint(folder, *arguments)
        return ran.text + ran.err
    ran = k8slint(folder, *arguments, "--output-format", "json")
    lines = [line for one in ran.data["findings"] for line in described(one)] if ran.out else []
    return "".join(f"{line}\n" for line in (*lines, *ran.err.splitlines()))


@pytest.fixture(autouse=True)
def nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a repository without a remote: this one may have been cloned under any name."""
    monkeypatch.setattr("k8slint.render.gitops.checkout.repository_names", lambda _: frozenset())


@pytest.fixture
def tools(need: Callable[[str], str]) -> None:
    """The programs that render."""
    need("kustomize")
    need("helm")


@pytest.fixture
def tree(request: pytest.FixtureRequest, tmp_path: Path, tools: None) -> Path:
    """A copy of a tree, in no repository."""
    return shutil.copytree(TREES / request.param, tmp_path / "tree")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_found(name: str, tools: None) -> None:
    before = contents(TREES / name)
    assert record(TREES / name) == (TREES / name / "expected.txt").read_text("utf-8")
    assert contents(TREES / name) == before, "nobody writes to the tree"


@pytest.mark.parametrize("tree", FIXED, indirect=True)
def test_what_is_repaired_is_the_diff_and_once(tree: Path) -> None:
    before = contents(tree)
    diff = check(tree, "--render", "--diff", "--unsafe-fixes", ".")
    fixed = check(tree, "--render", "--fix", "--unsafe-fixes", ".")
    assert fixed.code == diff.code or (diff.code, fixed.code) == (1, 0)
    after = contents(tree)
    changed = {name for name, data in after.items() if data != before[name]}
    assert after.keys() == before.keys()
    assert changed == set(re.findall(r"^\+\+\+ (.+)$", diff.text, re.MULTILINE)) != set()
    assert check(tree, "--render", "--diff", "--unsafe-fixes", ".").text == ""


@pytest.mark.parametrize("tree", ["kustomize-hook-in-base", "mixed-argocd"], indirect=True)
def test_the_number_of_jobs_changes_no_byte(tree: Path) -> None:
    one = check(tree, "--render", ".", "-j", "1")
    assert one.places
    assert check(tree, "--render", ".", "-j", "4") == one


OTHERS = [one for one in FORMATS if one != "full"]


@pytest.mark.parametrize("tree", WITH_SECRETS, indirect=True)
def test_no_secret_is_shown(tree: Path) -> None:
    said = [
        check(tree, "--render", "--diff", "."),
        check(tree, "--render", "--add-ignore", "--diff", "."),
        check(tree, "--render", "-v", ".", "--output-format", "full"),
        check(tree, "--render", ".", *(f"--output-format={one}={one}.txt" for one in OTHERS)),
    ]
    said_files = [(tree / f"{one}.txt").read_text("utf-8") for one in OTHERS]
    text = "\n".join([*(ran.text + ran.err for ran in said), *said_files])
    words = set(re.findall(rb"not-a-real[\w-]*", b"".join(contents(TREES).values())))
    for word in words:
        for form in (word, word.upper(), base64.b64encode(word)):
            assert form.decode() not in text


@pytest.mark.parametrize("tree", ["helm-environments"], indirect=True)
def test_values_of_the_call(tree: Path) -> None:
    (tree / ".k8slint.yaml").unlink()
    found = check(tree, "--render", ".")
    assert found.places == ["values.yaml:2 GS101"]
    assert "(values-prod.yaml)" in found.text
    assert check(tree, "--render", ".", "--set", "image=a").places == []
    chosen = check(tree, "--render", ".", "--values", "values-prod.yaml")
    assert chosen.places == ["values.yaml:2 GS101"]
    both = ("--values", "values-prod.yaml", "--set", "preStopSeconds=1")
    assert check(tree, "--render", ".", *both).places == []
    shared = ("--set", "terminationGracePeriodSeconds=20")
    assert check(tree, "--render", "--fix", ".", *shared).places == ["values.yaml:2 GS101"]


@pytest.mark.parametrize("tree", ["helm-environments-share-grace"], indirect=True)
def test_what_is_for_other_values_too_is_left_alone(tree: Path) -> None:
    (tree / ".k8slint.yaml").unlink()
    before = contents(tree)
    ran = check(tree, "--render", "--fix", ".", "--values", "values-prod.yaml")
    assert "values.yaml may also be rendered with other values than those of this call" in ran.err
    assert contents(tree) == before


@pytest.mark.parametrize("tree", ["helm-found-values"], indirect=True)
def test_values_that_a_template_reads_as_a_file_are_left_alone(tree: Path) -> None:
    with (tree / "templates" / "deployment.yaml").open("a", encoding="utf-8") as template:
        template.write('# {{ .Files.Get "values-dev.yaml" | len }}\n')
    before = contents(tree)
    ran = check(tree, "--render", "--fix", ".")
    assert "values-dev.yaml is also used by what could not be rendered: Chart.yaml" in ran.err
    assert contents(tree) == before


@pytest.mark.usefixtures("tools")
def test_a_repair_by_which_another_rendering_fails_is_not_made(tmp_path: Path) -> None:
    limit = '{{ if and .Values.prod (gt (int .Values.grace) 40) }}{{ fail "40 at most" }}{{ end }}'
    hook = '{lifecycle: {preStop: {exec: {command: [sleep, "45"]}}}}'
    containers = f"containers: [{{{{ if not .Values.prod }}}}{hook}{{{{ end }}}}]"
    pod = f"{{terminationGracePeriodSeconds: {{{{ .Values.grace }}}}, {containers}}}"
    top = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}"
    files = {
        "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        "values.yaml": "grace: 30\nprod: false\n",
        "values-prod.yaml": "prod: true\n",
        "templates/pod.yaml": f"{limit}\n{top}\nspec: {pod}\n",
    }
    make(tmp_path, files)
    ran = check(tmp_path, "--render", "--fix", ".")
    assert "Chart.yaml (values-prod.yaml) could no longer be rendered: helm failed" in ran.err
    assert contents(tmp_path)["values.yaml"] == files["values.yaml"].encode()


@pytest.mark.parametrize("tree", ["kustomize-hook-in-base"], indirect=True)
def test_a_base_outside_of_what_was_named_is_left_alone(tree: Path) -> None:
    (tree / ".git").mkdir()
    before = contents(tree)
    ran = check(tree, "--render", "--fix", "overlays")
    assert ran.places == ["base/deployment.yaml:19 GS101"]
    assert "base/deployment.yaml is outside the named folders" in ran.err
    assert contents(tree) == before


@pytest.mark.parametrize("tree", ["kustomize-hook-in-base"], indirect=True)
def test_an_overlay_that_was_not_looked_at_has_a_say(
    tree: Path, need: Callable[[str], str]
) -> None:
    subprocess.run([need("git"), "init", "--quiet"], cwd=tree, check=True)
    before = contents(tree / "base")
    ran = check(tree, "--render", "--fix", "base", "overlays/production")
    assert (
        "is also used by renderings outside this run: overlays/staging/kustomization.yaml"
        in ran.err
    )
    assert contents(tree / "base") == before
    assert check(tree, "--render", "--fix", ".").places == []


@pytest.mark.parametrize("tree", ["kustomize-hook-in-base"], indirect=True)
def test_a_named_kustomization_is_built(tree: Path) -> None:
    (tree / ".git").mkdir()
    ran = check(tree, "overlays/staging/kustomization.yaml")
    assert ran.places == ["base/deployment.yaml:19 GS101"]
    assert "(overlays/staging)" in ran.text
    assert check(tree, "overlays/staging").places == []


@pytest.mark.parametrize("tree", ["mixed-argocd"], indirect=True)
def test_a_baseline_hides_what_is_rendered_too(tree: Path) -> None:
    found = len(check(tree, "--render", ".").places)
    written = check(tree, "--render", ".", "--write-baseline")
    assert f"Wrote {found} findings" in written.err
    ran = check(tree, "--render", ".")
    assert (ran.code, ran.places) == (0, [])
    assert f"{found} suppressed" in ran.err
    before = contents(tree)
    check(tree, "--render", "--fix", ".")
    assert contents(tree) == before


@pytest.mark.parametrize("tree", ["kustomize-hook-in-base", "helm-grace-in-values"], indirect=True)
def test_files_that_are_left_out(tree: Path) -> None:
    assert check(tree, "--render", ".").places
    assert check(tree, "--render", ".", "--exclude", "deployment.yaml").places == []
    ignored = shutil.copytree(tree, tree.parent / "ignored")
    make(ignored, {".k8slint.yaml": "per-file-ignores: {'**/deployment.yaml': [GS101]}\n"})
    assert check(ignored, "--render", ".").places == []


@pytest.mark.parametrize(
    "tree", ["kustomize-old-fields", "kustomize-names-and-labels"], indirect=True
)
def test_kubectl_builds_the_same(tree: Path, need: Callable[[str], str], tmp_path: Path) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "kubectl").symlink_to(need("kubectl"))
    with_kustomize = check(tree, "--render", ".")
    assert with_kustomize.places
    assert check(tree, "--render", ".", env={"PATH": str(tmp_path / "only")}) == with_kustomize


@pytest.mark.parametrize("way", ["absolute", "relative"])
@pytest.mark.parametrize("tree", [GRACE], indirect=True)
def test_a_linked_file_of_values_is_not_written_to(tree: Path, way: str) -> None:
    (tree.parent / ".git").mkdir()
    common = tree.parent / "common.yaml"
    (tree / "values.yaml").rename(common)
    (tree / "values.yaml").symlink_to(common if way == "absolute" else "../common.yaml")
    before = common.read_bytes()
    assert check(tree, "--render", ".").places == ["templates/deployment.yaml:21 GS101"]
    ran = check(tree, "--render", "--fix", ".")
    assert "values.yaml: not fixed: a symbolic link leads to " in ran.err
    assert common.read_bytes() == before


@pytest.mark.parametrize("tree", ["helm-grace-in-values"], indirect=True)
def test_templates_behind_a_link_are_reported(tree: Path) -> None:
    (tree.parent / ".git").mkdir()
    (tree / "templates").rename(tree.parent / "shared")
    (tree / "templates").symlink_to("../shared")
    assert check(tree, "--render", ".").places == ["templates/deployment.yaml:21 GS101"]


@pytest.mark.parametrize("tree", ["kustomize-ignored", "helm-ignored"], indirect=True)
def test_what_is_hidden_is_shown_on_demand(tree: Path) -> None:
    hidden = check(tree, "--render", ".")
    shown = check(tree, "--render", "--no-ignores", ".")
    assert "suppressed" in hidden.err
    assert "suppressed" not in shown.err
    assert len(shown.places) == len(hidden.places) + int(hidden.err.split(" suppressed")[0][-1])


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 30
      containers:
      - name: app
        image: example.com/web:1
"""
HOOK = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [
  {name: app, lifecycle: {preStop: {sleep: {seconds: 30}}}}]}}}
"""


@pytest.mark.parametrize("stage", ["---\nresources: [../base]\n---\n", "Resources: [../base]\n"])
def test_an_overlay_that_is_spelt_oddly_has_a_say(tmp_path: Path, tools: None, stage: str) -> None:
    tree = {
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "base/web.yaml": DEPLOYMENT,
        "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: hook.yaml}]\n",
        "prod/hook.yaml": HOOK,
        "stage/kustomization.yaml": stage,
    }
    make(tmp_path, tree)
    ran = check(tmp_path, "--render", "--fix", ".")
    assert ran.places == ["prod/hook.yaml:5 GS101"]
    assert (tmp_path / "base/web.yaml").read_text("utf-8") == DEPLOYMENT


@pytest.mark.parametrize("named", [".", "sub"])
def test_a_chart_above_has_a_say(
    tmp_path: Path, tools: None, need: Callable[[str], str], named: str
) -> None:
    subprocess.run([need("git"), "init", "--quiet"], cwd=tmp_path, check=True)
    dependency = "dependencies: [{name: sub, version: 1.0.0, repository: 'file://../sub'}]\n"
    chart = "apiVersion: v2\nversion: 1.0.0\nname: "
    grace = DEPLOYMENT.replace("Seconds: 30", "Seconds: {{ .Values.grace }}")
    hooked = f"{grace}        lifecycle: {{preStop: {{sleep: {{seconds: 30}}}}}}\n"
    other = "kind: ConfigMap\nmetadata: {name: a}\ndata: {a: '{{ .Values.sub.grace }}'}\n"
    tree = {
        "above/Chart.yaml": f"{chart}above\n{dependency}",
        "above/templates/a.yaml": f"apiVersion: v1\n{other}",
        "sub/Chart.yaml": f"{chart}sub\n",
        "sub/values.yaml": "grace: 30\n",
        "sub/templates/web.yaml": hooked,
    }
    make(tmp_path, tree)
    ran = check(tmp_path, "--render", "--fix", named)
    assert ran.places
    assert (tmp_path / "sub/values.yaml").read_text("utf-8") == "grace: 30\n"


REMOTE = {
    "a file behind a key": "configMapGenerator: [{name: a, files: ['k=http://127.0.0.1:9/x']}]\n",
    "a generator inside": "generators: ['{apiVersion: builtin, kind: ConfigMapGenerator, "
    "metadata: {name: a}, files: [http://127.0.0.1:9/x]}']\n",
    "between markers": "---\nresources: ['https://127.0.0.1:9/x.yaml']\n---\n",
}


@pytest.mark.parametrize("what", REMOTE)
def test_nothing_is_fetched(tmp_path: Path, tools: None, what: str) -> None:
    make(tmp_path, {"kustomization.yaml": REMOTE[what]})
    ran = check(tmp_path, "--render", ".")
    assert ran.code == 0
    assert "has to be fetched, and that takes --allow-network" in ran.err


def test_a_chart_of_the_configuration_that_is_not_there(tmp_path: Path, tools: None) -> None:
    chart = {"chart/Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n"}
    make(tmp_path, {**chart, ".k8slint.yaml": "charts: {chrt: {dev: []}}\n"})
    ran = check(tmp_path, "--render", ".")
    assert ran.code == 2
    assert "is not a chart: it has no Chart.yaml" in ran.err


FAILURES = {
    "another case": "a: {{ include (upper .Values.s) . }}",
    "a template of values": 'a: {{ tpl (printf "{{ .%s.x.y }}" .Values.s) . }}',
    "a function of that name": 'a: {{ tpl (printf "{{ %s }}" .Values.s) . }}',
    "an anchor": "a: *{{ upper .Values.s }}",
    "another coding": "a: {{ fail (b64enc .Values.s) }}",
}


@pytest.mark.parametrize("how", FAILURES)
def test_a_failing_template_tells_no_value(tmp_path: Path, tools: None, how: str) -> None:
    tree = {
        "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        "values.yaml": "s: hunter2xyz\n",
        "templates/a.yaml": FAILURES[how],
    }
    make(tmp_path, tree)
    ran = check(tmp_path, "--render", ".")
    assert ran.code == 0
    assert "templates/a.yaml" in ran.err
    for form in ("hunter2xyz", "HUNTER2XYZ", "aHVudGVyMnh5eg=="):
        assert form not in ran.err


DEPENDENCIES = {
    "one": ({"Chart.yaml": "dependencies: [{name: loki}]\n"}, "dependency loki is not"),
    "of Helm 2": (
        {"requirements.yaml": "dependencies: [{name: loki}]\n"},
        "dependency loki is not",
    ),
    "in both files": (
        {
            "Chart.yaml": "dependencies: [{name: loki}]\n",
            "requirements.yaml": "dependencies: [{name: tempo}, {name: mimir}]\n",
        },
        "dependencies tempo, mimir are not",
    ),
}


@pytest.mark.parametrize("where", DEPENDENCIES)
def test_dependencies_that_are_missing(tmp_path: Path, where: str) -> None:
    files, said = DEPENDENCIES[where]
    chart = {"Chart.yaml": "name: a\n", "requirements.yaml": "", "charts/grafana/Chart.yaml": ""}
    make(tmp_path, {f"a/{name}": text + files.get(name, "") for name, text in chart.items()})
    ran = check(tmp_path / "a", "--render", ".", env=with_tool(tmp_path, "helm", "pass"))
    assert f"the chart's {said} in its charts/: run helm dependency build" in ran.err


# What stands in for a tool, and tells what it was called with.
TOOL = """#!{python} -IS
import json, os, sys, time
with open({called!r}, "a") as file:
    print(json.dumps([sys.argv[1:], dict(os.environ)]), file=file)
{does}
"""


def with_tool(tmp_path: Path, name: str, does: str) -> dict[str, str]:
    """An environment in which a program of that name is the only one."""
    if os.name == "nt":
        pytest.skip("Windows starts no scripts by their first line")
    program = tmp_path / "bin" / name
    program.parent.mkdir(parents=True, exist_ok=True)
    called = str(tmp_path / "called")
    program.write_text(TOOL.format(python=sys.executable, called=called, does=does), "utf-8")
    program.chmod(0o755)
    return {"PATH": str(program.parent)}


def test_a_tool_has_no_network_and_no_home(tmp_path: Path) -> None:
    env = with_tool(tmp_path, "helm", "pass") | {
        "https_proxy": "http://proxy.example.com",
        "GIT_SSH_COMMAND": "ssh -v",
        "HELM_DRIVER": "/plugins",
    }
    check(TREES / GRACE, "--render", ".", env=env)
    told = (tmp_path / "called").read_text("utf-8").splitlines()
    assert len(told) == 1
    seen = told[0]
    for word in ("proxy.example.com", "ssh -v", "HELM_DRIVER"):
        assert word not in seen
    for pair in ('"HTTPS_PROXY": "http://127.0.0.1:9"', '"GIT_ALLOW_PROTOCOL": "none"'):
        assert pair in seen
    assert f'"HOME": "{os.environ.get("HOME", "")}"' not in seen
    check(TREES / GRACE, "--render", "--allow-network", ".", env=env)
    allowed = (tmp_path / "called").read_text("utf-8").splitlines()[-1]
    assert '"https_proxy": "http://proxy.example.com"' in allowed
    assert '"GIT_ALLOW_PROTOCOL": "http:https"' in allowed


def test_what_helm_is_called_with(tmp_path: Path) -> None:
    env = with_tool(tmp_path, "helm", "pass")
    make(tmp_path, {"a,b.yaml": "", "chart/Chart.yaml": "name: shop\n"})
    words = ("--values", "a,b.yaml", "--set", "a=1,b=2", "--kubernetes-version", "1.31")
    assert check(tmp_path, "--render", "chart", *words, env=env).code == 0
    called, _ = json.loads((tmp_path / "called").read_text("utf-8"))
    assert (called[:2], called[4:]) == (
        ["template", "shop"],
        ["--set=a=1,b=2", "--kube-version=1.31.0"],
    )
    assert called[3].endswith(f'{tmp_path / "a,b.yaml"}"')
    for word in called[2:4]:
        assert f"{os.sep}k8slint-" in word, "what helm reads is a copy"
        assert not Path(word).is_relative_to(tmp_path)


def test_a_chart_cannot_name_an_option(tmp_path: Path) -> None:
    make(tmp_path, {"chart/Chart.yaml": "name: --post-renderer=./run.sh\n"})
    check(tmp_path, "--render", "chart", env=with_tool(tmp_path, "helm", "pass"))
    called, _ = json.loads((tmp_path / "called").read_text("utf-8"))
    assert called[:2] == ["template", "release"]
    assert not any("post-renderer" in word for word in called)


@pytest.mark.parametrize("name", ["../../../../escaped", "/escaped", "..", "a/b"])
def test_a_dependency_cannot_name_a_place(tmp_path: Path, name: str) -> None:
    chart = f"name: shop\ndependencies:\n- {{name: {name}, repository: 'file://../other'}}\n"
    make(tmp_path, {"shop/Chart.yaml": chart, "other/Chart.yaml": "name: other\n"})
    before = contents(tmp_path)
    ran = check(tmp_path, "--render", "shop", env=with_tool(tmp_path / "tool", "helm", "pass"))
    assert f"the chart's dependency {name} is not in its charts/" in ran.err
    assert contents(tmp_path).keys() - before.keys() == {"tool/bin/helm"}


BROKEN_TOOLS = {
    "takes too long": ("time.sleep(60)", "it took more than 1 s (render-timeout"),
    "fails": ("sys.exit('Error: validation: secret')", "helm failed: validation: ..."),
    "fails in silence": ("sys.exit(3)", "helm failed: exit 3"),
    "prints no text": ("sys.stdout.buffer.write(b'\\xff')", "helm printed text that is not"),
}


@pytest.mark.parametrize("how", BROKEN_TOOLS)
def test_a_tool_that_does_not_render(tmp_path: Path, how: str) -> None:
    does, said = BROKEN_TOOLS[how]
    chart = shutil.copytree(TREES / GRACE, tmp_path / "chart")
    make(chart, {".k8slint.yaml": "render-timeout: 1\n", "plain.yaml": "kind: Service\n"})
    before = contents(chart)
    ran = check(chart, "--render", "--fix", ".", env=with_tool(tmp_path, "helm", does))
    assert ran.code == 0
    assert f"Chart.yaml: not read: chart Chart.yaml: {said}" in ran.err
    assert contents(chart) == before


NO_TOOLS = {
    "chart": ([GRACE], "Skipped 1 chart: ", "install helm"),
    "overlay": (["kustomize-hook-in-base"], "Skipped 2 overlays: ", "install kustomize"),
    "overlay that is named": (
        ["kustomize-hook-in-base/overlays/production/kustomization.yaml"],
        "Skipped 1 overlay: ",
        "install kustomize",
    ),
}


@pytest.mark.parametrize("what", NO_TOOLS)
def test_rendering_without_the_tool(tmp_path: Path, what: str) -> None:
    names, said, hint = NO_TOOLS[what]
    base = "kustomize-hook-in-base/base/deployment.yaml"
    words = () if what.endswith("named") else ("--render",)
    ran = check(TREES, *words, *names, base, env={"PATH": str(tmp_path)})
    assert (ran.code, ran.places) == (1, [f"{base}:19 GS101"]), "what can be read as it is, is"
    assert f"{said}the program to render with is not on the PATH ({hint}" in ran.err
    kind = f"--fail-on-skipped={what.split(maxsplit=1)[0]}"
    refused = check(TREES, *words, *names, kind, env={"PATH": str(tmp_path)})
    assert "--fail-on-skipped refuses" in refused.err


def test_nothing_to_render(tmp_path: Path) -> None:
    make(tmp_path, {"pod.yaml": "kind: Service\n"})
    assert check(tmp_path, "--render", ".", env={"PATH": str(tmp_path)}) == check(tmp_path, ".")


MISUSED = {
    "--set a=b .": "--set requires --render",
    "--values a.yaml .": "--values requires --render",
    "--allow-network .": "--allow-network requires --render",
    "--render -": "--render needs folders",
    "--render --values missing.yaml .": "--values missing.yaml: no such file",
}


@pytest.mark.parametrize("arguments", MISUSED)
def test_misuse(tmp_path: Path, arguments: str) -> None:
    ran: Ran = check(tmp_path, *arguments.split())
    assert (ran.code, ran.text) == (2, "")
    assert ran.err.startswith(f"k8slint: {MISUSED[arguments]}")


def test_piped_output_tells_of_its_template() -> None:
    rendered = b"""\
---
# Source: shop/templates/web.yaml
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 10
  containers:
  - name: app
    image: example.com/web:1
    lifecycle: {preStop: {sleep: {seconds: 10}}}
"""
    ran = check(TREES, "-", "--output-format", "json", stdin=rendered)
    (found,) = ran.data["findings"]
    assert (found["path"], found["line"]) == ("<stdin>", 11)
    place = found["related"][-1]
    assert (place["path"], place["message"]) == (
        "shop/templates/web.yaml",
        "rendered from the template",
    )


def write(names: Sequence[str]) -> Iterator[Path]:
    for name in names or NAMES:
        path = TREES / name / "expected.txt"
        path.write_text(record(TREES / name), encoding="utf-8")
        yield path


if __name__ == "__main__":
    print(*write(sys.argv[1:]), sep="\n")
