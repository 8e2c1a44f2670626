"""Charts and overlays of a stranger reach no network, this machine included."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.command import check, make
from tests.hostile.rendering import (
    CHART,
    POD,
    RESOURCE,
    SUB,
    Tree,
    packed,
    plugin,
)

if os.name == "nt":
    pytest.skip("Windows has other links and signals", allow_module_level=True)


class Listener(ThreadingHTTPServer):
    """A server on this machine that remembers who came, and what they asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[str] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def verify_request(self, request: object, client_address: object) -> bool:
        self.asked.append("a connection")
        return True


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Listener)
        self.server.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}')

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def inline(text: str) -> str:
    return "- |\n" + "".join(f"  {line}\n" for line in text.splitlines())


GENERATOR = plugin("ConfigMapGenerator", "files: ['a=http://{0}/x.yaml']")
ESCAPED = plugin("ConfigMapGenerator", 'files: ["a=\\u0068ttp://{0}/x.yaml"]')
# What has a value of another place put together, so that no address stands anywhere.
JOINED = """\
resources: [plugin.yaml]
replacements:
- source: {kind: ConfigMapGenerator, fieldPath: metadata.annotations.scheme}
  targets:
  - select: {kind: ConfigMapGenerator}
    fieldPaths: [files.0]
    options: {delimiter: /, index: 0}
"""
PARTS = plugin("ConfigMapGenerator", "files: ['a=x//{0}/x.yaml']").replace(
    "name: a", "name: a, annotations: {scheme: 'a=http:'}"
)
FETCHING: dict[str, dict[str, str]] = {
    "a file of that name": {
        "kustomization.yaml": "resources: ['http://{0}/x.yaml']\n",
        "http:/{0}/x.yaml": RESOURCE,
    },
    "a patch of that name": {
        "kustomization.yaml": "resources: [b.yaml]\npatches: [{path: 'http://{0}/x.yaml'}]\n",
        "b.yaml": RESOURCE,
        "http:/{0}/x.yaml": RESOURCE,
    },
    "a file of that name for a map": {
        "kustomization.yaml": "configMapGenerator: [{name: a, files: ['http://{0}/x.yaml']}]\n",
        "http:/{0}/x.yaml": RESOURCE,
    },
    "a schema of that name": {
        "kustomization.yaml": "resources: [b.yaml]\nopenapi: {path: 'http://{0}/x.yaml'}\n",
        "b.yaml": RESOURCE,
        "http:/{0}/x.yaml": RESOURCE,
    },
    "a generator with escapes": {"kustomization.yaml": f"generators:\n{inline(ESCAPED)}"},
    "a generator in a file": {
        "kustomization.yaml": "generators: [plugin.yaml]\n",
        "plugin.yaml": GENERATOR,
    },
    "a generator in a folder": {
        "kustomization.yaml": "generators: [plugins]\n",
        "plugins/kustomization.yaml": "resources: [plugin.yaml]\n",
        "plugins/plugin.yaml": GENERATOR,
    },
    "a generator that is put together": {
        "kustomization.yaml": "generators: [plugins]\n",
        "plugins/kustomization.yaml": JOINED,
        "plugins/plugin.yaml": PARTS,
    },
    "a list of generators": {
        "kustomization.yaml": "generators: [plugin.yaml]\n",
        "plugin.yaml": "apiVersion: v1\nkind: List\nitems:\n" + inline(GENERATOR).replace("|", ""),
    },
    "variables": {
        "kustomization.yaml": "generators: [plugin.yaml]\n",
        "plugin.yaml": plugin("ConfigMapGenerator", "envs: ['http://{0}/x.yaml']"),
    },
    "letters that Go takes for others": {
        "kustomization.yaml": "generators: [plugin.yaml]\n",
        "plugin.yaml": plugin("ConfigMapGenerator", "FILE\u017f: ['a=http://{0}/x.yaml']"),
    },
    "a patch of a transformer": {
        "kustomization.yaml": "resources: [b.yaml]\ntransformers: [plugin.yaml]\n",
        "b.yaml": RESOURCE,
        "plugin.yaml": plugin("PatchTransformer", "path: http://{0}/x.yaml"),
    },
    "patches of a transformer": {
        "kustomization.yaml": "resources: [b.yaml]\ntransformers: [plugin.yaml]\n",
        "b.yaml": RESOURCE,
        "plugin.yaml": plugin("PatchStrategicMergeTransformer", "paths: ['http://{0}/x.yaml']"),
    },
    "replacements of a transformer": {
        "kustomization.yaml": "resources: [b.yaml]\ntransformers: [plugin.yaml]\n",
        "b.yaml": RESOURCE,
        "plugin.yaml": plugin("ReplacementTransformer", "replacements: [{path: 'http://{0}/x'}]"),
    },
    "targets of a transformer": {
        "kustomization.yaml": "resources: [b.yaml]\ntransformers: [plugin.yaml]\n",
        "b.yaml": RESOURCE,
        "plugin.yaml": plugin("ValueAddTransformer", "targetFilePath: http://{0}/x.yaml"),
    },
    "a validator": {
        "kustomization.yaml": "resources: [b.yaml]\nvalidators: [plugin.yaml]\n",
        "b.yaml": RESOURCE,
        "plugin.yaml": plugin("PatchTransformer", "path: http://{0}/x.yaml"),
    },
    "a field in other letters": {"kustomization.yaml": "Resources: ['http://{0}/x.yaml']\n"},
    "a second document": {
        "kustomization.yaml": "resources: ['http://{0}/x.yaml']\n---\nresources: [b.yaml]\n",
        "b.yaml": RESOURCE,
    },
    "base 64": {
        "kustomization.yaml": "resources: [!!binary {1}]\n",
    },
}


