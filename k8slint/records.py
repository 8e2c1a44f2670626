"""Records: `NamedTuple` in a quarter of the time, as every start makes a hundred of them."""

from __future__ import annotations

import sys

from k8slint.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING or sys.version_info >= (3, 14):
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414 - for all others to import
else:
    from collections import namedtuple
    from functools import cache
    from types import FunctionType

    class _Maker(type):
        """Makes what `typing` makes, but does not check the fields, and shares what it compiles.

        Records with as many fields have the same code but for the names in it.
        """

        def __new__(cls, name: str, bases: tuple[type, ...], said: dict[str, Any]) -> Any:
            if not bases:
                return super().__new__(cls, name, bases, said)
            fields = (*said.get("__annotations__", ()),)
            defaults = {field: said.pop(field) for field in fields if field in said}
            alike = _record_of(len(fields))
            getters = (vars(alike)[field] for field in alike._fields)
            new = alike.__new__.__code__.replace(
                co_varnames=("_cls", *fields), co_name="__new__", co_qualname=f"{name}.__new__"
            )
            made = {
                **{shared: vars(alike)[shared] for shared in _SHARED},
                "__slots__": (),
                "__new__": FunctionType(
                    new, alike.__new__.__globals__, None, (*defaults.values(),)
                ),
                "__repr__": _repr,
                "_replace": _replace,
                "__replace__": _replace,  # What `copy.replace` calls, from Python 3.13 on.
                "__match_args__": fields,
                "_fields": fields,
                "_field_defaults": defaults,
            }
            return type(name, (tuple,), made | dict(zip(fields, getters, strict=True)) | said)

    _SHARED = ("_make", "_asdict", "__getnewargs__")

    @cache
    def _record_of(count: int) -> Any:
        return namedtuple("_", [f"f{index}" for index in range(count)])  # noqa: PYI024

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

    class NamedTuple(metaclass=_Maker):
        """As that of `typing`."""
