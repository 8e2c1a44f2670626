"""What a known program is: how it is recognised, and which settings limit its drain.

A user's `programs` are such rows too: `read` takes them in the words of a configuration.
"""

from collections.abc import Mapping

from k8slint.records import NamedTuple
from k8slint.shutdown.durations import Unit
from k8slint.shutdown.seconds import Seconds, exactly, unbounded, unknown
from k8slint.type_names import Any

NO_TIME = exactly(0)
EXITS_AT_ONCE = exactly(0, "it exits immediately")
SIGNAL_DECIDES = unknown("the stop signal of its image decides")
ALL_REQUESTS = (("TERM", unbounded("it waits for all running requests")),)


class Knob(NamedTuple):
    """A setting that limits the drain, in all its spellings.

    A flag counts more than a variable of `texts`, which holds further arguments, then comes a
    `path` in the JSON of a variable, then `env`. Where a flag takes `key=N`, `key` picks the one
    that is meant; a `*` stands for the name of an entry point. With `any_case` the case of letters
    does not matter in flags and variables. `default` counts where nothing is set.
    """

    flags: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    json: str = ""
    path: str = ""
    key: str = ""
    unit: Unit = Unit.SECONDS
    default: Seconds = NO_TIME
    any_case: bool = False


class KnownProgram(NamedTuple):
    """A program that is known by its command, its image or its variables.

    `source` says where its settings are written, `date` when that was last compared. A command is
    a program or Python module, then words that have to be among its arguments; an image counts
    where nothing but `args` is given to its entry point; a variable (`NAME`, or `NAME=value`)
    where it is written, `NAME=*` where nothing that is set proves another program. With
    `needs_setting` only a knob that is set proves it; with `only_if` (`NAME=value`) command and
    image count only beside that variable. The drains of several knobs follow each other, and
    `besides` comes on top. With one of `configured_by` among the arguments a file may set the
    knobs. `task_limits` limit one task, strongest first. `by_signal` is what it takes under a stop
    signal, by its name without `SIG`, where that is not the default. One that `refuses_new`
    connections after the stop signal only waits for those it has.
    """

    name: str
    source: str = ""
    date: str = ""
    commands: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    knobs: tuple[Knob, ...] = ()
    besides: Seconds = NO_TIME
    default: Seconds | None = None
    configured_by: tuple[str, ...] = ()
    task_limits: tuple[Knob, ...] = ()
    by_signal: tuple[tuple[str, Seconds], ...] = ()
    needs_setting: bool = False
    only_if: str = ""
    is_worker: bool = False
    is_sidecar: bool = False
    refuses_new: bool = False

    @property
    def by_default(self) -> Seconds:
        """What it takes where nothing is set."""
        if self.default is not None:
            return self.default
        total = self.besides
        for knob in self.knobs:
            total += knob.default
        return total

    def default_under(self, signal: str) -> Seconds:
        """What it takes where nothing is set, when it is stopped with a signal."""
        for name, takes in self.by_signal:
            if name == signal:
                return takes
        return self.by_default

    def may_be_set(self, text: str) -> bool:
        """Whether a text may set one of the knobs, in any case of letters."""
        lower = text.lower()
        names = (
            name
            for knob in self.knobs
            for name in (*knob.flags, *knob.env, *knob.texts, knob.json)
            if name
        )
        return any(name.rpartition("*")[2].lower() in lower for name in names)

    @property
    def flag(self) -> str:
        """The flag that limits the drain; empty where it takes none."""
        return next((flag for knob in self.knobs for flag in knob.flags), "")


def read_program(row: Mapping[str, Any]) -> KnownProgram:
    """A program as a configuration writes it; the schema has checked the row.

    A row with one setting writes it among its other keys, one with several under `settings`.
    """
    name = row["name"]
    known = f"the default of {name} is unknown"
    has_one = not row.keys().isdisjoint(("flag", "env", "arguments-in", "json"))
    knobs = [row] if has_one else row.get("settings", ())
    return KnownProgram(
        name,
        row.get("source", ""),
        row.get("date", ""),
        commands=_texts(row, "command"),
        images=_texts(row, "image"),
        variables=_texts(row, "variable"),
        knobs=tuple(_knob(one, known) for one in knobs),
        besides=_span(row.get("besides", 0)),
        default=None if has_one or "default" not in row else _span(row["default"]),
        configured_by=_texts(row, "configured-by"),
        task_limits=tuple(_knob(one, known) for one in row.get("task-limits", ())),
        by_signal=tuple(
            (name, _span(takes)) for name, takes in sorted(row.get("by-signal", {}).items())
        ),
        needs_setting=row.get("needs-setting", False),
        is_worker=row.get("is-worker", False),
        is_sidecar=row.get("is-sidecar", False),
        only_if=row.get("only-if", ""),
        refuses_new=row.get("refuses-new", False),
    )


def _knob(row: Mapping[str, Any], known: str) -> Knob:
    return Knob(
        _texts(row, "flag"),
        _texts(row, "env"),
        _texts(row, "arguments-in"),
        row.get("json", ""),
        row.get("path", ""),
        row.get("key", ""),
        Unit(row.get("unit", Unit.SECONDS)),
        _span(row["default"]) if "default" in row else unknown(known),
        row.get("any-case", False),
    )


def _texts(row: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """One text, or a list of them."""
    written = row.get(key, ())
    return (written,) if isinstance(written, str) else tuple(written)


def _span(written: float | Mapping[str, Any]) -> Seconds:
    """A number of seconds, with a reason or without, or the reason why there is none."""
    if not isinstance(written, Mapping):
        return exactly(written)
    if "unbounded" in written:
        return unbounded(written["unbounded"])
    if "unknown" in written:
        return unknown(written["unknown"])
    return exactly(written["seconds"], written.get("why", ""))
