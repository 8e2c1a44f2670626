"""What a public image declares, as a row of a table."""

from k8slint.images.config import ImageConfig
from k8slint.images.fact import Fact, Strength
from k8slint.records import NamedTuple


class PublicImage(NamedTuple):
    """What a public image declares, in the tags of a range.

    `names` are those of `name.is_image`: `nginx` is an official image of Docker Hub,
    `prom/prometheus` the end of a path. `source` says which file was read in which revision,
    `date` when. `entrypoint` is None where it is unknown, and `cmd` with it; `wraps` is that of
    `ImageConfig`. `signal` is the stop signal without `SIG`: TERM where the image declares none,
    empty where that is unknown. `shell` is what `sh` is where no word of the name says otherwise:
    `dash`, `bash` or `BusyBox`; `none` where there is no shell, empty where it is unknown.

    A row is about tags from version `since` on and before version `before` that have the part
    `variant`. A tag without a version (`latest`, none) is one of the newest row, unless
    `is_latest` is False because versions in support differ.
    """

    names: tuple[str, ...]
    source: str
    date: str
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] = ()
    wraps: str | None = None
    signal: str = "TERM"
    shell: str = ""
    since: tuple[int, ...] = ()
    before: tuple[int, ...] = ()
    variant: str = ""
    is_latest: bool = True

    @property
    def has_range(self) -> bool:
        """Whether only some versions are meant."""
        return bool(self.since or self.before)

    @property
    def declares(self) -> tuple[object, ...]:
        """What the image declares, without where that is written and for which tags."""
        return (self.entrypoint, self.cmd, self.wraps, self.signal, self.shell)

    @property
    def fact(self) -> Fact:
        return Fact(Strength.DOCUMENTED, self.source, self.date)

    @property
    def config(self) -> ImageConfig:
        is_known = self.entrypoint is not None
        return ImageConfig(
            self.entrypoint,
            self.cmd if is_known else None,
            None,
            self.signal or None,
            self.shell or None,
            self.fact,
            self.wraps,
        )
