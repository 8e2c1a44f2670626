"""ApplicationSets: what their generators put in place of the words of a template.

Lists are written in the object, and folders stand in the repository. What other generators find
is known to a cluster or a forge alone.

Rules: argoproj/argo-cd 37ee009 (2026-08-22) applicationset/generators/{list,git,matrix,merge}.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import islice, product
from pathlib import PurePosixPath

from k8slint.coverage import Reason
from k8slint.manifest.values import Value
from k8slint.render.gitops.checkout import Checkout, Delivered, PassedOver
from k8slint.render.gitops.words import MOST_WORDS, scalars_below

_ACTION = re.compile(
    r"\{\{-?\s{0,20}(?:(\.?[\w.\[\]-]{1,200})|index\s{1,20}(\.[\w.]{1,200})\s{1,20}(\d{1,3}))"
    r"\s{0,20}-?\}\}"
)
_MOST_APPLICATIONS = 200
_MOST_PATTERNS = 100
# A matrix, or a merge, in another one: Argo CD allows no more.
_DEEPEST = 2


def run_generators(one: Delivered, checkout: Checkout) -> Iterator[Mapping[str, str]]:
    """Yield the words of a template with their values, once for each Application.

    Raises PassedOver for a generator whose result is not known.
    """
    spec = one.value.get("spec")
    is_go = spec.get("goTemplate").scalar is True
    written = _written_words(one, spec)
    count = 0
    for generator in spec.get("generators").items():
        for parameters in _parameters(generator, checkout, is_go=is_go):
            count += 1
            if count > _MOST_APPLICATIONS:
                raise PassedOver(Reason.TOO_LARGE, f"over {_MOST_APPLICATIONS} Applications")
            names = {word: _name_in(word, is_go=is_go) for word in written}
            known = {word: name for word, name in names.items() if name in parameters}
            yield {word: parameters[name] for word, name in known.items()}
    if not count:
        raise PassedOver(Reason.GENERATED, "its generators find nothing in this run")


def _written_words(one: Delivered, spec: Value) -> list[str]:
    """Return the actions in a template that only name a parameter."""
    template = spec.get("template")
    if template.node is None:
        raise PassedOver(Reason.GENERATED, "it has no template")
    words = [*dict.fromkeys(match[0] for match in _ACTION.finditer(_text_of(template)))]
    if len(words) > MOST_WORDS:
        raise PassedOver(Reason.TOO_LARGE, f"over {MOST_WORDS} expressions")
    return words


def _name_in(word: str, *, is_go: bool) -> str:
    """Return the parameter that an action names; empty for one of the other language."""
    match = _ACTION.fullmatch(word)
    name = (match[1] or f"{match[2]}[{match[3]}]") if match else ""
    if is_go:
        return name[1:] if name.startswith(".") else ""
    return "" if name.startswith(".") else name


def _parameters(
    generator: Value, checkout: Checkout, *, is_go: bool, depth: int = 0
) -> Iterator[Mapping[str, str]]:
    """Yield what a generator finds. Raises PassedOver."""
    names = [name for name, _ in generator.entries() if name not in ("selector", "template")]
    if generator.get("selector").is_written or generator.get("template").is_written:
        raise PassedOver(Reason.GENERATED, "a generator with a selector or a template of its own")
    if names == ["list"] and not generator.at("list", "elementsYaml").is_written:
        for element in generator.at("list", "elements").items():
            yield {name: value.text or "" for name, value in scalars_below(element)}
    elif names == ["git"] and generator.at("git", "directories").is_written:
        git = generator.get("git")
        if not checkout.is_here(git.get("repoURL").text or ""):
            raise PassedOver(Reason.REMOTE, "its generator reads another repository")
        for path in _folders(git.get("directories"), checkout):
            yield _of_folder(path, git, is_go=is_go)
    elif names in (["matrix"], ["merge"]) and depth < _DEEPEST:
        joined = generator.get(names[0])
        inner = [*joined.get("generators").items()]
        sets = [_few(_parameters(one, checkout, is_go=is_go, depth=depth + 1)) for one in inner]
        if names == ["matrix"]:
            yield from _combine(inner, sets, is_go=is_go)
        else:
            keys = [one.text or "" for one in joined.get("mergeKeys").items()]
            yield from _merge(keys, sets)
    else:
        what = " and ".join(names) or "none"
        raise PassedOver(Reason.GENERATED, f"what its generator {what} finds is not known")


def _few(found: Iterator[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return what a generator in another one finds. Raises PassedOver."""
    kept = [*islice(found, _MOST_APPLICATIONS + 1)]
    if len(kept) > _MOST_APPLICATIONS:
        raise PassedOver(Reason.TOO_LARGE, f"over {_MOST_APPLICATIONS} parameters in a generator")
    return kept


