"""New lines in templates: where they come, and what is refused because of actions."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from k8slint.manifest.operations import Set
from k8slint.manifest.prove import prove
from k8slint.manifest.source import Source
from k8slint.manifest.splice import Refused, apply
from k8slint.manifest.template_edits import prove_in_template
from k8slint.manifest.template_lines import plan_lines, read_around

KEY = "k8slint/ignore"
HEAD = "apiVersion: apps/v1\nkind: Deployment\n"
NEW = "  annotations:\n    k8slint/ignore: GS101\n"
LINE = "    k8slint/ignore: GS101\n"


class Lines(NamedTuple):
    """A template up to where lines are added, what they are, and the rest of it."""

    before: str
    new: str
    rest: str


ADDED = {
    "no annotations": Lines("metadata:\n", NEW, "  name: {{ .x }}\n"),
    "at a comment": Lines("metadata: # a\n", NEW, "  # b\n  name: web\n"),
    "below a comment at another column": Lines("metadata:\n# a\n\n", NEW, "  name: web\n"),
    "CRLF": Lines("metadata:\r\n", NEW.replace("\n", "\r\n"), "  name: web\r\n"),
    "a tab behind the colon": Lines("metadata:\t\n", NEW, "  name: web\n"),
    "no line end": Lines("metadata:\n", NEW, "  name: web"),
    "another indentation": Lines(
        "metadata:\n", "    annotations:\n        k8slint/ignore: GS101\n", "    name: web\n"
    ),
    "labels of a helper": Lines(
        "metadata:\n", NEW, '  name: web\n  labels:\n    {{- include "l" . | nindent 4 }}\n'
    ),
    "labels behind their key": Lines(
        "metadata:\n", NEW, "  labels: {{- toYaml .l | nindent 4 }}\n  name: web\n"
    ),
    "a condition about another key": Lines(
        "metadata:\n", NEW, "  name: web\n  {{- if .n }}\n  namespace: {{ .n }}\n  {{- end }}\n"
    ),
    "literal annotations": Lines("metadata:\n  annotations:\n", LINE, "    a: b\n  name: web\n"),
    "annotations beside others with actions": Lines(
        "metadata:\n  annotations:\n", LINE, "    sum: {{ .x | sha256sum }}\n  name: web\n"
    ),
    "annotations of which some are conditional": Lines(
        "metadata:\n  name: web\n  annotations:\n",
        LINE,
        '    a: b\n    {{- if .x }}\n    c: "d"\n    {{- end }}\n',
    ),
    "an annotation without a value": Lines(
        f"metadata:\n  annotations:\n    {KEY}:", " GS101", "\n  name: web\n"
    ),
    "in a condition": Lines(
        "{{- if .x }}\nmetadata:\n", NEW, "  name: web\n{{- end }}\nspec: {}\n"
    ),
    "in `else`": Lines(
        "{{- if .x }}\nimmutable: true\n{{- else }}\nmetadata:\n", NEW, "  name: web\n{{- end }}\n"
    ),
    "in `else if`, in `with`": Lines(
        "{{ if .x }}\na: 1\n{{ else if .y }}\n{{- with .z -}}\nmetadata:\n",
        NEW,
        "  name: web\n{{ end }}\n{{ end }}\n",
    ),
    "in a condition around the document": Lines(
        "spec: {}\n{{- if .x }}\n---\nkind: Job\nmetadata:\n", NEW, "  name: web\n{{- end }}\n"
    ),
}


@pytest.mark.parametrize("name", ADDED)
def test_lines_are_added_between_literals(name: str) -> None:
    one = ADDED[name]
    assert planned(f"{HEAD}{one.before}{one.rest}") == f"{HEAD}{one.before}{one.new}{one.rest}"


def test_a_literal_annotation_says_more() -> None:
    text = f"{HEAD}metadata:\n  annotations:\n    {KEY}: {{}}  # a\n    b: {{{{ .x }}}}\n"
    old, new = (text.replace("{}", code, 1) for code in ("GS202", "GS101"))
    assert planned(old) == new


UNKNOWN = {
    "annotations of an action": ("  name: web\n  annotations: {{ toJson .a }}\n", "annotations"),
    "annotations below their key": (
        "  annotations:\n    {{- toYaml .a | nindent 4 }}\n  name: web\n",
        "annotations",
    ),
    "annotations in a condition": (
        (
            "  name: web\n  {{- with .a }}\n  annotations:\n    {{- toYaml . | nindent 4 }}\n"
            "  {{- end }}\n"
        ),
        "annotations",
    ),
    "annotations in `else`": (
        (
            "  name: web\n  {{- if .a }}\n  labels: {}\n  {{- else }}\n  annotations: {a: b}\n"
            "  {{- end }}\n"
        ),
        "annotations",
    ),
    "annotations of a range": (
        "  name: web\n{{ range .a }}\n  {{ .key }}: {{ .value }}\n{{ end }}\n",
        "annotations",
    ),
    "metadata of a helper": ('  name: web\n  {{- include "m" . | nindent 2 }}\n', "annotations"),
    "a helper at an unknown column": ('  name: web\n{{ include "m" . }}\n', "annotations"),
    "an annotation of a helper": (
        '  annotations:\n    a: b\n    {{- include "a" . | nindent 4 }}\n  name: web\n',
        KEY,
    ),
    "an annotation in a condition": (
        f"  annotations:\n    a: b\n    {{{{- if .a }}}}\n    {KEY}: GS202\n    {{{{- end }}}}\n",
        KEY,
    ),
    "an annotation with an action as its key": (
        "  annotations:\n    a: b\n    {{ .k }}: c\n  name: web\n",
        KEY,
    ),
}
REFUSED = {
    name: (f"metadata:\n{text}", f"an action of its template writes its `{key}`, or may")
    for name, (text, key) in UNKNOWN.items()
} | {
    "an annotation with an action in it": (
        f"metadata:\n  annotations:\n    {KEY}: GS202{{{{ .x }}}}\n",
        f"an action of its template writes a part of its `{KEY}`",
    ),
    "an annotation that is an action": (
        f"metadata:\n  annotations:\n    {KEY}: {{{{ .x }}}}\n",
        f"an action of its template writes its `{KEY}`",
    ),
    "an annotation that is an action in quotes": (
        f'metadata:\n  annotations:\n    {KEY}: "{{{{ .x }}}}"\n',
        f"an action of its template writes a part of its `{KEY}`",
    ),
    "an action behind the key": (
        "metadata: {{/* a */}}\n  name: web\n",
        "an action follows `metadata:` in its template, on that line or below",
    ),
    "an action in the comment behind the key": (
        "metadata: # {{ .x }}\n  name: web\n",
        "an action follows `metadata:` in its template, on that line or below",
    ),
    "an action below the key": (
        "metadata:\n  {{- if .n }}\n  namespace: x\n  {{- end }}\n  name: web\n",
        "an action follows `metadata:` in its template, on that line or below",
    ),
    "a silent action below the key": (
        "metadata:\n  {{- $x := 1 }}\n  name: web\n",
        "an action follows `metadata:` in its template, on that line or below",
    ),
    "an action below `annotations:`": (
        "metadata:\n  annotations:\n    {{- if .n }}\n    a: b\n    {{- end }}\n    c: d\n",
        "an action follows `annotations:` in its template, on that line or below",
    ),
    "braces": ("metadata: {name: web}\n", "its `metadata` is written in braces"),
    "braces of annotations": (
        "metadata:\n  name: web\n  annotations: {a: b}\n",
        "its `annotations` is written in braces",
    ),
    "no annotations below the key": (
        "metadata:\n  annotations:\n  name: web\n",
        "the file is a template, of which only values",
    ),
    "an annotation in a block scalar": (
        f"metadata:\n  annotations:\n    {KEY}: |\n      GS202\n",
        "the value is written over several lines",
    ),
    "a merge key": (
        "x: &x {a: b}\nmetadata:\n  <<: *x\n  name: web\n",
        "its template does not write it as a mapping of its own",
    ),
    "an anchor": ("metadata: &m\n  name: web\nx: *m\n", "it is part of the anchor &m"),
    "a range": (
        "{{ range .x }}\nmetadata:\n  name: web\n{{ end }}\n",
        "its template writes it in a `range`, maybe several times",
    ),
    "a condition in a range": (
        "{{ range .x }}\n{{ if .y }}\nmetadata:\n  name: web\n{{ end }}\n{{ end }}\n",
        "its template writes it in a `range`, maybe several times",
    ),
    "a define": (
        '{{ define "x" }}\nmetadata:\n  name: web\n{{ end }}\n',
        "its template writes it in a `define`, maybe several times",
    ),
    "an action": ('{{ "\nmetadata:" }}\n  name: web\n', "its template cannot be read: a string"),
    "a text of an action": (
        "a: {{ `\nmetadata:` }}\n  name: web\n",
        "an action of its template writes it",
    ),
    "a condition of several lines": (
        "{{ if `\nmetadata:` }}\nname: web\n{{ end }}\n",
        "an action of its template writes it",
    ),
    "annotations outside of the condition": (
        (
            "{{- if .x }}\nmetadata:\n{{- else }}\nmetadata: # b\n{{- end }}\n"
            "  annotations:\n    a: b\n"
        ),
        "its `annotations` is written in another branch of its template",
    ),
    "no YAML": ("metadata:\n  name: web\n a: b\n", "what stands literally in its template is not"),
    "what goes on with a block": (
        "{{- if .x }}\nspec:\n{{- end }}\n  a: b\nmetadata:\n  name: web\n",
        "what stands literally in its template is not",
    ),
    "a character of masks": (
        "metadata:\n  name: web\ue001\n",
        "its template cannot be read: it holds a character",
    ),
    "a line break that tools read differently": (
        "metadata:\n  name: web\u2028\n",
        "the file has line breaks that tools read differently",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_certain_is_refused(name: str) -> None:
    text, reason = REFUSED[name]
    with pytest.raises(Refused) as refused:
        planned(f"{HEAD}{text}")
    assert str(refused.value).startswith(reason)


@pytest.mark.parametrize(
    ("key", "value"),
    [(KEY, "GS101: {{ .x }}"), (f"{KEY}.a{{{{", "GS101")],
)
def test_no_action_is_written(key: str, value: str) -> None:
    with pytest.raises(Refused, match="for the beginning of an action"):
        planned(f"{HEAD}metadata:\n  name: web\n", key, value)


def planned(text: str, key: str = KEY, value: str = "GS101") -> str:
    """A template with an annotation, proved."""
    document = read_around(Source("x.yaml", text), text.index("metadata:"))
    change = plan_lines(document, [Set(("metadata", "annotations", key), value)])
    proved = prove(change.document, change.changes, change.edits)
    assert document.template
    assert change.document.template is document.template
    prove_in_template(document.template, change.edits)
    assert proved.count(key) == 1
    return apply(text, change.edits)
