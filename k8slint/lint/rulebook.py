"""The rule book: which rules there are, and which of them are selected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, reduce
from operator import or_
from pathlib import Path

from k8slint.errors import UsageError, did_you_mean
from k8slint.lazy import cached_property
from k8slint.lint.rule import Rule, kebab
from k8slint.lint.rulefile import CODE, OURS, load_rule, rule_files, shipped_folder
from k8slint.lint.settings import Settings
from k8slint.lint.shipped import SHIPPED_RULES
from k8slint.outside.terminal import echoed
from k8slint.shutdown.features import Feature
from k8slint.type_names import Any, TypeAlias

_PREFIX = r"(?a)([A-Z]+)(\d{0,3})"
# How exact selectors are: none, DEFAULT and ALL, and, above prefixes, a code or a name.
_NOT, _GROUP, _EXACT = -1, 0, 5

Runnable: TypeAlias = tuple[Rule, Mapping[str, Any]]


_OWN_RULES = "; rules of your own take --rules DIR"


class Rulebook:
    """All rules by their code."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._matched: dict[str, tuple[int, frozenset[str]]] = {}

    @cached_property
    def by_code(self) -> Mapping[str, Rule]:
        return {rule.code: rule for rule in self.rules}

    def find(self, word: str, *, hints: bool = True) -> Rule:
        """The rule with a code or a name.

        Raises UsageError, with the nearest known ones where there are to be `hints`.
        """
        for rule in self.rules:
            if word in (rule.code, rule.name):
                return rule
        raise UsageError(f"no rule is called {echoed(word)}{self._hint(word) if hints else ''}")

    def matching(self, selector: str, *, hints: bool = True) -> tuple[int, frozenset[str]]:
        """How exact a selector is, and the codes it stands for.

        Raises UsageError where it stands for none, as `find` does.
        """
        if selector not in self._matched:  # A thousand configurations may have the same ones.
            self._matched[selector] = self._match(selector, hints=hints)
        return self._matched[selector]

    def _match(self, selector: str, *, hints: bool) -> tuple[int, frozenset[str]]:
        if selector == "ALL":
            return _GROUP, frozenset(self.by_code)
        if selector == "DEFAULT":
            return _GROUP, frozenset(rule.code for rule in self.rules if rule.default)
        if prefix := re.fullmatch(_PREFIX, selector):
            letters, digits = prefix.groups()
            family = re.compile(rf"{letters}{digits}\d{{{3 - len(digits)}}}")
            codes = frozenset(code for code in self.by_code if family.fullmatch(code))
            if codes:
                return _EXACT - 3 + len(digits), codes
        return _EXACT, frozenset({self.find(selector, hints=hints).code})

    def selected(
        self, selector: str, *, preview: bool, has_version: bool
    ) -> tuple[int, frozenset[str]]:
        """As `matching`, without the rules in preview unless they are asked for.

        Without a version DEFAULT leaves out the rules that need one. Raises UsageError where
        nothing is left of what was named.
        """
        exactness, codes = self.matching(selector)
        if selector == "DEFAULT" and not has_version:
            codes = frozenset(code for code in codes if not self.by_code[code].needs_version)
        if preview:
            return exactness, codes
        stable = frozenset(code for code in codes if not self.by_code[code].preview)
        if exactness > _GROUP and not stable:
            raise UsageError(
                f"{echoed(selector)} is in preview: it can be selected with --preview, or with "
                f"`preview: true` in the configuration"
            )
        return exactness, stable

    def _hint(self, word: str) -> str:
        foreign = re.fullmatch(CODE, word)
        if foreign and all(not code.startswith(foreign[1]) for code in self.by_code):
            return _OWN_RULES
        known = [part for rule in self.rules for part in (rule.code, rule.name)]
        near = did_you_mean(word, (*known, "DEFAULT", "ALL"))
        has_own = any(not rule.code.startswith(OURS) for rule in self.rules)
        return near or ("" if has_own else _OWN_RULES)


