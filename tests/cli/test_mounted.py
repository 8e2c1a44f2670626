"""What a ConfigMap mounts, in a run of several files: which one is meant, and what is reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from k8slint.workspace import Workspace
from tests.command import k8slint, make

SCRIPTS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: web-scripts}
data:
  # Let the clients go first.
  drain.sh: |
    #!/bin/sh
    touch /tmp/draining

    sleep 40
  start.sh: |
    #!/bin/sh
    migrate
    gunicorn --graceful-timeout 50 app
  exec.sh: |
    #!/bin/sh
    exec "$@"
"""
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: example.com/web:1
        volumeMounts: [{name: scripts, mountPath: /scripts}]
        lifecycle: {preStop: {exec: {command: [/bin/sh, /scripts/drain.sh]}}}
      volumes:
      - {name: scripts, configMap: {name: web-scripts, defaultMode: 0755}}
"""
HOOK = "        lifecycle: {preStop: {exec: {command: [/bin/sh, /scripts/drain.sh]}}}\n"
RUNS = WEB.replace(HOOK, "        command: [/scripts/start.sh]\n")
KUSTOMIZATION = """\
resources: [web.yaml]
configMapGenerator:
- {name: web-scripts, files: [drain.sh, start.sh=run/start]}
"""
DRAIN = "#!/bin/sh\nsleep 40\n"


def places(folder: Path, *options: str) -> dict[str, list[str]]:
    """The places in other files or lines that each finding rests on, by its code."""
    data = k8slint(folder, "check", "--output-format", "json", *options).data
    return {
        one["code"]: [f"{place['path']}:{place['line']}" for place in one["related"]]
        for one in data["findings"]
        if not one["suppressed"]
    }


def message(folder: Path, code: str) -> str:
    data = k8slint(folder, "check", "--output-format", "json").data
    (found,) = [one["message"] for one in data["findings"] if one["code"] == code]
    return str(found)


def test_a_hook_names_the_script_and_its_line(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": WEB, "scripts.yaml": SCRIPTS})
    said = message(tmp_path, "GS101")
    assert said.startswith("preStop takes 40 s, the grace period is 30 s")
    assert "preStop (drain.sh of ConfigMap web-scripts) 40 + drain window 5" in said
    assert "scripts.yaml:10" in places(tmp_path)["GS101"]


def test_a_command_names_the_script_and_its_line(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": RUNS, "scripts.yaml": SCRIPTS})
    found = places(tmp_path)
    assert {*found} == {"GS401", "GS108"}
    assert all("scripts.yaml:14" in found[code] for code in found)
    assert "`sh (for start.sh of ConfigMap web-scripts)` stays PID 1" in message(tmp_path, "GS401")
    drains = "gunicorn --graceful-timeout (start.sh of ConfigMap web-scripts) 50"
    assert drains in message(tmp_path, "GS108")
    assert not any(
        edit
        for one in k8slint(tmp_path, "check", "--output-format", "json").data["findings"]
        if one["code"] == "GS401"
        for edit in (one["fix"] or {}).get("edits", ())
    ), "the script is in another file"


def test_a_script_that_hands_over_runs_what_it_is_given(tmp_path: Path) -> None:
    own = "command: [/scripts/exec.sh]\n        args: [gunicorn, --graceful-timeout, '70', app]\n"
    make(tmp_path, {"web.yaml": WEB.replace(HOOK, f"        {own}"), "scripts.yaml": SCRIPTS})
    assert {*places(tmp_path)} == {"GS108"}
    assert "gunicorn --graceful-timeout 70" in message(tmp_path, "GS108")


def test_a_fix_fits_the_mounted_script(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": WEB, "scripts.yaml": SCRIPTS})
    k8slint(tmp_path, "check", "--fix")
    assert "terminationGracePeriodSeconds: 50" in (tmp_path / "web.yaml").read_text()
    assert (tmp_path / "scripts.yaml").read_text() == SCRIPTS
    assert not places(tmp_path)


# Files, whether the hook of the Deployment is known, and where the script stands.
JOINS: dict[str, tuple[dict[str, str], str]] = {
    "one file": ({"web.yaml": f"{SCRIPTS}---\n{WEB}"}, "web.yaml:10"),
    "the folder": ({"web.yaml": WEB, "a.yaml": SCRIPTS}, "a.yaml:10"),
    "a folder beside it": ({"deploy/web.yaml": WEB, "maps/a.yaml": SCRIPTS}, "maps/a.yaml:10"),
    "another namespace": (
        {"web.yaml": WEB, "a.yaml": SCRIPTS.replace("{name:", "{namespace: other, name:")},
        "",
    ),
    "the nearer of two": (
        {"a/web.yaml": WEB, "a/a.yaml": SCRIPTS, "b/a.yaml": SCRIPTS.replace("40", "41")},
        "a/a.yaml:10",
    ),
    "two that are as near": (
        {"a/web.yaml": WEB, "b/a.yaml": SCRIPTS, "c/a.yaml": SCRIPTS.replace("40", "41")},
        "",
    ),
    "examples": ({"web.yaml": WEB, "examples/a.yaml": SCRIPTS}, ""),
    "a list": (
        {"a.json": '{"kind": "List", "items": [%s]}', "web.yaml": WEB},
        "a.json:1",
    ),
    "a generator": (
        {"web.yaml": WEB, "kustomization.yaml": KUSTOMIZATION, "drain.sh": DRAIN},
        "drain.sh:2",
    ),
    "a generator of the overlay": (
        {
            "base/web.yaml": WEB,
            "base/kustomization.yaml": "resources: [web.yaml]\n",
            "prod/kustomization.yaml": KUSTOMIZATION.replace("web.yaml", "../base"),
            "prod/drain.sh": DRAIN,
        },
        "prod/drain.sh:2",
    ),
    "a generator of a component": (
        {
            "base/web.yaml": WEB,
            "base/kustomization.yaml": "resources: [web.yaml]\n",
            "prod/kustomization.yaml": "resources: [../base]\ncomponents: [../part]\n",
            "part/kustomization.yaml": KUSTOMIZATION.replace("resources: [web.yaml]\n", ""),
            "part/drain.sh": DRAIN,
        },
        "part/drain.sh:2",
    ),
    "generators that differ": (
        {
            "base/web.yaml": WEB,
            "base/kustomization.yaml": "resources: [web.yaml]\n",
            "prod/kustomization.yaml": KUSTOMIZATION.replace("web.yaml", "../base"),
            "prod/drain.sh": DRAIN,
            "test/kustomization.yaml": KUSTOMIZATION.replace("web.yaml", "../base"),
            "test/drain.sh": "sleep 1\n",
        },
        "",
    ),
    "a generator that merges": (
        {
            "web.yaml": WEB,
            "kustomization.yaml": KUSTOMIZATION.replace("{name:", "{behavior: merge, name:"),
            "drain.sh": DRAIN,
        },
        "",
    ),
    "a generator of literals": (
        {
            "web.yaml": WEB,
            "kustomization.yaml": "resources: [web.yaml]\nconfigMapGenerator:\n"
            "- {name: web-scripts, literals: ['drain.sh=sleep 40']}\n",
        },
        "kustomization.yaml:3",
    ),
    "a generated file that leads out": (
        {
            "web.yaml": WEB,
            "kustomization.yaml": KUSTOMIZATION.replace("drain.sh", "drain.sh=../drain.sh"),
            "../drain.sh": DRAIN,
        },
        "",
    ),
    "a generated file that is not there": (
        {"web.yaml": WEB, "kustomization.yaml": KUSTOMIZATION},
        "",
    ),
}


@pytest.mark.parametrize("name", JOINS)
def test_which_config_map_is_meant(name: str, tmp_path: Path) -> None:
    files, expected = JOINS[name]
    one = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web-scripts"}}
    listed = json.dumps({**one, "data": {"drain.sh": "sleep 40"}})
    make(tmp_path, {path: text.replace("%s", listed) for path, text in files.items()})
    found = places(tmp_path)
    assert found.get("GS101", [""])[-1] == expected


def test_a_config_map_is_known_to_the_rules_that_join_nothing(tmp_path: Path) -> None:
    loop = SCRIPTS.replace("sleep 40", "while true; do sleep 1; done")
    make(tmp_path, {"web.yaml": WEB, "scripts.yaml": loop})
    found = places(tmp_path, "--select", "GS206")
    assert found == {"GS206": ["scripts.yaml:10"]}


def test_a_changed_config_map_changes_what_is_found_elsewhere(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": WEB, "scripts.yaml": SCRIPTS})
    web, scripts = str(tmp_path / "web.yaml"), str(tmp_path / "scripts.yaml")
    workspace = Workspace(root=str(tmp_path))

    def found() -> list[str]:
        return [one.code for one in workspace.check(web)[web].diagnoses]

    assert found() == ["GS101"]
    workspace.update(scripts, SCRIPTS.replace("40", "4"))
    assert found() == []
    workspace.update(scripts, SCRIPTS.replace("40", "28"))
    assert found() == ["GS104"]
    assert workspace.timeline(web).scenes[0].needed.seconds == 38
    workspace.update(scripts, "")
    assert found() == []


def test_a_changed_file_of_a_generator_changes_what_is_found(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": WEB, "kustomization.yaml": KUSTOMIZATION, "drain.sh": DRAIN})
    web = str(tmp_path / "web.yaml")
    workspace = Workspace(root=str(tmp_path))
    assert [one.code for one in workspace.check(web)[web].diagnoses] == ["GS101"]
    make(tmp_path, {"drain.sh": "sleep 4\n"})
    workspace.update(str(tmp_path / "drain.sh"), None)
    assert not workspace.check(web)[web].diagnoses


def test_an_ignore_may_be_about_a_script_of_another_run(tmp_path: Path) -> None:
    ignored = WEB.replace(HOOK, f"{HOOK[:-1]}  # k8slint: ignore[GS101]\n")
    make(tmp_path, {"web.yaml": ignored, "scripts.yaml": SCRIPTS})
    assert not places(tmp_path)
    assert not places(tmp_path, "web.yaml"), "GS901 where the ConfigMap is not in the run"
    make(tmp_path, {"scripts.yaml": SCRIPTS.replace("40", "4")})
    assert {*places(tmp_path)} == {"GS901"}


def test_a_baseline_is_not_stale_where_the_script_is_not_in_the_run(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": WEB, "scripts.yaml": SCRIPTS})
    k8slint(tmp_path, "check", "--write-baseline", "known.json")
    alone = k8slint(tmp_path, "check", "--baseline", "known.json", "web.yaml")
    assert "no longer" not in alone.err + alone.text


def test_facts_say_what_would_make_a_script_known(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": WEB, "scripts.yaml": SCRIPTS})
    told = k8slint(tmp_path, "facts", ".").text
    assert "preStop       40 s: `sleep 40` in drain.sh of ConfigMap web-scripts\n" in told
    assert "not in this run" not in told
    told = k8slint(tmp_path, "facts", "web.yaml").text
    lacks = "`/scripts/drain.sh`: the ConfigMap web-scripts is not in this run"
    assert f"  what is mounted at {lacks}\n" in told
    data = k8slint(tmp_path, "facts", ".", "--output-format", "json").data
    assert data["containers"][0]["preStop"]["low"] == 40


def test_a_timeline_knows_the_scripts_of_its_files(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": WEB, "scripts.yaml": SCRIPTS})
    assert "preStop 40 s" in k8slint(tmp_path, "timeline", ".").text
    both = f"{SCRIPTS}---\n{WEB}".encode()
    assert "preStop 40 s" in k8slint(tmp_path, "timeline", "-", stdin=both).text
    assert "GS101" in k8slint(tmp_path, "check", "-", stdin=both).text
