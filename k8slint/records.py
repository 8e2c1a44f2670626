"""Records: `NamedTuple` in half the time, as every start makes a hundred of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or sys.version_info >= (3, 14):
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414 - for all others to import
else:
    from collections import namedtuple

    class _Maker(type):
        """Makes what `typing` makes, but neither compiles nor checks the types of the fields."""

        def __new__(cls, name: str, bases: tuple[type, ...], said: dict[str, Any]) -> Any:
            if not bases:
                return super().__new__(cls, name, bases, said)
            types = said.pop("__annotations__", {})
            defaults = [said.pop(field) for field in types if field in said]
            module = said.pop("__module__")
            made: Any = namedtuple(name, types, defaults=defaults, module=module)  # noqa: PYI024
            made.__annotations__ = types
            for attribute, value in said.items():
                setattr(made, attribute, value)
            return made

    class NamedTuple(metaclass=_Maker):
        """As that of `typing`."""