def _combine(
    inner: Sequence[Value], sets: Sequence[Sequence[Mapping[str, str]]], *, is_go: bool
) -> Iterator[Mapping[str, str]]:
    """Yield what a matrix finds (applicationset/generators/matrix.go). Raises PassedOver."""
    if len(inner) != 2:
        raise PassedOver(Reason.GENERATED, "a matrix has two generators")
    if "{{" in _text_of(inner[1]):
        raise PassedOver(Reason.GENERATED, "a generator of its matrix is a template")
    for first, second in product(*sets):
        differ = [key for key in first if second.get(key, first[key]) != first[key]]
        if differ and not is_go:
            raise PassedOver(Reason.GENERATED, f"its generators disagree about {differ[0]}")
        yield {**second, **first}


def _merge(
    keys: Sequence[str], sets: Sequence[Sequence[Mapping[str, str]]]
) -> Iterator[Mapping[str, str]]:
    """Yield what a merge finds (applicationset/generators/merge.go). Raises PassedOver."""
    base, *others = [_by_keys(keys, one) for one in sets] or [{}]
    for key, found in base.items():
        yield {
            name: text
            for one in (found, *(other.get(key, {}) for other in others))
            for name, text in one.items()
        }


def _by_keys(
    keys: Sequence[str], found: Iterable[Mapping[str, str]]
) -> Mapping[tuple[str | None, ...], Mapping[str, str]]:
    """Return parameters by those that a merge compares. Raises PassedOver."""
    result: dict[tuple[str | None, ...], Mapping[str, str]] = {}
    for one in found:
        key = tuple(one.get(name) for name in keys)
        if None in key or key in result or not key:
            raise PassedOver(Reason.GENERATED, "the keys of its merge are missing or not unique")
        result[key] = one
    return result


def _text_of(value: Value) -> str:
    if value.node is None:
        return ""
    start, end = value.node.start_mark.index, value.node.end_mark.index
    return value.document.text[start:end]


def _of_folder(path: str, git: Value, *, is_go: bool) -> Mapping[str, str]:
    """Return the parameters of a folder (applicationset/generators/git.go)."""
    prefix = git.get("pathParamPrefix").text
    name = f"{prefix}.path" if prefix else "path"
    parts = PurePosixPath(path).parts
    plain = re.sub(r"[^a-z0-9.-]", "-", parts[-1].lower())
    found = {f"{name}.path" if is_go else name: path}
    found |= {f"{name}.basename": parts[-1], f"{name}.basenameNormalized": plain}
    segments = f"{name}.segments" if is_go else name
    found |= {f"{segments}[{number}]": part for number, part in enumerate(parts)}
    given = scalars_below(git.get("values"))
    return found | {f"values.{key}": one.text or "" for key, one in given}


def _folders(patterns: Value, checkout: Checkout) -> Iterator[str]:
    """Yield the folders of a repository that patterns match, and none of the excluding ones."""
    items = [*patterns.items()]
    if len(items) > _MOST_PATTERNS:
        raise PassedOver(Reason.TOO_LARGE, f"over {_MOST_PATTERNS} patterns")
    wanted = [item for item in items if item.get("exclude").scalar is not True]
    besides = [item for item in items if item.get("exclude").scalar is True]
    for top in checkout.tops:
        found = [
            path
            for path in checkout.folders_below(top)
            if any(_matches(path, item) for item in wanted)
            and not any(_matches(path, item) for item in besides)
        ]
        yield from found
        if found:
            break


def _matches(path: str, item: Value) -> bool:
    """Whether a pattern matches, in which a star stands for no slash (Go's path.Match)."""
    pattern = (item.get("path").text or "").strip("/").split("/")
    parts = path.split("/")
    return len(pattern) == len(parts) and all(map(fnmatchcase, parts, pattern))
