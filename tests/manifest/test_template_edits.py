"""Edits of templates: all actions stay as they are, and where they are."""

from __future__ import annotations

import pytest

from k8slint.manifest.masking import views_of
from k8slint.manifest.prove import Unproved
from k8slint.manifest.splice import Edit
from k8slint.manifest.template_edits import prove_in_template

TEMPLATE = 'a: 1 # {{ .x }}\nb: "{{ .y }}-2"\n{{- if .z }}\nc: 3\n{{- end }}\n'
# What is replaced, by what, and whether all actions are left alone.
EDITS = {
    "a scalar": ("1", "20", True),
    "what the view does not show": ("3", "[]", False),
    "a comment": ("#", "##", True),
    "the end of an action": (" }}-", " -", False),
    "what an action prints": (".y", ".x", False),
    "a condition": (".z", ".x", False),
    "a scalar by an action": ("1", "{{ 1 }}", False),
    "what stands beside an action": ('-2"', '}}-30"', True),
    "an opening of an action that does not end": ("1", "{{", False),
}


@pytest.mark.parametrize("name", EDITS)
def test_edits_are_proved_in_the_template(name: str) -> None:
    old, new, is_proved = EDITS[name]
    assert TEMPLATE.count(old) == 1
    start = TEMPLATE.index(old)
    for view in views_of(TEMPLATE):
        if is_proved:
            prove_in_template(view, [Edit(start, start + len(old), new)])
        else:
            with pytest.raises(Unproved):
                prove_in_template(view, [Edit(start, start + len(old), new)])
