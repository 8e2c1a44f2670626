"""Which branches of a Go template to read as if they were taken, and which of them together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from k8slint.manifest.actions import Action, Branch, ControlBlock, TemplatePart
from k8slint.manifest.lines import line_start, on_own_line
from k8slint.records import NamedTuple
from k8slint.type_names import TypeAlias

# What a branch has to hold itself to be worth a look.
_MATTERS = re.compile(
    r"(?m)\b(?:preStop|exec|sleep|command|args|containers)[ \t]*:\s*[^\s#]|^kind[ \t]*:"
)
_REFERENCE = re.compile(r"""(\$?(?:\.[A-Za-z_]\w*)+)|(\$\w*|"[^"\n]{1,200}"|include|tpl)""")
_FIRST_LINE = re.compile(r"[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\n)*([ \t]*)")
_WORD = re.compile(r"(?:else[ \t\r\n]+)?(?:if|with|range)\b|else\b")
NOT_RENDERED_HERE = frozenset({"define", "block"})
_LONGEST_CONDITION = 2_000
_MOST_NAMES = 20
_MOST_BRANCHES = 60
_MOST_VIEWS = 4


class Guard(NamedTuple):
    """A branch of a block, by where the block begins and its number, and when it is taken.

    `about` are the names in its condition; None where they do not show what it depends on.
    """

    block: int
    branch: int
    condition: str
    about: frozenset[str] | None


GuardPath: TypeAlias = tuple[Guard, ...]
# The number of the branch to open, by where its block begins.
Opened: TypeAlias = Mapping[int, int]


def choose_views(text: str, parts: Sequence[TemplatePart]) -> list[Opened]:
    """The branches to open in each view of a template, so that what matters is in one of them.

    Two are opened together where nothing says that they exclude each other: their conditions are
    the same, or name nothing in common.
    """
    views: list[dict[int, Guard]] = []
    for path in islice(_worthwhile(text, parts), _MOST_BRANCHES):
        view = next((view for view in views if _fits(path, view)), None)
        if view is None and len(views) < _MOST_VIEWS:
            views.append(view := {})
        if view is not None:
            view.update({guard.block: guard for guard in path})
    return [{one: guard.branch for one, guard in view.items()} for view in views] or [{}]


def _worthwhile(
    text: str, parts: Sequence[TemplatePart], above: GuardPath = ()
) -> Iterator[GuardPath]:
    """The branches that hold something that matters, each below those around it."""
    for part in parts:
        if isinstance(part, Action) or part.word in NOT_RENDERED_HERE:
            continue
        for number, branch in enumerate(part.branches):
            if _is_in_place(text, branch):
                path = (*above, _guard(text, part, number))
                if any(map(_MATTERS.search, own_text(text, branch))):
                    yield path
                yield from _worthwhile(text, branch.parts, path)


def own_text(text: str, branch: Branch) -> Iterator[str]:
    """The literals of a branch, but for those in blocks inside of it."""
    at = branch.guard.end
    for part in branch.parts:
        yield text[at : part.start]
        at = part.end
    yield text[at : branch.end]


def _is_in_place(text: str, branch: Branch) -> bool:
    """Whether the lines of a branch stand where they are rendered to.

    A guard that takes away the line end after it moves the first of them to its own column.
    """
    guard, first = branch.guard, _FIRST_LINE.match(text, branch.guard.end, branch.end)
    if not first or not on_own_line(text, branch.end):
        return False
    column = 0 if guard.trims_before else guard.start - line_start(text, guard.start)
    return not guard.trims_behind or len(first[1]) == column


def _guard(text: str, block: ControlBlock, number: int) -> Guard:
    condition = "\n".join(_condition(text, one.guard) for one in block.branches[: number + 1])
    found = _REFERENCE.findall(condition) if len(condition) < _LONGEST_CONDITION else ()
    names = frozenset(name.lstrip("$.") for name, _ in found)
    is_clear = 0 < len(names) <= _MOST_NAMES and not any(other for _, other in found)
    return Guard(block.start, number, condition, names if is_clear else None)


def _condition(text: str, guard: Action) -> str:
    body = text[guard.start + 2 : guard.end - 2].strip("- \t\r\n")
    return " ".join(_WORD.sub("", body, count=1).split())


def _fits(path: GuardPath, view: Mapping[int, Guard]) -> bool:
    """Whether what a path opens can be taken together with what a view has opened."""
    blocks = {guard.block for guard in path}
    if any(view[one.block].branch != one.branch for one in path if one.block in view):
        return False
    others = [guard for guard in view.values() if guard.block not in blocks]
    new = [guard for guard in path if guard.block not in view]
    return not any(_may_exclude(one, other) for one in new for other in others)


def _may_exclude(one: Guard, other: Guard) -> bool:
    if one.condition == other.condition:
        return False
    if one.about is None or other.about is None:
        return True
    return any(
        f"{a}.".startswith(f"{b}.") or f"{b}.".startswith(f"{a}.")
        for a in one.about
        for b in other.about
    )
