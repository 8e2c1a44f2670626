"""Variables in what Flux has built, after kustomize_varsub_test.go and envsubst's own tests."""

from __future__ import annotations

import time

import pytest

from k8slint.render.gitops.substitution import Variables

KNOWN = {"A": "1", "EMPTY": "", "LINES": "x\ny"}
OFF = "kustomize.toolkit.fluxcd.io/substitute: disabled"
DISABLED = f"metadata:\n  annotations:\n    {OFF}\nx: ${{A}}\n"


@pytest.mark.parametrize(
    ("text", "expected", "with_unknown"),
    [
        ("x: ${A}", "x: 1", "x: 1"),
        ("x: ${A}${A}s", "x: 11s", "x: 11s"),
        ("x: ${B}", "x: ", "x: ${B}"),
        ("x: ${B:-2}", "x: 2", "x: ${B:-2}"),
        ("x: ${B:=2}", "x: 2", "x: ${B:=2}"),
        ("x: ${B=2}", "x: 2", "x: ${B=2}"),
        ("x: ${A:=2}", "x: 1", "x: 1"),
        ("x: ${EMPTY:=2}", "x: 2", "x: 2"),
        ("x: ${EMPTY}", "x: ", "x: "),
        ("x: ${LINES}", "x: xy", "x: xy"),
        ("x: $${A}", "x: ${A}", "x: ${A}"),
        ("x: $A", "x: $A", "x: $A"),
        ("x: ${A/1/2}", "x: ${A/1/2}", "x: ${A/1/2}"),
        ("x: ${1}", "x: ${1}", "x: ${1}"),
        (DISABLED, DISABLED, DISABLED),
        (f"{DISABLED}---\nx: ${{A}}\n", f"{DISABLED}---\nx: 1\n", f"{DISABLED}---\nx: 1\n"),
    ],
)
def test_variables_are_replaced_as_flux_does(text: str, expected: str, with_unknown: str) -> None:
    assert Variables(KNOWN).of(text) == expected
    assert Variables(KNOWN, has_unknown=True).of(text) == with_unknown
    assert Variables({}).of(text) == text, "without variables Flux replaces nothing"


@pytest.mark.parametrize("text", ["${A:=" * 200_000, "${A" * 300_000, "$" * 1_000_000])
def test_a_long_text_takes_no_longer_than_its_length(text: str) -> None:
    start = time.process_time()
    Variables(KNOWN).of(text)
    assert time.process_time() - start < 5
