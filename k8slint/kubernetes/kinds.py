"""Where pod specs live, kind by kind, and which documents can hold which kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet

from k8slint.kubernetes.pod_templates import CUSTOM, PodTemplate
from k8slint.type_names import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from k8slint.manifest.outline import Outline, Way
    from k8slint.manifest.values import Value

PodPaths: TypeAlias = tuple[str, ...]

_TEMPLATE = ("spec.template.spec",)

# Where the pods are of an object whose kind an action of a template decides, which mostly is one
# of those below.
OF_ANY_KIND = _TEMPLATE

# Kinds whose objects the API server defaults and validates as pods (`k8s.io/api` types.go).
BUILT_IN: dict[str, PodPaths] = {
    "Pod": ("spec",),
    "PodTemplate": ("template.spec",),
    "ReplicationController": _TEMPLATE,
    "ReplicaSet": _TEMPLATE,
    "Deployment": _TEMPLATE,
    "StatefulSet": _TEMPLATE,
    "DaemonSet": _TEMPLATE,
    "Job": _TEMPLATE,
    "CronJob": ("spec.jobTemplate.spec.template.spec",),
}
_BUILT_IN_GROUPS = frozenset({"", "apps", "batch", "extensions"})

# Objects that hold others: `kubectl get -o yaml` and OpenShift templates.
CONTAINERS_OF_OBJECTS = {"List": "items", "Template": "objects"}

# A value may have comments above it, an anchor and a tag; `{{` is one that a template decides.
# Where it is missing, the next line may be the `kind` that counts.
_KIND = re.compile(
    r"""kind["']?\s*:\s*(?:\#[^\n]{0,200}\n\s*){0,5}(?:[&!]\S{1,300}\s+)?"""
    r"""["']?((?!kind\s*:)[A-Za-z]\w*|\{\{)"""
)
_OWN_KIND = re.compile(rf"\n{_KIND.pattern}")
_OF_TEMPLATE = "{{"
# Stands for the kinds of all lists: there is one for each kind.
_LIST = "List"

# The key that a cluster gives to each of its objects.
RESOURCE_VERSION = "resourceVersion"

# The kind and the name of an object that is written in block style. What begins with letters is
# found several times as fast as what begins with `^`.
_BLOCK_KIND = r"\nkind:[ ]+(\w+)"
_BLOCK_NAME = (
    r"\nmetadata:[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*(?=( +)[^\s#])"
    r"(?:\1[^\n]*\n|(?!\1)[ \t]*\n)*?\1name:[ ]+[\"']?([\w.-]+)"
)
# Such a name where nothing else may be the name: each line of the block has a plain key, stands in
# a list or is deeper, and only one key is `name`. What begins on a line and goes on in the first
# column, as what is in quotes or braces can, is not among them.
_BLANK = r"[ \t]*(?:#[^\n]*)?\n"
_WHOLE = r"[^\n\"'{\[#]*(?:(?:\"[^\n\"\\]*\"|'[^\n']*')[ \t]*)?(?:(?<=[ \t])#[^\n]*)?\n"
_OTHER_LINES = rf"(?:\1(?!name\b)(?:[ A-Za-z-]{_WHOLE}|(?:#[^\n]*)?\n)|(?!\1){_BLANK})*"
_METADATA = "\nmetadata"
_SOLE_NAME = (
    rf"{_METADATA}:[ \t]*\n(?:{_BLANK})*(?=( +)[A-Za-z])"
    rf"{_OTHER_LINES}\1name:[ ]+([\"']?)([\w.-]{{1,253}})\2[ \t]*\n"
    rf"(?=(?:[ \t]*\n)*(?:\1\S|\S|\Z)){_OTHER_LINES}(?=[^\s#]|\Z)"
)
# The keys of an object are plain words in the first column where it begins with such a word there,
# and where no line there begins with anything else.
_PLAIN_START = rf"(?!metadata)(?:(?:---)?{_BLANK})*[A-Za-z]"
_ODD_LINE = r"\n[^A-Za-z#\s-]"
_ODD_BREAKS = "\r\x85\u2028\u2029"


def block_name(text: str) -> tuple[str, str] | None:
    """Return the kind and the name of an object in block style, without a parse."""
    text = f"\n{text}"
    kind, name = re.search(_BLOCK_KIND, text), re.search(_BLOCK_NAME, text)
    return (kind[1], name[2]) if kind and name else None


