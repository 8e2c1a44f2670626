"""Records: `NamedTuple` in a quarter of the time, as every start makes a hundred of them."""

from __future__ import annotations

import sys

from k8slint.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING or sys.version_info >= (3, 14):
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414 - for all others to import
else:
    from collections import _tuplegetter, namedtuple
    from types import FunctionType

    class _Maker(type):
        """Makes what `typing` makes, but does not check the fields, and compiles little.

        Records with as many fields have the same code but for the names in it.
        """

        def __new__(cls, name: str, bases: tuple[type, ...], said: dict[str, Any]) -> Any:
            if not bases:
                return super().__new__(cls, name, bases, said)
            fields = (*said["__annotations__"],)
            defaults = {field: said.pop(field) for field in fields if field in said}
            made = _SHARED | {
                "__new__": _constructor(name, fields, (*defaults.values(),)),
                "__match_args__": fields,
                "_fields": fields,
                "_field_defaults": defaults,
            }
            made |= {field: _tuplegetter(index, field) for index, field in enumerate(fields)}
            return type(name, (tuple,), made | said)

    _tuple = tuple.__new__
    # By the number of fields: one of these serves a dozen records.
    _CONSTRUCTORS = (
        lambda _, a: _tuple(_, (a,)),
        lambda _, a, b: _tuple(_, (a, b)),
        lambda _, a, b, c: _tuple(_, (a, b, c)),
        lambda _, a, b, c, d: _tuple(_, (a, b, c, d)),
        lambda _, a, b, c, d, e: _tuple(_, (a, b, c, d, e)),
        lambda _, a, b, c, d, e, f: _tuple(_, (a, b, c, d, e, f)),
        lambda _, a, b, c, d, e, f, g: _tuple(_, (a, b, c, d, e, f, g)),
        lambda _, a, b, c, d, e, f, g, h: _tuple(_, (a, b, c, d, e, f, g, h)),
        lambda _, a, b, c, d, e, f, g, h, i: _tuple(_, (a, b, c, d, e, f, g, h, i)),
        lambda _, a, b, c, d, e, f, g, h, i, j: _tuple(_, (a, b, c, d, e, f, g, h, i, j)),
    )

    def _constructor(name: str, fields: tuple[str, ...], defaults: tuple[Any, ...]) -> Any:
        if len(fields) > len(_CONSTRUCTORS):
            return namedtuple(name, fields, defaults=defaults).__new__  # noqa: PYI024
        code = _CONSTRUCTORS[len(fields) - 1].__code__.replace(
            co_varnames=("_cls", *fields), co_name="__new__", co_qualname=f"{name}.__new__"
        )
        return FunctionType(code, globals(), None, defaults)

    def _make(cls: Any, values: Any) -> Any:
        made = _tuple(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"expected {len(cls._fields)} values, got {len(made)}")
        return made

    def _replace(self: Any, /, **changes: Any) -> Any:
        made = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise TypeError(f"no such fields: {', '.join(changes)}")
        return made

    def _asdict(self: Any) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def _values(self: Any) -> tuple[Any, ...]:
        return tuple(self)

    def _repr(self: Any) -> str:
        fields = (f"{name}={value!r}" for name, value in self._asdict().items())
        return f"{type(self).__name__}({', '.join(fields)})"

    _SHARED: dict[str, Any] = {
        "__slots__": (),
        "__repr__": _repr,
        "__getnewargs__": _values,
        "_make": classmethod(_make),
        "_replace": _replace,
        "_asdict": _asdict,
    }

    class NamedTuple(metaclass=_Maker):
        """As that of `typing`."""
