"""The program `k8slint`, and `python -m k8slint`."""

# Not `signal`, which makes enums of its numbers: a fiftieth of a check of a small file.
import _signal as signal  # type: ignore[import-not-found]
import atexit
import gc
import os
import sys
from types import SimpleNamespace

import k8slint
from k8slint.errors import EndedBySignal
from k8slint.type_names import NoReturn


def run_as_process() -> None:
    """Run the program as its process, which ends with its code even where that is caught."""
    codes: list[int] = []
    if not atexit._ncallbacks():  # noqa: SLF001 - what was asked for before is done after
        atexit.register(_leave_things_as_they_are, codes)
    try:
        main()
    except SystemExit as end:
        codes += [end.code] if isinstance(end.code, int) else []
        raise


def main() -> None:
    """Run the program; for a caller that goes on where it catches SystemExit."""
    k8slint.is_program = True
    # Trees hold no cycles, and collecting costs a third of the parse; 3 ms to import typer alone.
    gc.disable()
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) in _USUAL:  # `nohup` ignores one of them.
            signal.signal(number, _leave)
    _import_pathlib()
    from k8slint import cli

    try:
        cli.main()
    finally:
        gc.freeze()  # An ordinary end looks through everything once more: 0.2 s.


def _import_pathlib() -> None:
    """Import `pathlib` without `urllib.parse`, a twentieth of a check of a small file, for URIs.

    It does so itself from Python 3.13 on.
    """
    if sys.version_info < (3, 13) and "urllib.parse" not in sys.modules:
        sys.modules["urllib.parse"] = SimpleNamespace(quote_from_bytes=_quote)  # type: ignore[assignment]
        import pathlib  # noqa: F401

        del sys.modules["urllib.parse"]


def _quote(path: bytes) -> str:
    from urllib.parse import quote_from_bytes

    return quote_from_bytes(path)


def _leave_things_as_they_are(codes: list[int]) -> None:
    """End once all is done that was asked for at exit: to free everything takes 3 % of a check."""
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except (OSError, ValueError):  # For Python to report.
        return
    # A program that calls `runpy.run_module` is the main module again, and ends as it likes.
    is_main = __name__ != "__main__" or vars(sys.modules["__main__"]) is globals()
    if codes and is_main:
        os._exit(codes[-1])


_USUAL = (signal.SIG_DFL, signal.default_int_handler)


# The seconds that an ordered end may take.
_PATIENCE = 10


def _leave(number: int, _: object) -> NoReturn:
    """Leave in good order: other programs are ended, and temporary files removed.

    That is soon done, and not to be disturbed by the same signal again. It would never be done
    where the signal came while a lock was taken but not yet held by a `with`: so there is a limit.
    """
    signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "alarm"):
        signal.signal(signal.SIGALRM, lambda *_: os._exit(128 + number))
        signal.alarm(_PATIENCE)
    raise KeyboardInterrupt if number == signal.SIGINT else EndedBySignal(number)


if __name__ == "__main__":
    run_as_process()
