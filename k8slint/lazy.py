"""What waits until it is asked for: values of objects, and what packages hold."""

from __future__ import annotations

import sys

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


def import_parts(package: str, load: Callable[[dict[str, Any]], object]) -> None:
    """Put a package in place without running it, and `load` modules of it into what it holds.

    It runs when somebody, such as a custom rule, asks it for more. Where it is another version
    that has no such modules, nothing of it stays.
    """
    from _thread import RLock
    from importlib import import_module
    from importlib.util import find_spec, module_from_spec

    spec = find_spec(package)
    assert spec
    loader = spec.loader
    assert loader
    module = sys.modules[package] = module_from_spec(spec)
    held = vars(module)
    lock, not_run = RLock(), [module]

    def find(name: str) -> Any:
        with lock:  # As importing does, so that no thread gets half of a package.
            if not_run:
                loader.exec_module(not_run.pop())
            if name not in held:
                raise AttributeError(f"module {package!r} has no attribute {name!r}")
            return held[name]

    try:
        load(held)
    except (ImportError, AttributeError):
        for name in [name for name in sys.modules if f"{name}.".startswith(f"{package}.")]:
            del sys.modules[name]
        return
    held["__getattr__"] = find
    around, _, last = package.rpartition(".")
    if around:
        setattr(import_module(around), last, module)
