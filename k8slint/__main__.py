"""The program `k8slint`, and `python -m k8slint`."""

# Not `signal`, which makes enums of its numbers: a fiftieth of a check of a small file.
import _signal as signal  # type: ignore[import-not-found]
import gc
import os

import k8slint
from k8slint.type_names import NoReturn


def main() -> None:
    k8slint.is_program = True
    # Trees hold no cycles, and collecting costs a third of the parse; 3 ms to import typer alone.
    gc.disable()
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) in _USUAL:  # `nohup` ignores one of them.
            signal.signal(number, _leave)
    from k8slint import cli

    try:
        cli.main()
    finally:
        gc.freeze()  # Python looks through everything once more when it leaves: 0.2 s.


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
    raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)


if __name__ == "__main__":
    main()
