"""What rules say where the configs of images are given, by the call and by a configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import check, k8slint, make

# So plain that a glance decides which rules see it.
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: app
    image: shop/web:1
"""
LINE = 8


def config(**declared: Any) -> str:
    return json.dumps({"os": "linux", "rootfs": {}, "config": declared})


HOOK = """\
    lifecycle:
      preStop:
        exec:
          command: [sh, -c, sleep $DRAIN]
"""
WRITTEN = config(Entrypoint=["tini", "--"], Cmd=["gunicorn", "--graceful-timeout=60", "app"])
# What an image declares, what the manifest adds, and each finding: its code and severity, its
# line, what its message or label says, and whether there is a fix.
FOUND: dict[str, tuple[dict[str, Any], str, list[tuple[str, str, int, str, bool]]]] = {
    "a shell": (
        {"Cmd": ["/bin/bash", "-c", "app | tee log"]},
        "",
        [
            (
                "GS401",
                "warning",
                LINE,
                "`bash -c` (image config c/shop/web:1.json) stays PID 1",
                False,
            )
        ],
    ),
    "a shell that does not matter": ({"Cmd": ["/bin/bash", "-c", "exec app"]}, "", []),
    "a script of the manifest": (
        {"Entrypoint": ["bash", "-c"], "Cmd": ["exec app"]},
        "    args: ['setup; app --now | tee']\n",
        [("GS401", "warning", LINE + 1, "`app` never sees it", False)],
    ),
    "a script of the manifest, which can be repaired": (
        {"Entrypoint": ["ash", "-c"], "Cmd": ["exec app"]},
        '    args: ["app --now\\n"]\n',
        [("GS401", "warning", LINE + 1, "`app` never sees it", True)],
    ),
    "a package manager": (
        {"Cmd": ["npm", "start"]},
        "",
        [("GS402", "warning", LINE, "npm (image config c/shop/web:1.json) runs as PID 1", False)],
    ),
    "a server": (
        {"Entrypoint": ["uwsgi", "--http", ":80"]},
        "",
        [("GS403", "warning", LINE, "until SIGKILL (image config c/shop/web:1.json)", False)],
    ),
    "a server with the right signal": (
        {"Entrypoint": ["uwsgi", "--http", ":80"], "StopSignal": "SIGINT"},
        "",
        [],
    ),
    "a written server with the right signal": (
        {"StopSignal": "SIGQUIT"},
        "    command: [uwsgi]\n",
        [],
    ),
    "a variable of the image": ({"Cmd": ["uwsgi"], "Env": ["UWSGI_DIE_ON_TERM=1"]}, "", []),
    "a hook that sleeps for a variable": (
        {"Cmd": ["app"], "Env": ["DRAIN=45"]},
        HOOK,
        [
            (
                "GS101",
                "error",
                LINE + 4,
                "preStop (Env of image config c/shop/web:1.json) 45 +",
                True,
            )
        ],
    ),
    "a hook whose variable the manifest sets": (
        {"Cmd": ["app"], "Env": ["DRAIN=45"]},
        HOOK + "    env: [{name: DRAIN, value: '6'}]\n",
        [],
    ),
    "a hook whose variable may come from elsewhere": (
        {"Cmd": ["app"], "Env": ["DRAIN=45"]},
        HOOK + "    envFrom: [{configMapRef: {name: x}}]\n",
        [],
    ),
    "a drain": (
        {"Cmd": ["gunicorn", "--graceful-timeout=60"]},
        "",
        [("GS108", "error", LINE, "timeout (image config c/shop/web:1.json) 60 + margin", True)],
    ),
    "a drain in a variable": (
        {"Cmd": ["gunicorn"], "Env": ["GUNICORN_CMD_ARGS=--graceful-timeout 60"]},
        "",
        [("GS108", "error", LINE, "GUNICORN_CMD_ARGS (image config c/shop/web:1.json)", True)],
    ),
    "a drain that args replace": (
        {"Entrypoint": ["gunicorn"], "Cmd": ["--graceful-timeout=60"]},
        "    args: [--graceful-timeout=20]\n",
        [],
    ),
    "a drain that a command replaces": (
        {"Cmd": ["gunicorn", "--graceful-timeout=60"]},
        "    command: [app]\n",
        [],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_rules_say(tmp_path: Path, name: str) -> None:
    declared, added, expected = FOUND[name]
    make(tmp_path, {"web.yaml": POD + added, "c/shop/web:1.json": config(**declared)})
    command = ("--images", "c", "--isolated", "--output-format", "json", "web.yaml")
    found = check(tmp_path, *command).data["findings"]
    assert len(found) == len(expected), found
    for one, (code, severity, line, text, is_fixable) in zip(found, expected, strict=True):
        assert (one["code"], one["severity"], one["line"]) == (code, severity, line)
        assert text in one["message"]
        assert bool(one["fix"]) == is_fixable


RUNNER = "gitlab/gitlab-runner:v17"
# An image that is known by its name, what its config declares, and the rules that report it.
PUBLIC: list[tuple[str, dict[str, Any], str, list[str]]] = [
    ("nginx:1.17", {"Cmd": ["nginx", "-g", "daemon off;"]}, "GS403", ["GS403"]),
    ("nginx:1.17", {"Cmd": ["nginx"], "StopSignal": "SIGQUIT"}, "GS403", []),
    (RUNNER, {"Cmd": ["gitlab-runner", "run"]}, "GS403", ["GS403"]),
    (RUNNER, {"Cmd": ["gitlab-runner", "run"], "StopSignal": "SIGQUIT"}, "GS403", []),
    # The script of an image starts its server, whatever the script is called.
    ("mysql:8", {"Entrypoint": ["/start.sh"], "Cmd": ["/run.sh"]}, "GS705", ["GS705"]),
]


@pytest.mark.parametrize(("image", "declared", "rule", "expected"), PUBLIC)
def test_a_public_image(
    tmp_path: Path, image: str, declared: dict[str, Any], rule: str, expected: list[str]
) -> None:
    text = POD.replace("shop/web:1", image)
    if rule == "GS705":
        pod = text.partition("spec:\n")[2].replace("\n", "\n    ").rstrip()
        text = (
            "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: web\nspec:\n"
            "  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n"
            f"      terminationGracePeriodSeconds: 5\n    {pod}\n"
        )
    make(tmp_path, {"web.yaml": text, f"c/{image}.json": config(**declared)})
    arguments = ("--select", rule, "--isolated", "--output-format", "json", "web.yaml")
    for given in ((), ("--images", "c")):
        found = check(tmp_path, *given, *arguments).data["findings"]
        if given:
            assert [one["code"] for one in found] == expected
        elif rule == "GS705":
            assert found, "it is reported without a config, too"


def test_no_word_of_an_image_is_edited(tmp_path: Path) -> None:
    """What a fix changes is the manifest's own: here the grace period."""
    make(tmp_path, {"web.yaml": POD, "c/shop/web:1.json": WRITTEN})
    assert check(tmp_path, "--images", "c", "--fix", "--unsafe-fixes", "web.yaml").code == 0
    after = (tmp_path / "web.yaml").read_text()
    assert after == f"{POD}  terminationGracePeriodSeconds: 65\n"
    assert (tmp_path / "c/shop/web:1.json").read_text() == WRITTEN


# Configurations beside the manifest, the arguments, and whether the drain of 60 s is seen.
GIVEN: dict[str, tuple[dict[str, str], str, bool]] = {
    "none": ({}, "", False),
    "--images": ({}, "--images c", True),
    "a file that names none": ({}, "--images other.json --images c", True),
    "a mapping": (
        {".k8slint.yaml": "images: [{config: bare.json, image: shop/web:1}]"},
        "",
        True,
    ),
    "a folder": ({".k8slint.yaml": "images: [{config: c}]"}, "", True),
    "in TOML": ({"pyproject.toml": "[tool.k8slint]\nimages = [{config = 'c/'}]"}, "", True),
    "of what is extended": (
        {".k8slint.yaml": "extends: a/b.yaml", "a/b.yaml": "images: [{config: ../c}]"},
        "",
        True,
    ),
    "--isolated": ({".k8slint.yaml": "images: [{config: c}]"}, "--isolated", False),
    "--isolated, and --images": ({}, "--isolated --images c", True),
    # The call comes before the configuration.
    "both": ({".k8slint.yaml": "images: [{config: c}]"}, "--images short", False),
    "the first": ({}, "--images short --images c", False),
    "workers": ({}, "--images c --jobs 2", True),
}


@pytest.mark.parametrize("name", GIVEN)
def test_where_configs_are_given(tmp_path: Path, name: str) -> None:
    files, arguments, is_seen = GIVEN[name]
    short = config(Cmd=["gunicorn", "--graceful-timeout=20"])
    configs = {"c/shop/web:1.json": WRITTEN, "short/shop/web:1.json": short, "bare.json": WRITTEN}
    other = {"other.json": json.dumps([{"RepoTags": ["x:1"], "Config": {}}])}
    make(tmp_path, {"web.yaml": POD, "b.yaml": POD, **configs, **other, **files})
    ran = check(tmp_path, *arguments.split(), "web.yaml", "b.yaml")
    assert ran.err == "" or ran.code < 2
    assert ran.places == (["b.yaml:8 GS108", "web.yaml:8 GS108"] if is_seen else [])


# What is wrong, the configuration or the call, and what is said.
MISTAKES: dict[str, tuple[dict[str, str], str, str]] = {
    "no such file": ({}, "--images x", "--images x: cannot be read: No such file or directory"),
    "a bare file": ({}, "--images web.json", "--images web.json: `web.json` does not say which"),
    "no config": ({".k8slint.yaml": "images: [{image: a}]"}, "", "'config' is a required"),
    "no mapping": ({".k8slint.yaml": "images: [c]"}, "", "images.0: 'c' is not a mapping"),
    "a line": (
        {".k8slint.yaml": "images:\n- config: c\n- config: bad.json"},
        "",
        ".k8slint.yaml:3: images: bad.json: it is not valid JSON",
    ),
    "a name": (
        {".k8slint.yaml": "images: [{image: 'a b', config: web.json}]"},
        "",
        ".k8slint.yaml:1: images: web.json: `a b` is not the name of an image",
    ),
    "outside": (
        {".k8slint.yaml": "images: [{config: ../../x}]", ".git/HEAD": ""},
        "",
        ".k8slint.yaml:1: images: ",
    ),
}


@pytest.mark.parametrize("command", ["check", "timeline", "facts"])
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake(tmp_path: Path, name: str, command: str) -> None:
    files, arguments, message = MISTAKES[name]
    make(tmp_path, {"web.yaml": POD, "web.json": WRITTEN, "bad.json": "{", **files})
    make(tmp_path, {"c/shop/web:1.json": WRITTEN})
    ran = k8slint(tmp_path, command, *arguments.split(), "web.yaml")
    assert ran.code == 2
    assert message in ran.err
    assert ran.err.count("\n") == 1
    assert ran.text == ""


def test_a_timeline(tmp_path: Path) -> None:
    signal = config(Cmd=["gunicorn", "--graceful-timeout=20"], StopSignal="SIGINT")
    make(tmp_path, {"web.yaml": POD, "c/shop/web:1.json": signal})
    ran = k8slint(tmp_path, "timeline", "--images", "c", "--output-format", "json", "web.yaml")
    (lane,) = ran.data["pods"][0]["timeline"]["containers"]
    source = {"strength": "image", "source": "image config c/shop/web:1.json"}
    for key in ("signalFact", "drainFact"):
        assert source.items() <= lane[key].items()
    assert lane["signal"] == "SIGINT"


def test_a_secret_of_an_image_is_not_shown(tmp_path: Path) -> None:
    """Its variables may hold one; of the words only names of programs and flags are shown."""
    declared = {"Env": ["TOKEN=s3cret"], "Cmd": ["npm", "start", "--password=s3cret"]}
    make(tmp_path, {"web.yaml": POD, "c/shop/web:1.json": config(**declared)})
    for command in ("check", "timeline", "facts"):
        ran = k8slint(tmp_path, command, "--images", "c", "web.yaml")
        assert "npm" in ran.text or command == "timeline"
        assert "s3cret" not in ran.text + ran.err
