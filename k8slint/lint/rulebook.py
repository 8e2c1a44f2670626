"""The rule book: which rules there are, and which of them are selected."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, TypeAlias

from k8slint.lint.rule import Rule
from k8slint.lint.settings import Settings

_PREFIX = re.compile(r"GS\d{0,3}")


Runnable: TypeAlias = tuple[Rule, Mapping[str, Any]]


class UsageError(Exception):
    """The call or its configuration is wrong; the message says what to do."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known words nearest to an unknown one, for the end of a message."""
    import difflib

    by_lower_case = {part.lower(): part for part in known}
    close = difflib.get_close_matches(word.lower(), by_lower_case, n=3)
    near = [by_lower_case[part] for part in close]
    return f"; did you mean {' or '.join(near)}?" if near else ""


@dataclass(eq=False, repr=False)
class Rulebook:
    """All rules by their code."""

    rules: tuple[Rule, ...]

    @cached_property
    def by_code(self) -> Mapping[str, Rule]:
        return {rule.code: rule for rule in self.rules}

    def find(self, word: str) -> Rule:
        """The rule with a code or a name.

        Raises UsageError with the nearest known ones.
        """
        for rule in self.rules:
            if word in (rule.code, rule.name):
                return rule
        raise UsageError(f"no rule is called {word!r}{self._hint(word)}")

    def matching(self, selector: str) -> tuple[int, frozenset[str]]:
        """How exact a selector is, and the codes it stands for.

        Raises UsageError where it stands for none.
        """
        if selector == "ALL":
            return 0, frozenset(self.by_code)
        if selector == "DEFAULT":
            return 1, frozenset(rule.code for rule in self.rules if rule.default)
        if _PREFIX.fullmatch(selector):
            codes = frozenset(code for code in self.by_code if code.startswith(selector))
            if codes:
                return len(selector), codes
        return len("GS000"), frozenset({self.find(selector).code})

    def _hint(self, word: str) -> str:
        known = [part for rule in self.rules for part in (rule.code, rule.name)]
        return did_you_mean(word, (*known, "DEFAULT", "ALL"))


@dataclass(eq=False, repr=False)
class Selection:
    """The rules that run, with their options, and those that were asked for by name."""

    rules: tuple[Rule, ...]
    named: frozenset[str]
    options: Mapping[str, Mapping[str, int | str]]

    @cached_property
    def codes(self) -> frozenset[str]:
        return frozenset(rule.code for rule in self.rules)

    @cached_property
    def runnable(self) -> tuple[Runnable, ...]:
        """The rules that are called, each with its options."""
        rules = (rule for rule in self.rules if rule.subject is not None)
        return tuple((rule, self.options.get(rule.code, {})) for rule in rules)


def select(book: Rulebook, settings: Settings) -> Selection:
    """The selected rules: `select` is the base, `extend_select` adds, `ignore` takes away.

    Where two disagree about a rule, the more exact selector wins, and `ignore` wins a tie.
    """
    wanted = _exactness(book, (*settings.select, *settings.extend_select))
    unwanted = _exactness(book, settings.ignore)
    chosen = [code for code in wanted if wanted[code] > unwanted.get(code, -1)]
    options: dict[str, dict[str, int | str]] = {}
    for word, option, value in settings.options:
        options.setdefault(book.find(word).code, {})[option.replace("-", "_")] = value
    return Selection(
        tuple(rule for rule in book.rules if rule.code in chosen),
        frozenset(code for code in chosen if wanted[code] > 1),
        options,
    )


def shipped_folder() -> Path:
    """The rule book: inside the package once installed, beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


@cache
def load(folder: Path | None = None) -> Rulebook:
    """Load a folder of rule files.

    Raises UsageError for a folder without rules: nothing would be checked, and nobody told.
    """
    folder = folder or shipped_folder()
    rules = tuple(_load(folder))
    if not rules:
        raise UsageError(f"the rule book {folder} is empty: reinstall k8slint")
    return Rulebook(rules)


def _load(folder: Path) -> Iterator[Rule]:
    for path in sorted(folder.glob("[!_]*.py")):
        name = f"k8slint.rules.{path.stem}"
        spec = spec_from_file_location(name, path)
        assert spec
        assert spec.loader
        module = module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        yield module.check._replace(page=module.__doc__ or "", file=path.name)


def _exactness(book: Rulebook, selectors: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for selector in selectors:
        exactness, codes = book.matching(selector)
        for code in codes:
            found[code] = max(exactness, found.get(code, -1))
    return found
