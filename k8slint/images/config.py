"""What an image says about the containers that are made from it."""

from k8slint.images.fact import Fact
from k8slint.records import NamedTuple


class ImageConfig(NamedTuple):
    """What an image declares; None for what is unknown.

    `stop_signal` is without `SIG`, and TERM where the image declares none. `wraps` is a text
    where the entry point is a script that replaces itself with its arguments: it puts this
    program before them where they begin with `-`; an empty text puts nothing there.
    """

    entrypoint: tuple[str, ...] | None
    cmd: tuple[str, ...] | None
    env: tuple[tuple[str, str], ...] | None
    stop_signal: str | None
    shell: str | None
    fact: Fact
    wraps: str | None = None
