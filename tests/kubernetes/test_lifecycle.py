"""What stands under `lifecycle`, held against what an API server made of it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from k8slint.api import check, fix
from tests.tables import table

ROWS = [
    (shape, verdict)
    for verdict, shapes in table("lifecycle.yaml").items()
    for shape in shapes.splitlines()
]
CLAIMS = {"rejects this object": "rejected", "other clients drop": "dropped"}


def pod(lifecycle: str) -> str:
    return dedent(
        f"""\
        apiVersion: v1
        kind: Pod
        metadata: {{name: web}}
        spec:
          containers:
          - name: app
            image: example.com/web:1
            ports: [{{name: http, containerPort: 8080}}]
            lifecycle: {lifecycle}
        """
    )


def claimed(text: str) -> set[str]:
    """What the errors of a manifest say becomes of it."""
    messages = [
        one.message for one in check(text) if one.code in ("GS001", "GS002", "GS003", "GS004")
    ]
    return {claim for words, claim in CLAIMS.items() for one in messages if words in one}


@pytest.mark.parametrize(("shape", "verdict"), ROWS)
def test_the_api_server_agrees(shape: str, verdict: str) -> None:
    expected = set() if verdict == "accepted" else {verdict}
    assert claimed(pod(shape)) - {"dropped"} == expected - {"dropped"}
    assert verdict != "dropped" or claimed(pod(shape)) == {"dropped"}


@pytest.mark.parametrize("shape", [shape for shape, verdict in ROWS if verdict != "accepted"])
def test_what_a_repair_leaves_is_reported(shape: str) -> None:
    before = {one.message for one in check(pod(shape)) if one.fix and one.fix.edits}
    after = fix(pod(shape), unsafe=True).text
    assert not before & {one.message for one in check(after)}


@pytest.mark.parametrize(
    "lifecycle",
    [
        "{preStop: {hook}}",
        "{preStop: {exec: {handler}}}",
        "{preStop: {exec: {command: {command_line}}}}",
        "{preStop: {httpGet: {request}}}",
        "{preStop: {httpGet: {port: {drain_port}}}}",
    ],
)
def test_what_a_template_decides_is_open(lifecycle: str) -> None:
    assert not claimed(pod(lifecycle))


@pytest.mark.parametrize(
    "lifecycle",
    ["{preStop: {exec}}", "{preStop: {exec: {command}}}", "{preStop: {httpGet: {port}}}"],
)
def test_a_field_without_a_value_is_not_a_template(lifecycle: str) -> None:
    assert claimed(pod(lifecycle)) == {"rejected"}
