"""Which lines of a template may get a marker."""

from __future__ import annotations

import time

import pytest

from k8slint.manifest.source import Source
from k8slint.render.charts.marks import markable_lines

# Lines that may get one begin with `*` here.
TEMPLATES = {
    "keys and items": """\
*apiVersion: apps/v1
*metadata:
*  name: {{ .Release.Name }}
*  "app.kubernetes.io/name": web
*- - name: app
*- {{ .Values.item }}
*-
""",
    "other text": """\
# a comment
plain
example.com/web:1
---
-dash: a
""",
    "actions alone": """\
{{- if .Values.a }}
{{ .Values.a }}: b
  {{- end }}
""",
    "actions on several lines": """\
a: {{ .Values.a
  | default "x: y"
b: z }}
*c: d
e: {{/* a comment
f: g */}}
*h: {{ .a }}{{ .b }}
""",
    "trimmed line ends": """\
a: {{ .Values.a -}}
*b: {{- .Values.b }}
c: d \\
""",
    "block scalars": """\
*script: |
  a: b

  {{- if .Values.a }}
{{ .Values.b }}
  c: d
*after: >-
    e: f
*- |2
    g: h
*- i: j
""",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_which_lines_may_get_a_marker(name: str) -> None:
    wanted = TEMPLATES[name].split("\n")
    source = Source("a", "\n".join(line.removeprefix("*") for line in wanted))
    found = [*markable_lines(source, "a")]
    assert [line.text for line in found] == [line[1:] for line in wanted if line[:1] == "*"]
    for line in found:
        assert source.text[line.start :].startswith(line.text)


LONG = {
    "one line": "a" * 1_000_000,
    "dashes": "- " * 500_000,
    "braces": "a: " + "{{" * 500_000,
    "keys": "a:\n" * 300_000,
    "blanks": "a: |" + " " * 1_000_000 + "\n",
    "scalars": ("a: |" + " " * 3_000 + "x\n") * 300,
}


@pytest.mark.parametrize("name", LONG)
def test_long_templates_take_no_more_than_their_size_is_worth(name: str) -> None:
    begin = time.process_time()
    for _ in markable_lines(Source("a", LONG[name]), "a"):
        pass
    assert time.process_time() - begin < 3