@pytest.mark.parametrize("how", [["--render", "."], ["kustomization.yaml"]], ids=["all", "named"])
@pytest.mark.parametrize("what", FETCHING)
def test_no_overlay_asks_this_machine(
    repository: Path, tools: None, listener: Listener, what: str, how: list[str]
) -> None:
    coded = base64.b64encode(f"http://{listener.host}/x.yaml".encode()).decode()
    make(
        repository,
        {
            name.replace("{0}", listener.host): text.replace("{0}", listener.host).replace(
                "{1}", coded
            )
            for name, text in FETCHING[what].items()
        },
    )
    ran = check(repository, *how)
    assert listener.asked == []
    assert "Skipped 1 " in ran.err or "of that name" in what


MISTAKABLE = {
    "a patch": "resources: [b.yaml]\npatchesStrategicMerge: ['http://{0}/x: y']\n",
    "a plugin": "resources: [b.yaml]\ngenerators: ['http://{0}/x: y']\n",
}


@pytest.mark.parametrize("what", MISTAKABLE)
def test_a_text_that_is_read_as_a_mapping_is_no_address(
    repository: Path, tools: None, listener: Listener, what: str
) -> None:
    text = MISTAKABLE[what].format(listener.host)
    make(repository, {"kustomization.yaml": text, "b.yaml": RESOURCE})
    assert check(repository, "--render", ".").err.count("Skipped 1 overlay")
    assert listener.asked == []


def test_an_overlay_asks_this_machine_with_leave(
    repository: Path, tools: None, listener: Listener
) -> None:
    make(repository, {"kustomization.yaml": f"resources: ['http://{listener.host}/x.yaml']\n"})
    check(repository, "--render", "--allow-network", ".")
    assert listener.asked == ["a connection", "/x.yaml"]


SCHEMAS = {
    "a reference": '{{"$ref": "http://{0}/x.json"}}',
    "a reference below": '{{"properties": {{"a": {{"allOf": [{{"$ref": "http://{0}/x.json"}}]}}}}}}',
    "a reference with escapes": '{{"\\u0024ref": "\\u0068ttp://{0}/x.json"}}',
    "a first of two": '{{"$ref": "http://{0}/x", "$ref": "#/$defs/a", "$defs": {{"a": {{}}}}}}',
    "a second of two": '{{"$ref": "#/$defs/a", "$ref": "http://{0}/x", "$defs": {{"a": {{}}}}}}',
    "a schema of the schema": '{{"$schema": "http://{0}/x.json"}}',
    "a base": '{{"$id": "http://{0}/", "$ref": "x.json"}}',
    "another kind": '{{"$dynamicRef": "http://{0}/x.json"}}',
    "a file": '{{"$ref": "file:///etc/passwd"}}',
    "a file by a base": '{{"$id": "file:///etc/", "$ref": "passwd"}}',
    "a device": '{{"$ref": "file:///dev/zero"}}',
}
PLACES: dict[str, Callable[[str], Tree]] = {
    "the chart": lambda schema: {"chart/values.schema.json": schema},
    "a subchart": lambda schema: {
        **{f"chart/charts/{name}": text for name, text in SUB.items()},
        "chart/charts/sub/values.schema.json": schema,
    },
    "a packed one": lambda schema: {
        "chart/charts/sub-1.0.0.tgz": packed({**SUB, "sub/values.schema.json": schema})
    },
    "one packed in another": lambda schema: {
        "chart/charts/sub-1.0.0.tgz": packed(
            {
                "sub/Chart.yaml": SUB["sub/Chart.yaml"],
                "sub/charts/sub-1.0.0.tgz": packed({**SUB, "sub/values.schema.json": schema}),
            }
        )
    },
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", SCHEMAS)
def test_no_schema_of_values_leads_out(
    repository: Path, tools: None, listener: Listener, what: str, place: str
) -> None:
    make(repository, PLACES[place](SCHEMAS[what].format(listener.host)))
    make(repository, {"chart/Chart.yaml": CHART, "chart/templates/a.yaml": POD % "app"})
    ran = check(repository, "--render", ".")
    assert listener.asked == []
    assert "Skipped " in ran.err
    assert "values.schema.json refers to " in ran.err


def test_a_schema_of_its_own_is_used(repository: Path, tools: None) -> None:
    schema = {
        "$schema": "http://json-schema.org/schema#",
        "properties": {"a": {"$ref": "#/definitions/number"}},
        "definitions": {"number": {"type": "integer"}},
    }
    make(repository, {"chart/Chart.yaml": CHART, "chart/templates/a.yaml": POD % "app"})
    make(repository, {"chart/values.schema.json": json.dumps(schema)})
    assert check(repository, "--render", ".").places
    make(repository, {"chart/values.yaml": "a: text\n"})
    assert "values don't meet the specifications" in check(repository, "--render", ".").err
