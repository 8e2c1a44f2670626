"""What annotations are written with: names of `typing`, for what every check imports.

To import `typing` takes a fifteenth of a check of one small file, for what only tools read. When
the program runs, `Annotated` is the only name here that means anything. From Python 3.14 on,
`records` imports `typing` anyway.
"""

from __future__ import annotations

import sys

__all__ = [
    "IO",
    "TYPE_CHECKING",
    "Annotated",
    "Any",
    "BinaryIO",
    "Generic",
    "Literal",
    "NoReturn",
    "Protocol",
    "Self",
    "TextIO",
    "TypeAlias",
    "TypeGuard",
    "TypeVar",
    "cast",
]

TYPE_CHECKING = False

if TYPE_CHECKING or sys.version_info >= (3, 14):
    from typing import (
        IO,
        Annotated,
        Any,
        BinaryIO,
        Generic,
        Literal,
        NoReturn,
        Protocol,
        Self,
        TextIO,
        TypeAlias,
        TypeGuard,
        TypeVar,
        cast,
    )
else:

    class Unread:
        """As a type, a base or a parameter of one."""

        def __class_getitem__(cls, _: object) -> type:
            return cls

    IO = Any = BinaryIO = Generic = Literal = NoReturn = Protocol = Unread
    Self = TextIO = TypeAlias = TypeGuard = Unread

    def TypeVar(*_: object, **__: object) -> type:  # noqa: N802 - as `typing` has it
        return Unread

    def cast(_: object, value: object) -> object:
        return value

    class Annotated:
        """A type with what is declared about it, as that of `typing` has them."""

        def __init__(self, origin: object, *metadata: object) -> None:
            self.__origin__ = origin
            self.__metadata__ = metadata

        def __class_getitem__(cls, about: tuple[object, ...]) -> Annotated:
            return cls(*about)
