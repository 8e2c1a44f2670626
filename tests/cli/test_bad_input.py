"""Whatever is in a file, the outcome is defined, and `--fix` leaves what it cannot read alone."""

from __future__ import annotations

import codecs
import json
import time
from pathlib import Path

import pytest

from tests.command import check, contents, make
from tests.manifests import CLEAN, ERROR, FIXED, SLEEP_60, pod
from tests.tiers import long_except

# A file, and its outcome: findings as `line:column code`, or what the summary says instead.
# None of these may be changed by `--fix`.
LEFT_ALONE: dict[str, tuple[str | bytes, str]] = {
    "no YAML": ("kind: Pod\nspec:\n  a: b: c\n", "3:7 GS900"),
    "unclosed": ("kind: Pod\nspec: [a,\n", "3:1 GS900"),
    "unclosed quote": ('kind: Pod\nspec: "a\n', "3:1 GS900"),
    "tab": ("kind: Pod\nspec:\n\tcontainers: []\n", "3:1 GS900"),
    "item in a mapping": ("kind: Pod\nspec:\n  a: -\n", "3:6 GS900"),
    "cut off in a key": (ERROR + "  terminationGr", "13:16 GS900"),
    "undefined alias": ("kind: Pod\nspec: *nowhere\n", "2:7 GS900"),
    "one of several documents": (
        f"{ERROR}---\nkind: Pod\nspec: [\n---\n{CLEAN}",
        "16:1 GS900 12:20 GS001",
    ),
    "UTF-16": (ERROR.encode("utf-16"), "1:1 GS900"),
    "UTF-16 without kinds": ("kind: Service".encode("utf-16"), "No workload found"),
    "the mark of UTF-16 on what is none": (b"\xff\xfekind: Pod\0x", "1:1 GS900"),
    "Windows-1252": (f"# Büro\n{ERROR}".encode("cp1252"), "1:4 GS900"),
    "Latin-1 far down": (f"{ERROR}# ".encode() + b"\xe9\n", "13:3 GS900"),
    "truncated UTF-8": (f"{ERROR}# é".encode()[:-1], "13:3 GS900"),
    "NUL": (ERROR.replace("web:1", "web\0:1"), "8:27 GS900"),
    "escape sequence": (f"# \x1b[31m\n{ERROR}", "1:3 GS900"),
    "binary": (bytes(range(256)) * 10, "No workload found"),
    "binary with a kind": (b"\x80\x81 kind: Pod\n", "1:1 GS900"),
    "line breaks of other kinds": (f"# a\u2028# b\n{ERROR}", "13:20 GS001"),
    "nothing": ("", "No workload found in 1 file."),
    "comments": ("# kind: Pod\n\n# nothing\n", "No workload found"),
    "a word": ("Pod\n", "No workload found"),
    "a kind and nothing else": ("kind: Pod\n", ""),
    "a list": ("- kind: Pod\n- kind: Pod\n", "No workload found"),
    "empty documents": ("---\n---\n...\n---\n# kind: Pod\n", "No workload found"),
    "spec of the wrong type": ("kind: Pod\nspec: text\n", ""),
    "containers of the wrong type": ("kind: Pod\nspec: {containers: {a: b}}\n", ""),
    "containers empty": ("kind: Pod\nspec:\n  containers:\n", ""),
    "containers of words": ("kind: Pod\nspec: {containers: [a, 1, null]}\n", ""),
    "lifecycle of the wrong type": (pod(app="lifecycle: [preStop]\n"), "9:16 GS003"),
    "UTF-16 without a mark": (ERROR.encode("utf-16-le"), "1:1 GS900"),
    "UTF-32 without a mark": (ERROR.encode("utf-32-be"), "1:1 GS900"),
    "template line": (ERROR + "  {{- with .x }}\n  {{- end }}\n", "12:20 GS001"),
    "template without an end": (
        ERROR + "  {{- with .x }}\n",
        "Skipped 1 unrendered template",
    ),
    "template that is not YAML either": (
        f"{ERROR}  {{{{ .x }}}}: [\n",
        "Skipped 1 unrendered template",
    ),
    "template value": (ERROR.replace("web:1", "web:{{ .tag }}"), "12:20 GS001"),
    "template number": (
        "kind: Deployment\nspec:\n  replicas: {{ .x }}\n",
        "Read 1 of 1 template (1 in part)",
    ),
    "template and manifest": (
        f"{ERROR}---\nkind: Pod\nspec: {{{{ .x }}}}\n",
        "12:20 GS001",
    ),
    "Jinja": (
        "kind: Pod\n{% if x %}\nspec: {}\n{% endif %}\n",
        "Skipped 1 unrendered Jinja template",
    ),
    **{
        f"template {hole}": (
            ERROR.replace("name: app", f"name: {hole}"),
            "Skipped 1 file with placeholders",
        )
        for hole in (
            "@NAME@",
            "%NAME%",
            "{names[app]}",
            "{names[app][0]}",
            "{name}-app",
            "[YOUR NAME]/app",
        )
    },
    **{
        f"template line {hole}": (
            f"{ERROR}    {hole}\n    env: []\n",
            "Skipped 1 file with placeholders",
        )
        for hole in ("__ENV__", "@ENV@", "%ENV%", "<env>", "$ENV", "${ENV}", "{env}", "<% env %>")
    },
    **{
        f"ytt {line}": (f"{ERROR}{line}\n", "Skipped 1 unrendered ytt template")
        for line in (
            "#@ if x:",
            "  #@ end",
            '#@ load("@ytt:data", "data")',
            "#@yaml/text-x",
            "x: #@ y",
        )
    },
    "ytt where no rule has a reason to look": (
        "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: #@ x\n",
        "Skipped 1 unrendered ytt template",
    ),
    "braces for a number": (ERROR.replace("seconds: 60", "seconds: {sleep}"), ""),
    "a hole elsewhere": (
        f"{ERROR}  x: @NAME@\n  y: z\n - [\n",
        "Skipped 1 file with placeholders",
    ),
    "no hole": (f"{ERROR}  x: $(NAME)\n  y: {{name}}\n  - [\n", "15:3 GS900"),
    "alias bomb": (
        "kind: Pod\nx0: &x0 [a]\n"
        + "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 30)),
        "",
    ),
    "alias bomb where we look": (
        "kind: Pod\nx0: &x0 {name: a}\n"
        + "".join(f"x{n}: &x{n} {{<<: [{', '.join([f'*x{n - 1}'] * 9)}]}}\n" for n in range(1, 30))
        + "spec: *x29\n",
        "",
    ),
    "an anchor within itself": ("kind: Pod\nspec: &a\n  containers: [*a]\n", ""),
    "100,000 brackets": ("kind: Pod\nspec: " + "[" * 100_000, "2:1006 GS900"),
    "100,000 levels": ("kind: Pod\nspec: " + "[" * 100_000 + "]" * 100_000, "2:1006 GS900"),
    "100,000 dashes": ("kind: Pod\nspec:\n" + "- " * 100_000, "3:1999 GS900"),
    "2,000 indents": (
        "kind: Pod\n" + "".join(f"{' ' * n}a:\n" for n in range(2_000)),
        "1002:1001 GS900",
    ),
    "duplicate key": (
        (
            "kind: Pod\nmetadata: {name: a}\nspec:\n  hostNetwork: true\n  hostNetwork: false\n"
            "  containers: [{name: a, image: a}]\n"
        ),
        "5:3 GS900",
    ),
    "inside a ConfigMap": (
        "kind: ConfigMap\ndata:\n  pod.yaml: |\n"
        + "".join(f"    {line}\n" for line in ERROR.splitlines()),
        "No workload found",
    ),
    "managedFields": (
        (
            "kind: Pod\nmetadata:\n  managedFields:\n  - fieldsV1:\n      f:spec:\n"
            "        f:terminationGracePeriodSeconds: {}\n        f:containers:\n"
            '          k:{"name":"app"}:\n            f:lifecycle:\n              f:preStop: {}\n'
            "spec:\n  containers:\n  - {name: app, image: a}\n"
        ),
        "",
    ),
    "NodePool": (
        (
            "apiVersion: karpenter.sh/v1\nkind: NodePool\nspec:\n  template:\n    spec:\n"
            "      terminationGracePeriod: 48h\n"
        ),
        "No workload found",
    ),
    "kubelet configuration": (
        (
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
            "evictionMaxPodGracePeriod: 60\nshutdownGracePeriod: 30s\n"
        ),
        "No workload found",
    ),
    "a schema that speaks of pods": (
        (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n"
            "  names: {kind: Pod}\n  schema: {preStop: {sleep: {seconds: 99}}}\n"
        ),
        "No workload found",
    ),
    "another API's Deployment": (
        (
            "apiVersion: example.com/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n"
            "      terminationGracePeriodSeconds: '5'\n      containers: [{name: a, image: a}]\n"
        ),
        "No workload found",
    ),
}


