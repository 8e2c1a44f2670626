"""No word of values, of Secrets or of the environment is told."""

from __future__ import annotations

import base64
import itertools
import json
import os
from pathlib import Path

import pytest

from tests.command import make
from tests.hostile.rendering import (
    CHART,
    everything,
    plugin,
)

if os.name == "nt":
    pytest.skip("Windows has other links and signals", allow_module_level=True)

# Places from which a word of the values comes into what is told, with a rule that tells of it.
HOOK = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 30
      containers:
      - name: app
        image: example.com/web:1
        command: [sh, -c, 'zq-app --login %(word)s']
        lifecycle: {preStop: %(hook)s}
"""
HOOKS = {
    "a broken command": "{exec: {command: ['sleep 5; login %(word)s']}}",
    "a signal": "{exec: {command: [sh, -c, 'nginx -s quit -p %(word)s']}}",
    "a host": "{httpGet: {host: %(word)s, port: 80}}",
    "a port": "{httpGet: {port: %(word)s}}",
    "no number": "{sleep: {seconds: '%(word)s'}}",
}
WORDS = ("zq7x", "zq7x-not-real", "zq7xNotReal=1/2+3")


SOURCES = ("values.yaml", "prod.yaml", "--values", "--set")


@pytest.mark.parametrize(
    ("what", "source", "word"),
    [
        *itertools.product(HOOKS, ["values.yaml"], WORDS),
        *itertools.product(["a broken command"], SOURCES[1:], WORDS[1:]),
    ],
)
def test_no_word_of_the_values_is_told(
    repository: Path, tools: None, what: str, source: str, word: str
) -> None:
    hook = HOOKS[what] % {"word": "{{ .Values.pw }}"}
    template = HOOK % {"word": "{{ .Values.pw }}", "hook": hook}
    values = f"pw: {word} # the same\n"
    make(repository, {"Chart.yaml": CHART, "templates/a.yaml": template})
    make(repository, {".k8slint.yaml": "select: [ALL]\npreview: true\n"})
    arguments: list[str] = []
    if source == "--set":
        arguments = ["--set", f"pw={word}"]
    elif source == "--values":
        make(repository.parent, {"values.yaml": values})
        arguments = ["--values", "../values.yaml"]
    else:
        make(repository, {source: values})
    if source == "prod.yaml":
        make(repository, {".k8slint.yaml": "select: [ALL]\ncharts: {.: {prod: [prod.yaml]}}\n"})
    said = everything(repository, ".", *arguments)
    assert "GS" in said
    for form in (word, word.upper(), base64.b64encode(word.encode()).decode()):
        assert form not in said


GENERATED: dict[str, tuple[dict[str, list[object]], str]] = {
    "a literal": ({"secretGenerator": [{"name": "login", "literals": ["pw=zq7x-real"]}]}, ""),
    "a file": ({"secretGenerator": [{"name": "login", "files": ["pw=file"]}]}, "zq7x-real"),
    "variables": ({"secretGenerator": [{"name": "login", "envs": ["file"]}]}, "pw=zq7x-real\n"),
    "a plugin": (
        {"generators": ["file"]},
        plugin("SecretGenerator", "literals: [pw=zq7x-real]").replace("name: a", "name: login"),
    ),
    "a resource": (
        {"resources": ["a.yaml", "file"]},
        "apiVersion: v1\nkind: Secret\nmetadata: {name: login}\ndata: {pw: enE3eC1yZWFs}\n",
    ),
}


@pytest.mark.parametrize("what", GENERATED)
def test_no_word_of_a_generated_secret_is_told(repository: Path, tools: None, what: str) -> None:
    kustomization, file = GENERATED[what]
    host = "spec.template.spec.containers.0.lifecycle.preStop.httpGet.host"
    replacement = {
        "source": {"kind": "Secret", "fieldPath": "data.pw"},
        "targets": [{"select": {"kind": "Deployment"}, "fieldPaths": [host]}],
    }
    whole = {"resources": ["a.yaml"], **kustomization, "replacements": [replacement]}
    hook = "{httpGet: {host: x, port: 80}}"
    make(repository, {"kustomization.yaml": json.dumps(whole), "file": file})
    make(repository, {"a.yaml": HOOK % {"word": "x", "hook": hook}})
    said = everything(repository, "--select", "ALL")
    assert "GS207" in said
    assert "enE3eC1yZWFs" not in said
    assert "zq7x-real" not in said
