"""What an object works out when it is first asked for."""

from __future__ import annotations

from k8slint.type_names import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from functools import cached_property as cached_property  # noqa: PLC0414, TID251 - for all others
else:

    class cached_property:  # noqa: N801 - as `functools` has it
        """As that of `functools`, without the lock of Python 3.11, which costs more than most."""

        def __init__(self, read: Callable[[Any], Any]) -> None:
            self._read = read
            self._name = read.__name__
            self.__doc__ = read.__doc__

        def __get__(self, one: Any, _: type) -> Any:
            if one is None:
                return self
            value = self._read(one)
            try:  # For most, in two thirds of the time.
                setattr(one, self._name, value)
            except AttributeError:  # A frozen dataclass refuses others.
                object.__setattr__(one, self._name, value)
            return value