@pytest.mark.parametrize("name", long_except(LEFT_ALONE, *[*LEFT_ALONE][::3]))
def test_outcome(tmp_path: Path, name: str) -> None:
    content, outcome = LEFT_ALONE[name]
    make(tmp_path, {"x.yaml": content, "y.yaml": ERROR})
    before = contents(tmp_path)["x.yaml"]
    started = time.perf_counter()
    ran = check(tmp_path, "x.yaml")
    assert time.perf_counter() - started < 5
    found = [line.split(":", 1)[1].split()[:2] for line in ran.text.splitlines()]
    if "GS" in outcome:
        assert {f"{place[:-1]} {code}" for place, code in found} == set(pairs(outcome)), ran.text
    else:
        assert (ran.code, ran.text) == (0, "")
        assert outcome in ran.err
    fixed = check(tmp_path, "x.yaml", "y.yaml", "--fix", "--unsafe-fixes")
    assert fixed.code < 2, fixed.err
    after = contents(tmp_path)
    if name != "template value":
        assert after["x.yaml"] == before
    assert after["y.yaml"] == FIXED.encode(), "the run goes on with the other files"


def pairs(outcome: str) -> list[str]:
    words = outcome.split()
    return [f"{place} {code}" for place, code in zip(words[::2], words[1::2], strict=True)]


