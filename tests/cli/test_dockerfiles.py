"""A small app whose Dockerfiles say what its containers run, from the call to the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
    select = ("--select", "GS102,GS105,GS108,GS401,GS402,GS403")
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
