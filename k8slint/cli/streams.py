"""Standard input."""

import sys

from k8slint.errors import UsageError
from k8slint.outside.files import read_stream


def read_stdin() -> bytes:
    """Read standard input. Raises UsageError."""
    try:
        return read_stream(sys.stdin.buffer)
    except OSError as error:
        raise UsageError(f"standard input: cannot be read: {error.strerror or error}") from None
