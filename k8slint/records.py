"""Records: `NamedTuple` in a fifth of the time, as every start makes a hundred of them."""

from __future__ import annotations

import sys

from k8slint.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

if TYPE_CHECKING or sys.version_info >= (3, 14):
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414 - for all others to import
else:
    from collections import _tuplegetter  # type: ignore[attr-defined]
    from types import FunctionType

    class _Maker(type):
        """Makes what `typing` makes, but does not check the fields, and compiles nothing.

        The constructors of records with as many fields have the same code but for the names in it.
        """

        def __new__(cls, name: str, bases: tuple[type, ...], said: dict[str, Any]) -> Any:
            if not bases:
                return super().__new__(cls, name, bases, said)
            fields = (*said.get("__annotations__", ()),)
            defaults = {field: said.pop(field) for field in fields if field in said}
            made = {
                **_SHARED,
                "__slots__": (),
                "__new__": FunctionType(
                    _constructor(name, fields), globals(), None, (*defaults.values(),)
                ),
                "__match_args__": fields,
                "_fields": fields,
                "_field_defaults": defaults,
            }
            getters = {field: _tuplegetter(index, None) for index, field in enumerate(fields)}
            return type(name, (tuple,), made | getters | said)

    _new = tuple.__new__

    # By the number of fields. What takes any number takes ten times as long.
    _CONSTRUCTORS = (
        lambda _cls: _new(_cls, ()),
        lambda _cls, a: _new(_cls, (a,)),
        lambda _cls, a, b: _new(_cls, (a, b)),
        lambda _cls, a, b, c: _new(_cls, (a, b, c)),
        lambda _cls, a, b, c, d: _new(_cls, (a, b, c, d)),
        lambda _cls, a, b, c, d, e: _new(_cls, (a, b, c, d, e)),
        lambda _cls, a, b, c, d, e, f: _new(_cls, (a, b, c, d, e, f)),
        lambda _cls, a, b, c, d, e, f, g: _new(_cls, (a, b, c, d, e, f, g)),
        lambda _cls, a, b, c, d, e, f, g, h: _new(_cls, (a, b, c, d, e, f, g, h)),
        lambda _cls, a, b, c, d, e, f, g, h, i: _new(_cls, (a, b, c, d, e, f, g, h, i)),
        lambda _cls, a, b, c, d, e, f, g, h, i, j: _new(_cls, (a, b, c, d, e, f, g, h, i, j)),
    )

    def _constructor(name: str, fields: tuple[str, ...]) -> Any:
        is_small = len(fields) < len(_CONSTRUCTORS)
        alike = _CONSTRUCTORS[len(fields)] if is_small else _construct_any
        return alike.__code__.replace(
            co_argcount=1 + len(fields),
            co_nlocals=1 + len(fields),
            co_varnames=("_cls", *fields),
            co_name="__new__",
            co_qualname=f"{name}.__new__",
        )

    def _construct_any(_cls: Any) -> Any:
        _, *values = locals().values()
        return _new(_cls, values)

    @classmethod
    def _make(cls: Any, values: Iterable[Any]) -> Any:
        made = _new(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"{len(cls._fields)} fields, and {len(made)} values")
        return made

    def _as_dict(self: Any) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def _as_tuple(self: Any) -> tuple[Any, ...]:
        return tuple(self)

    def _repr(self: Any) -> str:
        fields = zip(self._fields, self, strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in fields)})"

    def _replace(self: Any, /, **changes: Any) -> Any:
        made = [*self]
        for field, value in changes.items():
            try:
                made[self._fields.index(field)] = value
            except ValueError:
                raise TypeError(f"no such field: {field}") from None
        return tuple.__new__(type(self), made)

    _SHARED = {
        "_make": _make,
        "_asdict": _as_dict,
        "_replace": _replace,
        "__replace__": _replace,  # What `copy.replace` calls, from Python 3.13 on.
        "__repr__": _repr,
        "__getnewargs__": _as_tuple,
    }

    class NamedTuple(metaclass=_Maker):
        """As that of `typing`."""
