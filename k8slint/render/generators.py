"""ApplicationSets: what their generators put in place of the words of a template.

Lists are written in the object, and folders stand in the repository. What other generators find
is known to a cluster or a forge alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from k8slint.coverage import Reason
from k8slint.manifest.values import Value
from k8slint.render.checkout import Checkout, Delivered, PassedOver

_ACTION = re.compile(r"\{\{-?\s{0,20}(\.?[\w.\[\]-]{1,200})\s{0,20}-?\}\}")
_MOST_APPLICATIONS = 200


def generated(one: Delivered, checkout: Checkout) -> Iterator[Mapping[str, str]]:
    """Yield the words of a template with their values, once for each Application.

    Raises PassedOver for a generator whose result is not known.
    """
    spec = one.value.get("spec")
    is_go = spec.get("goTemplate").scalar is True
    written = _written_words(one, spec)
    count = 0
    for generator in spec.get("generators").items():
        for parameters in _parameters(generator, checkout, is_go=is_go):
            if count := count + 1:
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
    start, end = template.node.start_mark.index, template.node.end_mark.index
    text = one.value.document.text[start:end]
    return [*dict.fromkeys(match[0] for match in _ACTION.finditer(text))]


def _name_in(word: str, *, is_go: bool) -> str:
    match = _ACTION.fullmatch(word)
    name = match[1] if match else ""
    if is_go:
        return name[1:] if name.startswith(".") else ""
    return "" if name.startswith(".") else name


def _parameters(
    generator: Value, checkout: Checkout, *, is_go: bool
) -> Iterator[Mapping[str, str]]:
    names = [name for name, _ in generator.entries() if name not in ("selector", "template")]
    if generator.get("selector").is_written or generator.get("template").is_written:
        raise PassedOver(Reason.GENERATED, "a generator with a selector or a template of its own")
    if names == ["list"] and not generator.at("list", "elementsYaml").is_written:
        for element in generator.at("list", "elements").items():
            yield {name: value.text or "" for name, value in _flat(element)}
    elif names == ["git"] and generator.at("git", "directories").is_written:
        git = generator.get("git")
        if not checkout.is_here(git.get("repoURL").text or ""):
            raise PassedOver(Reason.REMOTE, "its generator reads another repository")
        for path in _folders(git.get("directories"), checkout):
            yield _of_folder(path, git, is_go=is_go)
    else:
        what = " and ".join(names) or "none"
        raise PassedOver(Reason.GENERATED, f"what its generator {what} finds is not known")


def _flat(value: Value, above: str = "") -> Iterator[tuple[str, Value]]:
    """Yield the scalars of a mapping, by the keys that lead to them."""
    for name, one in value.entries():
        if one.is_mapping:
            yield from _flat(one, f"{above}{name}.")
        else:
            yield f"{above}{name}", one


def _of_folder(path: str, git: Value, *, is_go: bool) -> Mapping[str, str]:
    """Return the parameters of a folder (applicationset/generators/git.go)."""
    if git.get("pathParamPrefix").is_written:
        raise PassedOver(Reason.GENERATED, "a generator with a prefix for its parameters")
    parts = PurePosixPath(path).parts
    plain = re.sub(r"[^a-z0-9.-]", "-", parts[-1].lower())
    first = "path.path" if is_go else "path"
    found = {first: path, "path.basename": parts[-1], "path.basenameNormalized": plain}
    segments = "path.segments" if is_go else "path"
    found |= {f"{segments}[{number}]": part for number, part in enumerate(parts)}
    return found | {f"values.{name}": one.text or "" for name, one in _flat(git.get("values"))}


def _folders(patterns: Value, checkout: Checkout) -> Iterator[str]:
    """Yield the folders of a repository that patterns match, and none of the excluding ones."""
    wanted = [item for item in patterns.items() if item.get("exclude").scalar is not True]
    besides = [item for item in patterns.items() if item.get("exclude").scalar is True]
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