# What looks bad and is not: a file that is linted and fixed like any other.
FINE: dict[str, tuple[str, str]] = {
    "a comment like ytt": (f"#@author: me\n{ERROR}", f"#@author: me\n{FIXED}"),
    "CRLF": (ERROR.replace("\n", "\r\n"), FIXED.replace("\n", "\r\n")),
    "BOM": (f"\ufeff{ERROR}", f"\ufeff{FIXED}"),
    "no final newline": (ERROR.rstrip(), FIXED.rstrip()),
    "blank lines around": (f"\n\n{ERROR}\n\n", f"\n\n{FIXED}\n\n"),
    "comments around": (f"# a\n---\n# b\n{ERROR}# c\n", f"# a\n---\n# b\n{FIXED}# c\n"),
    "a quoted template": (
        ERROR.replace("name: web", 'name: "{{ .name }}"'),
        FIXED.replace("name: web", 'name: "{{ .name }}"'),
    ),
    "a template in a comment": (f"# {{{{ .x }}}}\n{ERROR}", f"# {{{{ .x }}}}\n{FIXED}"),
    "a template in another document": (
        f"kind: Service\nspec: {{{{ .x }}}}\n---\n{ERROR}",
        f"kind: Service\nspec: {{{{ .x }}}}\n---\n{FIXED}",
    ),
    "broken YAML in another document": (
        f"kind: Service\nspec: [\n---\n{ERROR}",
        f"kind: Service\nspec: [\n---\n{FIXED}",
    ),
    "documents that end": (f"{ERROR}...\n---\n{CLEAN}...\n", f"{FIXED}...\n---\n{CLEAN}...\n"),
    "a duplicate key elsewhere": (
        f"{ERROR}---\nkind: Service\na: 1\na: 2\n",
        f"{FIXED}---\nkind: Service\na: 1\na: 2\n",
    ),
    "an emoji": (
        ERROR.replace("name: web", "name: 🦊 # 日本"),
        FIXED.replace("name: web", "name: 🦊 # 日本"),
    ),
    "an endless line": (f"# {'x' * 100_000}\n{ERROR}", f"# {'x' * 100_000}\n{FIXED}"),
}


@pytest.mark.parametrize("name", FINE)
def test_fine(tmp_path: Path, name: str) -> None:
    before, after = FINE[name]
    make(tmp_path, {"x.yaml": before})
    ran = check(tmp_path, "x.yaml")
    assert [place.split()[1] for place in ran.places] == ["GS001"]
    assert check(tmp_path, "x.yaml", "--fix").code == 0
    assert (tmp_path / "x.yaml").read_bytes().decode() == after


