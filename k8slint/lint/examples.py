"""The examples on a rule's page as test cases.

A fence is ```` ```yaml bad````, `fixed` (what becomes of the bad one above it) or `good` (no
finding of the rule). A `# <-- text` in a bad one marks a line on which the rule finds something
whose message holds the text; the mark is cut before the example is read. Words after the kind are
settings: `kubernetes-version=1.28`, `feature-gates=ContainerStopSignals`, `complete` (there are no
other objects than these), `select=GS101,GS104` for rules that run beside the page's own,
`option=value` for an option of the rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from k8slint.kubernetes.versions import ClusterTarget, parse_minor
from k8slint.lint.rule import Rule
from k8slint.type_names import Literal, TypeAlias

ExampleKind: TypeAlias = Literal["bad", "good"]

_FENCE = re.compile(r"^```yaml (bad|fixed|good)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"[ \t]*# <-- ?(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """A manifest from a page: the lines that the rule reports, and what a fix makes of it."""

    kind: ExampleKind
    text: str
    marks: tuple[tuple[int, str], ...]
    target: ClusterTarget
    is_complete: bool = False
    options: tuple[tuple[str, int | str], ...] = ()
    select: tuple[str, ...] = ()
    fixed: str | None = None


def read_examples(rule: Rule) -> Iterator[Example]:
    """The examples of a rule, each bad one with the fixed one below it."""
    pending: Example | None = None
    for kind, words, text in _FENCE.findall(rule.page):
        if kind == "fixed":
            if pending is None:
                raise ValueError(f"{rule.code}: a fixed example without a bad one above it")
            yield replace(pending, fixed=text)
            pending = None
            continue
        if pending:
            yield pending
        settings = dict(word.partition("=")[::2] for word in words.split())
        example = Example(
            kind,
            without_marks(text),
            _marks(text),
            _target(settings),
            "complete" in settings,
            tuple(
                (name, _option(settings[name], default))
                for name, default in rule.options.items()
                if name in settings
            ),
            tuple(filter(None, settings.get("select", "").split(","))),
        )
        pending = example
    if pending:
        yield pending


def without_marks(text: str) -> str:
    """An example as a manifest, its marks cut."""
    return _MARK.sub("", text)


def _marks(text: str) -> tuple[tuple[int, str], ...]:
    return tuple(
        (text.count("\n", 0, match.start()) + 1, match[1].strip())
        for match in _MARK.finditer(text)
    )


def _option(text: str, default: int | str) -> int | str:
    if isinstance(default, bool):
        return text == "true"
    return int(text) if isinstance(default, int) else text


def _target(settings: Mapping[str, str]) -> ClusterTarget:
    minor = settings.get("kubernetes-version")
    gates = settings.get("feature-gates", "")
    return ClusterTarget(
        parse_minor(minor) if minor else None, frozenset(filter(None, gates.split(",")))
    )
