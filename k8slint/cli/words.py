"""Reads an ordinary call by the declared options: importing typer takes longer than most checks.

What it does not understand is left to typer, which reads the same declarations: `--help`,
mistakes, and what is rarely written, such as `-qv` or a value that begins with a dash.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import NoneType, UnionType

from k8slint.cli.options import Option, Positional, Subcommand
from k8slint.records import NamedTuple
from k8slint.type_names import Any


class GivenOptions(NamedTuple):
    """The options of a call, and the names of those that a variable of the environment gives."""

    options: Any
    by_environment: Collection[str]


class DeclaredField(NamedTuple):
    """A field of a command's options: the type of its values, and whether it takes several."""

    declared: Option | Positional
    type: Any
    repeats: bool

    @property
    def bare(self) -> str:
        return self.declared.bare if isinstance(self.declared, Option) else ""

    def value_of(self, texts: Sequence[str]) -> Any:
        """Return the value that texts give; raises ValueError for what typer has to judge."""
        if self.type is bool:
            return True
        values = [self.type(text) for text in texts]
        if isinstance(self.declared, Option):
            is_odd = self.declared.min is not None and min(values) < self.declared.min
        else:
            is_odd = len(values) > 1 and not self.repeats
        if is_odd or not texts or not all(texts):
            raise ValueError
        return values if self.repeats else values[-1]


def read_options(command: Subcommand, words: Iterable[str]) -> GivenOptions | None:
    """Return the call that the words after a command's name make; None to leave it to typer."""
    fields = {name: _field(about) for name, about in command.options.__annotations__.items()}
    texts: dict[str, list[str]] = {}
    try:
        for name, text in _pairs(fields, words):
            texts.setdefault(name, []).append(text)
        around = {name: one for name, one in _in_environment(fields) if name not in texts}
        values = {name: fields[name].value_of(one) for name, one in (texts | around).items()}
    except (KeyError, ValueError):
        return None
    return GivenOptions(command.options(**values), around.keys())


def _field(about: Any) -> DeclaredField:
    (declared,) = about.__metadata__
    of = about.__origin__
    if isinstance(of, UnionType):
        (of,) = (one for one in of.__args__ if one is not NoneType)
    items = getattr(of, "__args__", ())
    return DeclaredField(declared, items[0] if items else of, bool(items))


def _pairs(fields: Mapping[str, DeclaredField], words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the field of each word that is not one's value, with its text.

    Raises KeyError for an unknown option, and ValueError for anything else to leave to typer.
    """
    argument = behind = ""
    named = {}
    for name, field in fields.items():
        if isinstance(field.declared, Positional) and field.declared.is_behind_dashes:
            behind = name
        elif isinstance(field.declared, Positional):
            argument = name
        else:
            named.update(dict.fromkeys(field.declared.flags_for(name), name))
    rest = iter(words)
    for word in rest:
        if word == "--":
            yield from ((behind or argument, path) for path in rest)
        elif word == "-" or not word.startswith("-"):
            yield argument, word
        else:
            flag, has_text, text = _cut(word)
            name = named[flag]
            takes_text = fields[name].type is not bool
            if takes_text and not has_text:
                text = fields[name].bare or next(rest, "")
            if text.startswith("-") or (has_text and not takes_text):
                raise ValueError
            yield name, text


def _cut(word: str) -> tuple[str, bool, str]:
    """Return the flag in a word, and whether a value is attached, and which."""
    if word.startswith("--"):
        flag, equals, text = word.partition("=")
        return flag, bool(equals), text
    return word[:2], len(word) > 2, word[2:]


def _in_environment(fields: Mapping[str, DeclaredField]) -> Iterator[tuple[str, list[str]]]:
    for name, field in fields.items():
        variable = field.declared.envvar if isinstance(field.declared, Option) else None
        if variable and (text := os.environ.get(variable)):
            yield name, text.split() if field.repeats else [text]