# What YAML allows and kubectl refuses, or does not read to its end: said, and linted all the same.
REFUSED = {
    "a directive": (f"%YAML 1.1\n---\n{ERROR}", "1:1 takes `%YAML` for a document"),
    "text behind a marker": (f"--- {{}}\n---\n{ERROR}", "1:5 only a comment may follow"),
    "text behind a later marker": (
        f"a: b\n--- \t# c\na: b\n---\n#c\n--- \t a # c\n---\n{ERROR}",
        "6:7 only a comment may follow",
    ),
    "a directive below": (f"a: b\n...\n%TAG ! a\n---\n{ERROR}", "3:1 takes `%TAG`"),
    "a merge of nothing": (ERROR.replace("metadata:", "<<:\nmetadata:"), "3:1 `<<` takes"),
    "a merge of a text": (ERROR.replace("metadata:", "<<: a\nmetadata:"), "3:1 `<<` takes"),
    "a merge of texts": (ERROR.replace("metadata:", "<<: [a]\nmetadata:"), "3:1 `<<` takes"),
    "a null key": (ERROR.replace("metadata:", "~: 1\nmetadata:"), "3:1 a key is not a text"),
    "a list as a key": (
        ERROR.replace("metadata:", "[a]: 1\nmetadata:"),
        "3:1 a key is not a text",
    ),
    "text behind an end": (f"{ERROR}...\n\n# c\na: b\n", "16:1 ignores what is written"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_kubectl_refuses(tmp_path: Path, name: str) -> None:
    text, outcome = REFUSED[name]
    place, _, reason = outcome.partition(" ")
    make(tmp_path, {"x.yaml": text})
    found = check(tmp_path, "x.yaml").text.splitlines()
    assert [line.split()[1] for line in found] == ["GS900", "GS001"] or "end" in name
    (said,) = [line for line in found if "GS900" in line]
    assert said.startswith(f"x.yaml:{place}: "), said
    assert reason in said


@pytest.mark.parametrize("merged", ["{}", "[]", "[{a: 1}, {b: 2}]", "&m {a: 1}"])
def test_what_kubectl_merges(tmp_path: Path, merged: str) -> None:
    make(tmp_path, {"x.yaml": ERROR.replace("metadata:", f"<<: {merged}\nmetadata:")})
    assert [place.split()[1] for place in check(tmp_path, "x.yaml").places] == ["GS001"]


@pytest.mark.parametrize(
    ("encoding", "severity"),
    [("utf-16", "warning"), ("utf-16-le", "error"), ("utf-32-be", "error")],
)
def test_kubectl_reads_some_utf_16(tmp_path: Path, encoding: str, severity: str) -> None:
    mark = codecs.BOM_UTF16_BE if severity == "warning" else b""
    make(tmp_path, {"x.yaml": mark + ERROR.encode(encoding)})
    (found,) = json.loads(check(tmp_path, "x.yaml", "--output-format", "json").text)["findings"]
    assert found["severity"] == severity


@pytest.mark.long
def test_a_file_of_2_mb(tmp_path: Path) -> None:
    """Its last document has the finding, so that all of it counts."""
    env = "".join(f"- name: VARIABLE_{number}\n  value: some text\n" for number in range(120))
    ok = pod(spec="terminationGracePeriodSeconds: 70\n", app=f"env:\n{env}{SLEEP_60}")
    text = f"{ok}---\n" * (2_000_000 // len(ok)) + ERROR
    make(tmp_path, {"big.yaml": text})
    ran = check(tmp_path, "big.yaml", "--fix")
    assert (ran.code, ran.text) == (0, "")
    assert (tmp_path / "big.yaml").read_text() == text.removesuffix(ERROR) + FIXED


def test_the_picture_of_an_endless_line_is_cut(tmp_path: Path) -> None:
    make(tmp_path, {"x.yaml": ERROR.replace("60\n", f"60 # {'x' * 100_000}\n")})
    ran = check(tmp_path, "x.yaml", "--output-format", "full")
    assert ran.code == 1
    assert "seconds: 60 # xxx" in ran.text
    assert max(map(len, ran.text.splitlines())) < 200


def test_broken_files_are_told_whatever_is_selected(tmp_path: Path) -> None:
    broken = {
        name: content for name, (content, outcome) in LEFT_ALONE.items() if "GS900" in outcome
    }
    broken.pop("duplicate key")
    broken.pop("one of several documents")
    make(tmp_path, {f"{name}.yaml": content for name, content in broken.items()})
    ran = check(tmp_path, "--select", "GS106")
    named = [line.split(".yaml:")[0] for line in ran.text.splitlines()]
    assert sorted(named) == sorted(broken)


@pytest.mark.parametrize(
    "arguments", [("a.yaml",), (".",), ("picture",), (".", "--select", "GS001")]
)
def test_a_binary_file_is_said_to_be_one(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    make(tmp_path, {"a.yaml": bytes(range(256)), "picture": b"\x89PNG\r\n\0kind"})
    ran = check(tmp_path, *arguments)
    said = "Skipped 1 binary file (-v lists it).\nNo workload found in 1 file.\n"
    assert (ran.code, ran.text, ran.err) == (0, "", said)
