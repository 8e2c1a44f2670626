"""A small app whose Dockerfiles say what its containers run, from the call to the report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from k8slint.workspace import Workspace
from tests.command import contents, k8slint, make
from tests.images.test_builds import track

SKAFFOLD = """\
apiVersion: skaffold/v4beta13
kind: Config
build:
  artifacts:
  - {image: front, context: src/front}
  - {image: jobs, context: src/jobs}
"""
APP = {
    "skaffold.yaml": SKAFFOLD,
    "src/front/Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCMD gunicorn -b :$PORT app\n",
    "src/jobs/Dockerfile": 'FROM node:24-slim\nCMD ["npm", "start"]\n',
    "api/Dockerfile": 'FROM python:3.12\nENTRYPOINT ["uwsgi", "--http=:80"]\n',
    "drain/Dockerfile": (
        'FROM python:3.12\nENV A=1\nCMD ["gunicorn", "--graceful-timeout=60", "app"]\n'
    ),
    "wait/Dockerfile": 'FROM python:3.12\nCMD ["uvicorn", "app:main"]\n',
    "pm/Dockerfile": 'FROM node:24\nCMD ["pm2-runtime", "a.js"]\n',
    "infer/Dockerfile": 'FROM python:3.12\nENTRYPOINT ["vllm", "serve", "m"]\n',
    "proxy/Dockerfile": 'FROM debian:12\nCMD ["cloud-sql-proxy", "a"]\n',
    "db/Dockerfile": "FROM postgres:17\nCOPY a.sql /docker-entrypoint-initdb.d/\n",
    "one/twice/Dockerfile": "FROM python:3.12\nCMD sh run.sh\n",
    "two/twice/Dockerfile": "FROM python:3.12\nCMD sh run.sh\n",
}
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 20
  containers:
  - name: app
    image: IMAGE
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    make(tmp_path, APP)
    track(tmp_path, APP)
    return tmp_path


# The findings about a pod with an image, and its other keys, each with the place in a Dockerfile.
FOUND: dict[str, tuple[str, str, dict[str, str]]] = {
    "shell form": ("acme.example/front:1.2", "", {"GS401": "src/front/Dockerfile:3"}),
    "a package manager": ("jobs", "", {"GS402": "src/jobs/Dockerfile:2"}),
    "a server": ("api:dev", "", {"GS403": "api/Dockerfile:2"}),
    "a drain": ("drain", "", {"GS108": "drain/Dockerfile:3"}),
    "no limit": ("wait", "", {"GS105": "wait/Dockerfile:2"}),
    "no limit but that of pm2": ("pm", "", {"GS405": "pm/Dockerfile:2"}),
    "a server that aborts": ("infer", "", {"GS704": "infer/Dockerfile:2"}),
    "a proxy": (
        "proxy",
        "  - {name: web, image: web, lifecycle: {preStop: {sleep: {seconds: 9}}}}\n",
        {"GS501": "proxy/Dockerfile:2"},
    ),
    "another command": ("front", "    command: [gunicorn, app]\n", {}),
    "arguments in place of CMD": ("front", "    args: [gunicorn, app]\n", {}),
    "arguments of an entry point": ("api", "    args: [--die-on-term]\n", {}),
    "what is only documented": ("db", "", {}),
    "two that fit": ("twice", "", {}),
    "none": ("other", "", {}),
}


@pytest.mark.parametrize("name", FOUND)
def test_findings_name_the_instruction(app: Path, name: str) -> None:
    image, more, expected = FOUND[name]
    make(app, {"pod.yaml": POD.replace("IMAGE", image) + more})
    select = ("--select", "GS102,GS105,GS108,GS401,GS402,GS403,GS405,GS501,GS704")
    ran = k8slint(app, "check", *select, "--output-format", "json", "pod.yaml")
    found = {
        one["code"]: " ".join(
            f"{place['path']}:{place['line']}"
            for place in one["related"]
            if place["path"] != "pod.yaml"
        )
        for one in ran.data["findings"]
    }
    assert found == expected
    for one in ran.data["findings"]:
        assert f"({expected[one['code']]})" in one["message"]


def test_a_finding_is_in_the_manifest(app: Path) -> None:
    make(app, {"pod.yaml": POD.replace("IMAGE", "front")})
    ran = k8slint(app, "check", "--select", "GS401", "--output-format", "sarif", "pod.yaml")
    (result,) = json.loads(ran.out)["runs"][0]["results"]
    (at,) = result["locations"]
    assert at["physicalLocation"]["artifactLocation"]["uri"] == "pod.yaml"
    assert at["physicalLocation"]["region"]["startLine"] == 8
    places = [place["physicalLocation"] for place in result["relatedLocations"]]
    assert [
        (place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places
    ] == [("pod.yaml", 5), ("src/front/Dockerfile", 3)]
    (app / "web").mkdir()
    make(app / "web", {"pod.yaml": POD.replace("IMAGE", "front")})
    below = k8slint(app / "web", "check", "--select", "GS401", "pod.yaml").text
    assert "../src/front/Dockerfile:3:1" in below


def test_nothing_is_changed(app: Path) -> None:
    make(app, {"pod.yaml": POD.replace("IMAGE", "front")})
    before = contents(app)
    k8slint(app, "check", "--select", "GS401", "--fix", "--unsafe-fixes", "pod.yaml")
    assert contents(app) == before


def test_images_that_several_may_build_are_listed(app: Path) -> None:
    make(app, {"pod.yaml": POD.replace("IMAGE", "twice:1")})
    line = (
        "twice: what it runs is unknown, as one/twice/Dockerfile or two/twice/Dockerfile may "
        "build it"
    )
    assert line not in k8slint(app, "check", "pod.yaml").err
    assert k8slint(app, "check", "-v", "pod.yaml").err.count(line) == 1
    told = k8slint(app, "facts", "pod.yaml").text
    assert "`# k8slint: image twice:1` in the one that builds it: one/twice/Dockerfile or" in told
    (app / "two/twice/Dockerfile").write_text(
        "# k8slint: image twice\nFROM python:3.12\nCMD sh -c 'run && serve'\n"
    )
    assert line not in k8slint(app, "check", "-v", "pod.yaml").err


def test_facts_of_a_dockerfile(app: Path) -> None:
    told = k8slint(app, "facts", "src/front/Dockerfile").text
    assert told.startswith(
        "src/front/Dockerfile\n  runs          sh, which stays as PID 1 (image)"
    )
    assert "\n  shell         dash (image)\n" in told
    assert "\n  sources       src/front/Dockerfile:3\n" in told
    make(
        app, {"Dockerfile": "FROM x\nCMD a\n", "bad.Dockerfile": "CDM\n", "Dockerfile.x": b"\xff"}
    )
    told = k8slint(app, "facts", "Dockerfile").text
    assert "the config of its base image: the base image `x` is unknown" in told
    for name, why in {
        "bad.Dockerfile": "Dockerfile parse error on line 1: unknown instruction: CDM",
        "Dockerfile.x": "cannot be read: byte 0xff is not valid UTF-8",
        "Dockerfile.y": "no such file or folder",
    }.items():
        ran = k8slint(app, "facts", name)
        assert (ran.code, ran.text) == (2, "") or name == "Dockerfile.y"
        assert name == "Dockerfile.y" or f"{name}: {why}" in ran.err


WEB = "FROM python:3.12-slim AS prod\nCMD gunicorn app\nFROM node:24-slim AS dev\nCMD npm start\n"

# By files: what says which Dockerfile builds an image, the image, and the place in a Dockerfile.
CONFIGURED: dict[str, tuple[dict[str, str], str, str | None]] = {
    "a stage": (
        {".k8slint.yaml": "{image: shop/web, dockerfile: build/web.docker, target: prod}"},
        "acme.example/shop/web:1",
        "build/web.docker:2",
    ),
    "the last stage": (
        {".k8slint.yaml": "{image: 'shop/web:1.0', dockerfile: build/web.docker}"},
        "shop/web@sha256:0a",
        "build/web.docker:4",
    ),
    "the first row": (
        {
            ".k8slint.yaml": "{image: web, dockerfile: build/web.docker},"
            "{image: web, dockerfile: src/front/Dockerfile}"
        },
        "web",
        "build/web.docker:4",
    ),
    "the longer name": (
        {
            ".k8slint.yaml": "{image: web, dockerfile: src/front/Dockerfile},"
            "{image: shop/web, dockerfile: build/web.docker}"
        },
        "acme.example/shop/web",
        "build/web.docker:4",
    ),
    "before Skaffold and comments": (
        {".k8slint.yaml": "{image: front, dockerfile: build/web.docker}"},
        "front",
        "build/web.docker:4",
    ),
    "a public name of one's own": (
        {".k8slint.yaml": "{image: nginx, dockerfile: build/web.docker}"},
        "nginx:1.27",
        "build/web.docker:4",
    ),
    "a configuration below": (
        {"a/.k8slint.yaml": "{image: web, dockerfile: ../build/web.docker}"},
        "web",
        "build/web.docker:4",
    ),
    "one that is extended": (
        {
            "a/.k8slint.yaml": "extends: ../c/base.yaml",
            "c/base.yaml": "{image: web, dockerfile: ../build/web.docker}",
        },
        "web",
        "build/web.docker:4",
    ),
    "a folder": ({}, "api", "api/Dockerfile:2"),
    "no folder": ({".k8slint.yaml": "by-folder: false"}, "api", None),
    "no folder, but Skaffold": (
        {".k8slint.yaml": "by-folder: false"},
        "front",
        "src/front/Dockerfile:3",
    ),
    "without git": (
        {".git/HEAD": "", ".k8slint.yaml": "{image: web, dockerfile: build/web.docker}"},
        "web",
        "build/web.docker:4",
    ),
}


@pytest.mark.parametrize("name", CONFIGURED)
def test_what_a_configuration_says_of_dockerfiles(app: Path, name: str) -> None:
    files, image, expected = CONFIGURED[name]
    written = {
        path: text if text.startswith(("extends", "images")) or not text else _rows(text)
        for path, text in files.items()
    }
    if ".git/HEAD" in files:
        shutil.rmtree(app / ".git")
        written.pop(".git/HEAD")
    make(app, {"build/web.docker": WEB, "a/pod.yaml": POD.replace("IMAGE", image), **written})
    select = ("--select", "GS401,GS402,GS403")
    ran = k8slint(app, "check", *select, "--output-format", "json", "a/pod.yaml")
    places = {
        f"{place['path']}:{place['line']}"
        for one in ran.data["findings"]
        for place in one["related"]
        if place["path"] != "a/pod.yaml"
    }
    assert places == ({expected} if expected else set())


def _rows(text: str) -> str:
    if text.startswith("{"):
        return f"dockerfiles: {{images: [{text}]}}\n"
    return f"dockerfiles: {{{text}}}\n"


# What is refused, with the line.
MISTAKES = {
    "images: [{image: web}]": "1: dockerfiles.images.0: 'dockerfile' is a required property",
    "images: [{image: 'a b', dockerfile: api/Dockerfile}]": "1: dockerfiles: `a b` is not the",
    "images: [{image: web, dockerfile: api/Dockerfil}]": "1: dockerfiles: no such file: api/Dock",
    "images: [{image: web, dockerfile: api}]": "1: dockerfiles: no such file: api",
    "images: [{image: web, dockerfile: ../Dockerfile}]": "1: dockerfiles: ",
    "images: [{image: web, dockerfile: out}]": "1: dockerfiles: ",
    "images: [{image: web, dockerfile: .git/index}]": "1: dockerfiles: ",
    "by-folder: 'no'": "1: dockerfiles.by-folder: 'no' is neither true nor false",
    "by-folders: true": "1: unknown key 'by-folders' in dockerfiles; did you mean 'by-folder'?",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_in_a_configuration_of_dockerfiles(app: Path, text: str) -> None:
    make(app.parent, {"Dockerfile": "FROM scratch\nCMD a\n"})
    (app / "out").symlink_to("../Dockerfile")
    make(app, {".k8slint.yaml": f"dockerfiles: {{{text}}}", "pod.yaml": POD})
    ran = k8slint(app, "check", "pod.yaml")
    assert (ran.code, ran.text) == (2, "")
    assert f"/.k8slint.yaml:{MISTAKES[text]}" in ran.err


def test_an_editor_announces_a_dockerfile_of_any_name(app: Path) -> None:
    make(
        app,
        {
            ".k8slint.yaml": "dockerfiles: {images: [{image: web, dockerfile: web.docker}]}",
            "web.docker": 'FROM node:24-slim\nCMD ["node", "a.js"]\n',
            "pod.yaml": POD.replace("IMAGE", "web"),
        },
    )
    workspace = Workspace(root=str(app))
    path = str(app / "pod.yaml")
    assert "GS401" not in {one.code for one in workspace.check(path)[path].diagnoses}
    make(app, {"web.docker": "FROM node:24-slim\nCMD npm start\n"})
    workspace.update(str(app / "web.docker"), None)
    assert "GS401" in {one.code for one in workspace.check(path)[path].diagnoses}
