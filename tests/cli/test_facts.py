"""`k8slint facts`: what is known of images and containers, and what would make the rest known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import k8slint, make

ONE = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - {name: app, image: "IMAGE"CONTAINER}
"""
BY_CONFIG = "the config of the image (--images) or"
COMMAND = f"{BY_CONFIG} `command` in the manifest, to see what runs"
GATED = "`lifecycle.stopSignal` (feature gate ContainerStopSignals), for the stop signal"
SIGNAL = f"{BY_CONFIG} {GATED}"
DECLARE = "the annotation `k8slint/drain`, or `drains` or a row of `programs` in the configuration"
PROGRAM = f"{DECLARE}, for how long it drains"
UNKNOWN = ("unknown", "unknown: SIGTERM unless the image says otherwise", "unknown")


def rows(text: str) -> dict[str, list[str]]:
    """The rows of one paragraph by their names, without its title."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines()[1:]:
        name = line[2:14].strip() or name
        found.setdefault(name, []).append(line[16:])
    return found


def test_an_image(tmp_path: Path) -> None:
    ran = k8slint(tmp_path, "facts", "nginx:1.27-alpine")
    assert (ran.code, ran.err) == (0, "")
    assert ran.text.splitlines()[0] == "nginx:1.27-alpine"
    found = rows(ran.text)
    assert found["runs"] == ["nginx (documented)"]
    assert found["stop signal"] == ["SIGQUIT (documented)"]
    assert found["shell"] == ["BusyBox (documented)"]
    (drain,) = found["drain"]
    assert drain.startswith("no limit: nginx default: without worker_shutdown_timeout")
    assert drain.endswith(" (documented)")
    assert all(", read on 20" in source for source in found["sources"])
    assert len(found["sources"]) == 3
    assert "to know more" not in found


@pytest.mark.parametrize("image", ["example.com/web:1", "nginx@sha256:0a", "nginx:our-build"])
def test_an_image_that_is_not_known(tmp_path: Path, image: str) -> None:
    found = rows(k8slint(tmp_path, "facts", image).text)
    assert [found[name] for name in ("runs", "stop signal", "shell")] == [[one] for one in UNKNOWN]
    assert found["drain"] == ["unknown: the app's drain time is unknown"]
    assert "sources" not in found
    assert found["to know more"] == [COMMAND, PROGRAM, SIGNAL]


# What is in a container besides its name and image, with what that says.
CONTAINERS: list[tuple[str, str, dict[str, str]]] = [
    ("redis:7", "", {"runs": "redis-server (documented)", "shell": "dash (documented)"}),
    (
        "redis:7",
        ", args: [redis-cli, -p, secret]",
        {
            "runs": "redis-cli (documented)",
            "drain": "unknown: the app's drain time is unknown",
            "to know more": PROGRAM,
        },
    ),
    (
        "x",
        ", command: [tini, gunicorn, --graceful-timeout=9]",
        {
            "runs": "gunicorn, not as PID 1 (written)",
            "drain": "up to 9 s: gunicorn --graceful-timeout (written)",
            "to know more": SIGNAL,
        },
    ),
    (
        "nginx:1.17",
        "",
        {
            "stop signal": "SIGTERM (documented)",
            "drain": "exits at once: nginx default (documented)",
        },
    ),
    (
        "nginx:1.27",
        ', command: [sh, -c, "nginx; true"]',
        {
            "runs": "sh, which stays as PID 1 (written)",
            "drain": "no limit: sh stays as PID 1 and forwards no signal (documented)",
            "to know more": "`exec` before the program in its script, to make it PID 1",
        },
    ),
    (
        "nginx:1.27",
        ", command: [{a: 1}]",
        {
            "runs": "unknown",
            "to know more": "`command` without a template or an unread script, to see what runs",
        },
    ),
    (
        "php:5.6",
        ", args: [app]",
        {"runs": "unknown", "shell": "dash (documented)", "to know more": COMMAND},
    ),
    (
        "x",
        ", command: [puma]",
        {
            "drain": "unknown: its config file decides (documented)",
            "to know more": f"{DECLARE}, for how long Puma drains",
        },
    ),
    ("gcr.io/distroless/static", "", {"shell": "none (documented)"}),
]


@pytest.mark.parametrize(("image", "container", "expected"), CONTAINERS)
def test_a_container(tmp_path: Path, image: str, container: str, expected: dict[str, str]) -> None:
    text = ONE.replace("IMAGE", image).replace("CONTAINER", container)
    make(tmp_path, {"web.yaml": text})
    ran = k8slint(tmp_path, "facts", "web.yaml")
    assert ran.text.splitlines()[0] == "Pod web  web.yaml:6"
    found = rows(ran.text)
    assert found["container"] == [f"app ({image})"]
    for name, text in expected.items():
        assert found[name][0] == text
    assert "secret" not in ran.text, "arguments may hold one"
    assert k8slint(tmp_path, "facts", "-", stdin=(tmp_path / "web.yaml").read_bytes()).text == (
        ran.text.replace("web.yaml", "<stdin>")
    )


def test_the_config_of_an_image(tmp_path: Path) -> None:
    said = {"created": "2026-02-03T00:00:00Z", "config": {"Cmd": ["app"], "StopSignal": "2"}}
    odd = {"config": {"StopSignal": "SIGODD"}}
    for name, one in (("web:1", said), ("odd", odd)):
        make(tmp_path, {f"configs/{name}.json": json.dumps(one)})
    found = rows(k8slint(tmp_path, "facts", "--images", "configs", "web:1").text)
    assert found["runs"] == ["app (image)"]
    assert found["stop signal"] == ["SIGINT (image)"]
    assert found["sources"] == ["image config configs/web:1.json, built on 2026-02-03"]
    assert found["to know more"] == [PROGRAM]
    # There is nothing more to give.
    found = rows(k8slint(tmp_path, "facts", "--images", "configs", "odd").text)
    assert found["to know more"] == [COMMAND.removeprefix(f"{BY_CONFIG} "), PROGRAM, GATED]


def test_for_programs(tmp_path: Path) -> None:
    make(tmp_path, {"web.yaml": ONE.replace("IMAGE", "x").replace("CONTAINER", "")})
    ran = k8slint(tmp_path, "facts", "--output-format", "json", "postgres:17", "web.yaml")
    image, container = json.loads(ran.text)["containers"]
    known: Any = {**image, "runs": image["runs"]["name"], "shell": image["shell"]["name"]}
    assert {key: known[key] for key in ("path", "line", "container", "runs", "shell")} == {
        "path": None,
        "line": None,
        "container": None,
        "runs": "postgres",
        "shell": "dash",
    }
    assert image["stopSignal"]["name"] == "SIGINT"
    assert image["stopSignal"]["fact"]["strength"] == "documented"
    assert (image["drain"]["kind"], image["drain"]["high"]) == ("unbounded", None)
    assert image["drain"]["fact"]["date"].startswith("20")
    assert (container["path"], container["line"]) == ("web.yaml", 6)
    assert (container["resource"]["name"], container["container"]) == ("web", "app")
    assert [container[key] for key in ("runs", "stopSignal", "shell")] == [None, None, None]
    assert container["drain"]["fact"] is None
    assert container["wouldTell"] == [COMMAND, PROGRAM, SIGNAL]


def test_a_users_own_program(tmp_path: Path) -> None:
    config = "programs:\n- {name: shopd, image: shop/web, default: 7}\n"
    make(tmp_path, {".k8slint.yaml": config})
    found = rows(k8slint(tmp_path, "facts", "example.com/shop/web:1").text)
    assert found["drain"] == ["up to 7 s: shopd default (declared)"]
    assert found["sources"] == ["the configuration"]
    isolated = rows(k8slint(tmp_path, "facts", "--isolated", "example.com/shop/web:1").text)
    assert isolated["drain"] == ["unknown: the app's drain time is unknown"]


def test_a_declared_drain(tmp_path: Path) -> None:
    text = ONE.replace("IMAGE", "x").replace("CONTAINER", "")
    text = text.replace("{name: web}", "{name: web, annotations: {k8slint/drain: 25s}}")
    make(tmp_path, {"web.yaml": text})
    found = rows(k8slint(tmp_path, "facts", "web.yaml").text)
    assert found["drain"] == ["up to 25 s: k8slint/drain (declared)"]


def test_what_exists_is_a_path(tmp_path: Path) -> None:
    make(tmp_path, {"nginx/web.yaml": ONE.replace("IMAGE", "x").replace("CONTAINER", "")})
    assert k8slint(tmp_path, "facts", "nginx").text.startswith("Pod web  nginx/web.yaml:6\n")
    assert k8slint(tmp_path, "facts", "nginx:1").text.startswith("nginx:1\n")
    assert k8slint(tmp_path, "facts").text.startswith("Pod web  nginx/web.yaml:6\n")


@pytest.mark.parametrize("word", ["web.yaml", "deploy/", "{{ image }}", "deploy/web.yml"])
def test_what_is_neither_is_an_error(tmp_path: Path, word: str) -> None:
    ran = k8slint(tmp_path, "facts", word)
    assert (ran.code, ran.text) == (2, "")
    assert "no such file or folder" in ran.err


def test_standard_input_is_alone(tmp_path: Path) -> None:
    ran = k8slint(tmp_path, "facts", "-", ".")
    assert (ran.code, ran.text) == (2, "")
    assert "- must be the only path" in ran.err


@pytest.mark.parametrize(
    ("files", "note"),
    [
        ({"a.yaml": "{{ if x }}\nkind: Pod\nspec: {containers: []}\n"}, "Skipped 1 unrendered "),
        ({"a.yaml": "kind: Service\n"}, "No workload found in 1 file."),
        ({"a.yaml": "kind: Pod\nspec: {containers: [\n"}, "a.yaml:3: cannot be read: "),
    ],
)
def test_what_is_left_out_is_said(tmp_path: Path, files: dict[str, str], note: str) -> None:
    make(tmp_path, files)
    ran = k8slint(tmp_path, "facts")
    assert note in ran.err
    assert ran.code == (2 if "cannot" in note else 0)
