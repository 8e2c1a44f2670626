"""Documents that are YAML, and that kubectl refuses or does not read to their ends all the same.

Source: goyaml.v2 in sigs.k8s.io/yaml, which reads one document of each part of a stream, and makes
its keys the keys of JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from k8slint.manifest.geometry import start_of, walk_nodes
from k8slint.manifest.lines import line_end, next_line
from k8slint.manifest.pyyaml import MappingNode, Node, ScalarNode
from k8slint.manifest.stream import ReadRefusal
from k8slint.manifest.tree import Document
from k8slint.manifest.values import is_merge, merged_mappings, read_scalar

_END = r"(?m)^\.\.\.(?=[ \t\r]*$)"
# What only occurs where a key is null or a collection.
_ODD_KEYS = ("? ", "~", "null:", "]:", "}:")


def refusals_of_document(document: Document) -> Iterator[ReadRefusal]:
    """What kubectl refuses in a document: merge keys without mappings, keys that are not text."""
    text = document.text
    if "<<" not in text and not any(odd in text for odd in _ODD_KEYS):
        return
    for node in walk_nodes(document.root):
        for key, value in node.value if isinstance(node, MappingNode) else ():
            at = document.start + start_of(key)
            merged = merged_mappings(value) if is_merge(key) else ()
            if not all(isinstance(one, MappingNode) for one in merged):
                yield ReadRefusal(at, "`<<` takes a mapping or a list of mappings")
            elif not _is_text(key):
                yield ReadRefusal(at, "a key is not a text")


def _is_text(key: Node) -> bool:
    return isinstance(key, ScalarNode) and read_scalar(key) is not None


def find_ignored(text: str) -> tuple[int, int] | None:
    """Where kubectl stops to read, after a line `...`, and where what it ignores begins."""
    end = re.search(_END, text) if "\n..." in text else None
    if end is None:
        return None
    at = next_line(text, end.end())
    while at < len(text):
        line = text[at : line_end(text, at)].strip()
        if line and not line.startswith("#"):
            return None if line.startswith(("---", "%")) else (end.end(), at)
        at = next_line(text, at)
    return None