def sole_name(text: str) -> str:
    """Return the name of the one object that a text holds, without a parse.

    Empty where it is not in block style, or anything makes another name, or object, possible.
    """
    start = text.find(_METADATA)
    # From the end, which takes half the time.
    if text.rfind("kind") > text.find("kind"):
        return ""
    found = re.compile(_SOLE_NAME).match(text, start)
    if not found or not re.match(_PLAIN_START, text):
        return ""
    # A key in the first column is searched for only where something may write this one again.
    is_written_once = text.rfind("metadata") == start + 1 and "\\" not in text
    if not is_written_once and (text.rfind(_METADATA) > start or re.search(_ODD_LINE, text)):
        return ""
    has_odd_breaks = "\r" in text if text.isascii() else any(one in text for one in _ODD_BREAKS)
    return "" if has_odd_breaks else found[3]


def kinds_in(text: str) -> frozenset[str]:
    """All that a file gives as a kind, wherever it does: a scan, no parse."""
    return frozenset(map(_named, _KIND.findall(text)))


def kinds_of(text: str) -> frozenset[str]:
    """What may be the kind of one document, by its text alone.

    A `kind` in the first column is the document's own and decides; elsewhere it may be the
    document's (flow style) or that of something inside.
    """
    own = _KIND.match(text) or _OWN_KIND.search(text)
    return frozenset((_named(own[1]),)) if own else kinds_in(text)


def _named(kind: str) -> str:
    return _LIST if kind.endswith(_LIST) else kind


class KindFilter:
    """Which files and documents can hold objects of some kinds, by their text alone."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names) | {_OF_TEMPLATE, _LIST}

    def may_occur(self, text: str) -> bool:
        """Whether a file can hold an object of these kinds."""
        return any(_named(found[1]) in self._names for found in _KIND.finditer(text))

    def may_be_among(self, found: AbstractSet[str]) -> bool:
        """Whether an object of these kinds can be among what a file gives as kinds."""
        return not self._names.isdisjoint(found)

    def is_candidate(self, text: str) -> bool:
        """Whether one document can be such an object."""
        return self.may_be_among(kinds_of(text))

    def named_in(self, text: str) -> frozenset[str]:
        """The kinds that a text mentions, `{{` for one that a template decides."""
        return self._names & kinds_in(text)


class Kinds(KindFilter):
    """The kinds with pods a run looks for: the known ones and those a user added."""

    def __init__(self, extra: Iterable[PodTemplate] = ()) -> None:
        self._custom = {(one.group, one.kind): one.paths for one in (*CUSTOM, *extra)}
        super().__init__({*BUILT_IN, *CONTAINERS_OF_OBJECTS, *(kind for _, kind in self._custom)})

    @property
    def groups(self) -> frozenset[str]:
        """The API groups of the kinds; `*` stands for any."""
        return _BUILT_IN_GROUPS.union(group for group, _ in self._custom)

    def pods_in(self, outline: Outline) -> list[Way] | None:
        """The ways to the pod specs of a document; None where it may be more than one workload."""
        kind = outline.scalar(outline.root, "kind")
        paths = self.pod_specs(kind, outline.scalar(outline.root, "apiVersion"))
        if len(paths) != 1 or kind in CONTAINERS_OF_OBJECTS or kind.endswith("List"):
            return None
        way = tuple(paths[0].split("."))
        if outline.at(*way) is not None:
            return [way]
        return None if "*" in way or "[" in paths[0] else []

    def pod_specs(self, kind: str, api_version: str) -> PodPaths:
        """The paths to an object's pod specs; none where the kind has no pods."""
        group = group_of(api_version)
        if kind in BUILT_IN and (group in _BUILT_IN_GROUPS or not api_version):
            return BUILT_IN[kind]
        if not api_version:
            return next((p for (_, name), p in self._custom.items() if name == kind), ())
        return self._custom.get((group, kind)) or self._custom.get(("*", kind), ())


def group_of(api_version: str) -> str:
    return api_version.partition("/")[0] if "/" in api_version else ""


def is_built_in(kind: str, api_version: str) -> bool:
    return kind in BUILT_IN and group_of(api_version) in _BUILT_IN_GROUPS


# More pods than one object has that no alias multiplies.
_VERY_MUCH = 1_000


def follow(root: Value, path: str) -> Iterator[Value]:
    """The values a path leads to."""
    found: Iterable[Value] = (root,)
    for part in path.split("."):
        name, is_list = part.removesuffix("[]"), part.endswith("[]")
        if name == "*":
            found = _below(found, lambda value: (child for _, child in value.entries()))
            continue
        found = [value.get(name) for value in found]
        if is_list:
            found = _below(found, lambda value: value.items())
    yield from found


def _below(values: Iterable[Value], step: Callable[[Value], Iterable[Value]]) -> list[Value]:
    """What is one step below; where there is very much, below each node once.

    Aliases of aliases double it with every step.
    """
    found: list[Value] = []
    seen = set()
    for value in values:
        if len(found) < _VERY_MUCH or value.node not in seen:
            seen.add(value.node)
            found += step(value)
    return found