class Selection:
    """The rules that run, with their options, and those that were asked for by name."""

    def __init__(
        self,
        rules: tuple[Rule, ...],
        named: frozenset[str],
        options: Mapping[str, Mapping[str, int | str]],
    ) -> None:
        self.rules = rules
        self.named = named
        self.options = options

    @cached_property
    def codes(self) -> frozenset[str]:
        return frozenset(rule.code for rule in self.rules)

    @cached_property
    def runnable(self) -> tuple[Runnable, ...]:
        """The rules that are called, each with its options."""
        rules = (rule for rule in self.rules if rule.subject)
        return tuple((rule, self.options.get(rule.code, {})) for rule in rules)

    @cached_property
    def about_budgets(self) -> tuple[Runnable, ...]:
        """The rules that look at PodDisruptionBudgets; all others look at pods."""
        return tuple(one for one in self.runnable if one[0].is_about_budgets)

    @cached_property
    def wanted(self) -> Feature:
        """The features that rules are about."""
        return Feature(reduce(or_, (one.about.value for one, _ in self.runnable if one.about), 0))

    def about(self, features: Feature) -> tuple[Runnable, ...]:
        """The rules that can have something to say about what has some features."""
        if features not in self._by_features:
            self._by_features[features] = tuple(
                (rule, options)
                for rule, options in self.runnable
                if not rule.is_about_budgets and rule.is_about(features, options)
            )
        return self._by_features[features]

    @cached_property
    def _by_features(self) -> dict[Feature, tuple[Runnable, ...]]:
        return {}


def select(book: Rulebook, settings: Settings) -> Selection:
    """The selected rules: `select` is the base, `extend_select` adds, `ignore` takes away.

    Where two disagree about a rule, the more exact selector wins, and `ignore` wins a tie. What
    the call ignores, only a more exact selector of the call outdoes, none of a configuration. What
    is `ignored_here` is not selected by anything.
    """

    def strength(selectors: Iterable[str]) -> dict[str, int]:
        has_version = settings.target.minor is not None
        return _strongest(
            book.selected(one, preview=settings.preview, has_version=has_version)
            for one in selectors
        )

    called = strength(settings.call_select)
    wanted = strength((*settings.select, *settings.extend_select, *settings.call_select))
    unwanted = _strongest(map(book.matching, settings.ignore))
    refused = _strongest(map(book.matching, settings.call_ignore))
    unheard = _strongest(map(book.matching, settings.ignored_here))
    chosen = [
        code
        for code in wanted
        if wanted[code] > unwanted.get(code, _NOT)
        and (code not in refused or called.get(code, _NOT) > refused[code])
        and code not in unheard
    ]
    options: dict[str, dict[str, int | str]] = {}
    for word, option, value in settings.options:
        rule = book.find(word)
        _check_option(rule, option, value)
        options.setdefault(rule.code, {})[option.replace("-", "_")] = value
    return Selection(
        tuple(rule for rule in book.rules if rule.code in chosen),
        frozenset(code for code in chosen if wanted[code] > _GROUP),
        options,
    )


def _check_option(rule: Rule, option: str, value: object) -> None:
    """Refuse what a rule cannot be called with; a configuration is checked by its schema before.

    Raises UsageError.
    """
    default = rule.options.get(kebab(option))
    if default is None:
        near = did_you_mean(option, rule.options)
        raise UsageError(f"{rule.code} has no option {echoed(option)}{near}")
    if isinstance(value, str) != isinstance(default, str):
        kind = "a string" if isinstance(default, str) else "a number or a flag"
        raise UsageError(f"{rule.code}: {option}: {echoed(value)} is not {kind}")


def apply_severities(book: Rulebook, settings: Settings) -> Rulebook:
    """The rules with the severities that the settings give them."""
    if not settings.severities:
        return book
    given = {book.find(word).code: severity for word, severity in settings.severities}
    return Rulebook(tuple(rule._replace(configured=given.get(rule.code)) for rule in book.rules))


@lru_cache(maxsize=8)
def load_rules(folders: tuple[Path, ...] = ()) -> Rulebook:
    """Return the rules of k8slint, and the custom ones in folders.

    Raises UsageError for a broken file, and for a folder without rules: nothing would be checked,
    unnoticed.
    """
    rules = [*load_shipped_rules()]
    if not rules:
        raise UsageError(f"the rule book {shipped_folder()} is empty: reinstall k8slint")
    if folders:
        from k8slint.lint.foreign import load_custom_rules

        rules += load_custom_rules(folders, rules)
    return Rulebook(tuple(rules))


def load_shipped_rules() -> Iterator[Rule]:
    """The rules of k8slint: only a file that is not in the table yet is imported now."""
    known = {rule.file: rule for rule in SHIPPED_RULES}
    for path in rule_files(shipped_folder()):
        yield known.get(path.name) or load_rule(path, f"k8slint.rules.{path.stem}")


def _strongest(matched: Iterable[tuple[int, frozenset[str]]]) -> dict[str, int]:
    """How exactly each code is meant."""
    found: dict[str, int] = {}
    for exactness, codes in matched:
        for code in codes:
            found[code] = max(exactness, found.get(code, _NOT))
    return found
