"""Charts and overlays of a stranger read nothing outside of their repository."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from k8slint.outside import files
from k8slint.render import trees
from tests.command import check, environment, make
from tests.hostile.rendering import (
    CHART,
    POD,
    RESOURCE,
    SECRET,
    SUB,
    everything,
    packed,
    plugin,
    stand_in,
)

if os.name == "nt":
    pytest.skip("Windows has other links and signals", allow_module_level=True)

# What leads out of the repository, and what is said of it.
LEAK = CHART, POD % '{{ .Files.Get "leak" | regexFind "not-a-real-[a-z]+" }}'
LINKS = {
    "a file": ("chart/leak", "../../outside/secret.yaml"),
    "an absolute path": ("chart/leak", "{0}/outside/secret.yaml"),
    "the environment": ("chart/leak", "/proc/self/environ"),
    "git's own folder": ("chart/leak", "../.git/config"),
    "a folder": ("chart/files", "../../outside"),
    "a way through a folder": ("chart/files", "../way"),
    "a chain": ("chart/leak", "../chain/second"),
    "a template": ("chart/templates/b.yaml", "../../../outside/secret.yaml"),
    "the values": ("chart/values.yaml", "../../outside/values.yaml"),
    "a subchart": ("chart/charts/sub/leak", "../../../../outside/secret.yaml"),
    "all subcharts": ("chart/charts", "../../outside"),
    "the whole machine": ("chart/files", "/"),
    "a hidden file": ("chart/.leak", "../../outside/secret.yaml"),
}


@pytest.mark.parametrize("what", LINKS)
def test_no_link_of_a_chart_leads_out(repository: Path, tools: None, what: str) -> None:
    name, target = LINKS[what]
    make(repository, {"chart/Chart.yaml": LEAK[0], "chart/templates/a.yaml": LEAK[1]})
    make(repository, {"chain/first": "", "chart/charts/sub/Chart.yaml": CHART})
    (repository / "chain" / "second").symlink_to("../../outside/secret.yaml")
    (repository / "way").symlink_to("../outside")
    if what == "all subcharts":
        (repository / "chart/charts/sub/Chart.yaml").unlink()
        (repository / "chart/charts/sub").rmdir()
        (repository / "chart/charts").rmdir()
    (repository / name).symlink_to(target.format(repository.parent))
    said = everything(repository, env={"GITHUB_TOKEN": SECRET})
    assert SECRET not in said
    assert f"{name.removeprefix('chart/')} is not copied: it leads " in said


def test_a_dependency_beside_the_chart_leads_nowhere_else(repository: Path, tools: None) -> None:
    make(
        repository.parent, {"outside/Chart.yaml": CHART, "outside/templates/a.yaml": POD % SECRET}
    )
    depends = "dependencies: [{name: sub, version: 1.0.0, repository: 'file://../../outside'}]\n"
    make(repository, {"chart/Chart.yaml": CHART + depends})
    said = everything(repository)
    assert SECRET not in said
    assert "the chart's dependency sub is not copied: it leads out of " in said


def test_a_link_in_a_dependency_leads_nowhere_else(repository: Path, tools: None) -> None:
    depends = "dependencies: [{name: sub, version: 1.0.0, repository: 'file://../sub'}]\n"
    make(repository, {"chart/Chart.yaml": CHART + depends, "sub/templates/a.yaml": LEAK[1]})
    make(repository, {"sub/Chart.yaml": LEAK[0].replace("shop", "sub") + "type: library\n"})
    (repository / "sub" / "leak").symlink_to("../../outside/secret.yaml")
    said = everything(repository)
    assert SECRET not in said
    assert "leak is not copied: it leads out of " in said


def test_what_a_link_leads_to_in_the_repository_is_there(repository: Path, tools: None) -> None:
    make(repository, {"chart/Chart.yaml": CHART, "chart/values.yaml": "grace: 10\n"})
    make(repository, {"shared/a.yaml": POD % '{{ .Files.Get "files/name" }}', "files/name": "web"})
    (repository / "chart" / "templates").symlink_to("../shared")
    (repository / "chart" / "files").symlink_to(repository / "files")
    assert check(repository, "--render", "chart").places == ["chart/templates/a.yaml:9 GS101"]


def test_what_is_hidden_beside_a_chart_is_no_part_of_it(tmp_path: Path, tools: None) -> None:
    """A work tree of git has a file for its folder, and an environment leads to a whole system."""
    make(
        tmp_path, {".git": "gitdir: ../a\n", "Chart.yaml": CHART, "templates/a.yaml": POD % "app"}
    )
    make(tmp_path, {".venv/lib/a": "", "node_modules/a/b": ""})
    for folder in (".venv", "node_modules"):
        (tmp_path / folder / "python").symlink_to("/usr/bin")
    (tmp_path / "nowhere").symlink_to("missing")
    assert check(tmp_path, "--render", ".").places == ["templates/a.yaml:9 GS101"]


def test_a_link_that_is_swapped_after_it_was_looked_at(
    repository: Path, tools: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(repository, {"chart/Chart.yaml": CHART, "chart/templates/a.yaml": LEAK[1], "b": "web"})
    make(repository, {"chart/files/leak": "web"})
    before = files.read_bytes

    def read(path: str, limit: int) -> bytes:
        if path.endswith("leak"):
            (repository / "chart/files").rename(repository / "was")
            (repository / "chart/files").symlink_to("../../outside")
            (repository.parent / "outside" / "leak").write_text(SECRET, "utf-8")
        return before(path, limit)

    monkeypatch.setattr(trees, "read_bytes", read)
    ran = check(repository, "--render", "chart")
    assert "Skipped 1 " in ran.err
    assert SECRET not in ran.text + ran.err
    assert "files/leak is not copied: it leads out of " in ran.err


def test_a_link_of_an_overlay_leads_nowhere_else(repository: Path, tools: None) -> None:
    make(repository.parent, {"outside/pod.yaml": POD % SECRET})
    make(repository, {"overlay/kustomization.yaml": "resources: [pod]\n"})
    (repository / "overlay" / "pod").symlink_to("../../outside/pod.yaml")
    said = everything(repository)
    assert SECRET not in said
    assert "pod is not read: it leads out of " in said


OVERLAYS: dict[str, dict[str, str]] = {
    "a base": {"kustomization.yaml": "resources: [../outside]\n"},
    "a base above": {"kustomization.yaml": "bases: [../../../../../../../../../../etc]\n"},
    "a file beside": {"kustomization.yaml": "resources: [../outside/pod.yaml]\n"},
    "a file above": {
        "a/kustomization.yaml": "configMapGenerator: [{name: a, files: [../../../etc/passwd]}]\n"
    },
    "a component": {"kustomization.yaml": "components: [../outside]\n"},
    "git's own folder": {
        "kustomization.yaml": "configMapGenerator: [{name: a, files: [.git/config]}]\n"
    },
    "a field in other letters": {"kustomization.yaml": "Resources: [../outside]\n"},
    "letters that Go takes for others": {"kustomization.yaml": "re\u017fources: [../outside]\n"},
}


@pytest.mark.parametrize("what", OVERLAYS)
def test_nothing_of_an_overlay_leads_out(repository: Path, tools: None, what: str) -> None:
    base = {"kustomization.yaml": "resources: [pod.yaml]\n", "pod.yaml": POD % SECRET}
    make(repository.parent / "outside", base)
    make(repository, OVERLAYS[what])
    said = everything(repository)
    assert SECRET not in said
    assert "is not read: it leads " in said


# A part of a kustomization of another type than kustomize wants, and a file that it names.
MISTYPED = {
    "a list for a schema": ("openapi: [a]", ""),
    "a text for a schema": ("openapi: a", ""),
    "a list for the path of a schema": ("openapi: {path: [1]}", ""),
    "numbers in a list": ("generators: [g.yaml]", "kind: List\nitems: [1]\n"),
    "a mapping for a list": (
        "generators: [g.yaml]",
        plugin("ConfigMapGenerator", "items: {a: b}"),
    ),
    "a text for a list": ("generators: [g.yaml]", plugin("ConfigMapGenerator", "items: a")),
    "a number for a list": ("generators: [g.yaml]", plugin("SecretGenerator", "items: 5")),
    "a list for a kind": ("generators: [g.yaml]", "kind: [a]\nmetadata: {name: a}\n"),
    "a number for a list of files": ("secretGenerator: [{name: a, files: 5}]", ""),
}


@pytest.mark.parametrize("what", MISTYPED)
def test_what_is_mistyped_in_an_overlay_is_no_crash(
    repository: Path, tools: None, what: str
) -> None:
    says, file = MISTYPED[what]
    make(repository, {"kustomization.yaml": f"resources: [a.yaml]\n{says}\n", "g.yaml": file})
    make(repository, {"a.yaml": RESOURCE})
    ran = check(repository, "--render")
    assert ran.err.startswith(("kustomization.yaml: not read: ", "No workload found in ")), ran


def test_no_link_for_a_file_of_values_leads_out(repository: Path, tools: None) -> None:
    make(
        repository, {"chart/Chart.yaml": CHART, "chart/templates/a.yaml": POD % "{{ .Values.a }}"}
    )
    (repository / "prod.yaml").symlink_to("../outside/values.yaml")
    ran = check(repository, "--render", "chart", "--values", "prod.yaml")
    assert (ran.code, ran.text) == (2, "")
    assert "--values prod.yaml: a link in " in ran.err
    named = str(repository.parent / "outside" / "values.yaml")
    assert check(repository, "--render", "chart", "--values", named).places


def test_a_line_that_names_a_template_names_nothing_else(repository: Path, tools: None) -> None:
    line = f"terminationGracePeriodSeconds: 99 # {SECRET}\n"
    make(repository.parent, {"outside/secret.yaml": line})
    template = "# Source: shop/../../outside/secret.yaml\n" + POD % "app"
    make(repository, {"chart/Chart.yaml": CHART, "chart/templates/a.yaml": template})
    make(repository, {"chart/templates/b.yaml": f"---\n# Source: x/charts\n{POD % 'app'}"})
    said = everything(repository)
    assert SECRET not in said
    assert "GS101" in said


def large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**12)


ODD: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "a pipe": ("files/odd", os.mkfifo, "it is a named pipe"),
    "values from a pipe": ("values.yaml", os.mkfifo, "it is a named pipe"),
    "a pipe for a chart": ("Chart.yaml", os.mkfifo, ""),
    "values without an end": (
        "values.yaml",
        lambda path: path.symlink_to("/dev/zero"),
        "it leads",
    ),
    "a chart without an end": ("Chart.yaml", lambda path: path.symlink_to("/dev/zero"), ""),
    "a large file": ("files/odd", large, "it has more than 20 MB"),
}


@pytest.mark.parametrize("what", ODD)
def test_odd_files_of_a_chart_hold_nothing_up(repository: Path, tools: None, what: str) -> None:
    name, make_it, reason = ODD[what]
    make(repository, {"chart/Chart.yaml": CHART, "chart/templates/a.yaml": POD % "app"})
    make(repository, {"chart/files/b": ""})
    (repository / "chart" / name).unlink(missing_ok=True)
    make_it(repository / "chart" / name)
    depends = "dependencies: [{name: shop, version: 1.0.0, repository: 'file://../chart'}]\n"
    make(repository, {"above/Chart.yaml": CHART.replace("shop", "above") + depends})
    done = started(repository, "--render", ".")
    assert done.returncode in (0, 1)
    assert reason in done.stderr


def started(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """k8slint as a process, which is given a minute."""
    command = [sys.executable, "-m", "k8slint", "check", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_chart_of_too_many_files_is_not_copied(repository: Path, tools: None) -> None:
    """Links that lead to each other make of a few folders more than fit anywhere."""
    make(repository, {"chart/Chart.yaml": CHART, "chart/files/0/a": "x"})
    for number in range(1, 18):
        folder = repository / "chart" / "files" / str(number)
        folder.mkdir()
        for name in "ab":
            (folder / name).symlink_to(f"../{number - 1}")
    done = started(repository, "--render", "chart")
    assert "Skipped 1 chart" in done.stderr
    assert "it has more than 10,000 files" in done.stderr


def entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "a link": lambda: packed(SUB, entry("sub/values.yaml", tarfile.SYMTYPE, "/proc/self/environ")),
    "a hard link": lambda: packed(SUB, entry("sub/values.yaml", tarfile.LNKTYPE, "/etc/passwd")),
    "a device": lambda: packed(SUB, entry("sub/values.yaml", tarfile.CHRTYPE)),
    "dots": lambda: packed({**SUB, "sub/../../../a": "x"}),
    "an absolute path": lambda: packed({**SUB, "/sub/a": "x"}),
    "no archive": lambda: b"x" * 100,
    "half of one": lambda: packed(SUB)[:-40],
    "much of nothing": lambda: gzip.compress(b"\0" * 150_000_000),
    "a large file": lambda: packed({**SUB, "sub/files/a": b"\0" * 21_000_000}),
    "many files": lambda: packed(
        {**SUB, **{f"sub/files/{number}": "" for number in range(10_001)}}
    ),
}


def nested(depth: int) -> bytes:
    data = packed(SUB)
    for _ in range(depth):
        data = packed({**SUB, "sub/charts/sub-1.0.0.tgz": data})
    return data


ARCHIVES["each other"] = lambda: nested(9)


@pytest.mark.parametrize("what", ARCHIVES)
def test_what_is_packed_is_looked_at(repository: Path, tools: None, what: str) -> None:
    make(repository, {"chart/Chart.yaml": CHART, "chart/charts/sub-1.0.0.tgz": ARCHIVES[what]()})
    ran = check(repository, "--render", "chart")
    assert "Skipped 1 chart" in ran.err
    reason = "it has more than 10,000" if what == "many files" else "charts/sub-1.0.0.tgz"
    assert f"chart chart: {reason}" in ran.err


def test_a_packed_chart_is_rendered(repository: Path, tools: None) -> None:
    depends = "dependencies: [{name: sub, version: 1.0.0, repository: 'https://example.com'}]\n"
    make(
        repository, {"chart/Chart.yaml": CHART + depends, "chart/charts/sub-1.0.0.tgz": nested(3)}
    )
    assert "GS101" in check(repository, "--render", "chart").text


@pytest.mark.parametrize("path", ["{0}/bin", "{0}"])
@pytest.mark.parametrize("tool", ["helm", "kustomize", "kubectl"])
def test_no_tool_of_the_repository_is_run(
    tmp_path: Path, repository: Path, tool: str, path: str
) -> None:
    if tool == "helm":
        make(repository, {"Chart.yaml": CHART})
    else:
        make(repository, {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": RESOURCE})
    ran = f"open({str(tmp_path / 'ran')!r}, 'w')"
    for folder in (repository / "bin", repository):
        stand_in(folder, tool, ran)
    env = {"PATH": path.format(repository)}
    assert "is not on the PATH" in check(repository, "--render", ".", env=env).err
    check(repository, "kustomization.yaml", env=env)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "printed",
    [
        'err="no \\\\d in \\"a b\\""',
        'err=<\n\tno \\d in\n\t"a b"\n >',
    ],
)
def test_what_kubectl_logs_is_shown_as_it_was_meant(
    tmp_path: Path, repository: Path, printed: str
) -> None:
    make(repository, {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": RESOURCE})
    line = f'E1130 00:37:30.363565   31056 run.go:72] "command failed" {printed}'
    path = stand_in(tmp_path / "bin", "kubectl", f"sys.exit({line!r})")
    ran = check(repository, "--render", ".", env={"PATH": path})
    assert 'kubectl failed: no \\d in "a b"\n' in ran.err


def test_a_tool_sees_nothing_of_the_environment(
    tmp_path: Path, repository: Path, chart: Path
) -> None:
    tells = f"open({str(tmp_path / 'seen')!r}, 'w').write(repr(dict(os.environ)))"
    path = stand_in(tmp_path / "bin", "helm", tells)
    kept = dict.fromkeys(("GITHUB_TOKEN", "AWS_PROFILE", "KUBECONFIG", "SSH_AUTH_SOCK"), SECRET)
    for arguments in ([], ["--allow-network"]):
        check(repository, "--render", "chart", *arguments, env={"PATH": path, **kept})
        assert SECRET not in (tmp_path / "seen").read_text("utf-8")


def test_a_copy_that_cannot_be_made_is_no_crash(
    repository: Path, tools: None, goes_deep: None
) -> None:
    deep = repository
    while len(str(deep)) < 4062:
        deep /= "x" * 5
    make(deep, {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": POD % "app"})
    ran = check(deep, "--render", ".")
    assert "Skipped 1 overlay" in ran.err
    assert "overlay kustomization.yaml: a copy cannot be made: File name too" in ran.err


def test_a_machine_without_room_for_copies(
    repository: Path, tools: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(repository, {"Chart.yaml": CHART})
    monkeypatch.setattr(tempfile, "tempdir", str(repository / "missing"))
    ran = check(repository, "--render", ".")
    assert (ran.code, ran.err) == (2, "k8slint: --render: No such file or directory\n")
