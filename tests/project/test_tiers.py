"""What `make test` leaves out is run by CI, and each module has a test that is not left out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.places import ROOT
from tests.tiers import long_except, long_where


def recipe(target: str) -> str:
    """What make runs for a target, variables of the Makefile put in."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", text, re.MULTILINE)
    assert found
    lines = found[1]
    for name, value in re.findall(r"^(\w+) [:?]= (.*)$", text, re.MULTILINE)[::-1]:
        lines = lines.replace(f"$({name})", value)
    return lines


def test_each_command_leaves_out_what_it_says() -> None:
    quick = "-m 'not programs and not long' --hypothesis-profile=quick"
    assert recipe("pytest").endswith(f"python -m pytest {quick}\n")
    assert recipe("test-oldest").endswith(""" CHOSEN="-m 'not programs'"\n""")
    assert recipe("test-all").endswith("python -m pytest\n")
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "make test-all" in run
    assert '  make test-oldest OLDEST="$oldest"' in run


def is_long(decorators: list[ast.expr]) -> bool:
    return any(ast.unparse(one) == "pytest.mark.long" for one in decorators)


def each_is_long(text: str) -> Iterator[bool]:
    """Whether each test of a module is a long one."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield is_long(node.decorator_list)


def test_each_module_keeps_a_quick_test() -> None:
    texts = {path: path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    some = {path: text for path, text in texts.items() if "\n@pytest.mark.long\n" in text}
    assert some
    assert not [path for path, text in some.items() if all(each_is_long(text))]
    assert not [path for path, text in texts.items() if "\npytestmark = pytest.mark.long" in text]


def test_a_quick_case_is_one_of_the_table() -> None:
    quick, other = long_except(("a", "b"), "a")
    assert quick == "a"
    assert other.marks == (pytest.mark.long,)
    with pytest.raises(AssertionError, match=r"not in the table: \['c'\]"):
        long_except(("a", "b"), "a", "c")


def test_a_pair_is_long_where_that_is_said() -> None:
    long, quick = long_where(lambda one, _: one == "a", "ab", "c")
    assert (long.values, long.marks) == (("a", "c"), (pytest.mark.long,))
    assert (quick.values, quick.marks) == (("b", "c"), ())
    with pytest.raises(AssertionError, match="at least one case stays quick"):
        long_where(lambda _: True, "ab")
