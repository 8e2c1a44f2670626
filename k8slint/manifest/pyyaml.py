"""PyYAML's C parser and nodes, without the rest of PyYAML.

`import yaml` also makes a parser in Python, and one pattern of that takes a quarter of a check of
one small file. So in our own process the package is put in place without being run, and what is
needed of it is imported, by all others from here. It runs when somebody, such as a custom rule,
asks it for more.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import SimpleNamespace

import k8slint
from k8slint.lazy import import_parts
from k8slint.type_names import Any

__all__ = [
    "CParser",
    "MappingNode",
    "Mark",
    "MarkedYAMLError",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "YAMLError",
]

# What the C parser takes from PyYAML at its import; of the others it takes an error each.
_PARTS = ("error", "tokens", "events", "nodes")
_WITH_ERRORS = (
    *("reader", "scanner", "parser", "composer"),
    *("constructor", "emitter", "serializer", "representer"),
)


def _load() -> Any:
    if k8slint.is_program and "yaml" not in sys.modules:
        import_parts("yaml", _load_parser)
    try:
        return vars(import_module("yaml._yaml"))["CParser"]
    except ImportError:
        return None


def _load_parser(held: dict[str, Any]) -> None:
    """Fails where PyYAML was built without libyaml, or takes something else."""
    for name in _PARTS:
        import_module(f"yaml.{name}")
    held |= {name: _late_error(name) for name in _WITH_ERRORS}
    import_module("yaml._yaml")
    for name in _WITH_ERRORS:
        del held[name]


def _late_error(module: str) -> SimpleNamespace:
    """Stands for a module of PyYAML that is imported when its error is made."""

    def make(*told: object) -> Any:
        return vars(import_module(f"yaml.{module}"))[name](*told)

    name = f"{module.title()}Error"
    return SimpleNamespace(**{name: make})


# Missing where PyYAML was built without libyaml.
CParser: Any = _load()

# isort: split
from yaml.error import Mark, MarkedYAMLError, YAMLError  # noqa: E402
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode  # noqa: E402
