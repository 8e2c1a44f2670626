"""The actions of Go templates: where each begins and ends, and what it is."""

from __future__ import annotations

import pytest

from k8slint.manifest.actions import BadTemplate, ControlBlock, find_actions, parse_template

# By text: each action with its keyword, and `<` and `>` for the blanks it takes away.
ACTIONS = {
    "no action } { }}": [],
    "{{.}}": ["{{.}} "],
    "a: {{ .x }}-{{ .y }}": ["{{ .x }} ", "{{ .y }} "],
    "{{- .x -}}": ["{{- .x -}} <>"],
    "{{-3}}": ["{{-3}} "],
    "{{ 3-}}": ["{{ 3-}} "],
    '{{ "}}" }}': ['{{ "}}" }} '],
    r'{{ "\"}}" }}': [r'{{ "\"}}" }} '],
    '{{ `\n"}}` }}': ['{{ `\n"}}` }} '],
    "{{ '}' }}": ["{{ '}' }} "],
    "{{ .x\n  | quote }}": ["{{ .x\n  | quote }} "],
    "{{/* {{ }} */}}": ["{{/* {{ }} */}} silent"],
    "{{- /* \n */ -}}": ["{{- /* \n */ -}} silent<>"],
    "{{ $x := .y }}{{ $x = 1 }}{{ $x }}": [
        "{{ $x := .y }} silent",
        "{{ $x = 1 }} silent",
        "{{ $x }} ",
    ],
    "{{if .x}}{{else if .y}}{{- else }}{{end -}}": [
        "{{if .x}} if",
        "{{else if .y}} else",
        "{{- else }} else<",
        "{{end -}} end>",
    ],
    "{{ iffy }}{{ ending }}": ["{{ iffy }} ", "{{ ending }} "],
    '{{ fail "x" }}{{ template "x" . }}': ['{{ fail "x" }} fail', '{{ template "x" . }} template'],
}
# By text, why it is refused.
REFUSED = {
    "{{": "an action does not end",
    "{{ .x }": "an action does not end",
    '{{ "x }}': "a string in an action does not end",
    '{{ "x\n" }}': "a string in an action does not end",
    "{{ `x }}": "a string in an action does not end",
    "{{/* x }}": "a comment does not end",
    "{{/* x */ y }}": "a comment does not end",
    "{{ if .x }}": "a block has no `end`",
    "{{ end }}": "`end` ends no block",
    "{{ else }}": "`else` ends no block",
    "{{ with .x }}" * 101 + "{{ end }}" * 101: "nested deeper than 100 control actions",
}


@pytest.mark.parametrize("text", ACTIONS)
def test_actions(text: str) -> None:
    found = [
        f"{text[one.start : one.end]} {one.word}{'<' * one.trims_before}{'>' * one.trims_behind}"
        for one in find_actions(text)
    ]
    assert found == ACTIONS[text]


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_go_refuses(text: str) -> None:
    with pytest.raises(BadTemplate) as refused:
        parse_template(text)
    assert str(refused.value) == REFUSED[text]


def test_blocks_hold_their_branches() -> None:
    text = "{{ if .a }}1{{ with .b }}2{{ end }}{{ else }}3{{ .c }}{{ end }}{{ .d }}"
    outer, last = parse_template(text)
    assert isinstance(outer, ControlBlock)
    assert text[outer.start : outer.end] == text.removesuffix("{{ .d }}")
    assert [text[one.guard.end : one.end] for one in outer.branches] == [
        "1{{ with .b }}2{{ end }}",
        "3{{ .c }}",
    ]
    (inner,) = outer.branches[0].parts
    assert isinstance(inner, ControlBlock)
    assert inner.word == "with"
    assert text[last.start : last.end] == "{{ .d }}"
