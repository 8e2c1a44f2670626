"""How options are declared, those that several commands share, and how their values are read.

A command declares its options once, as the fields of a NamedTuple. `words.py` reads ordinary calls
by them, and `in_typer.py` makes a command of typer for everything else.
"""

# No `from __future__ import annotations`: the options stand in annotations, and are read at start.
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from k8slint.errors import UsageError
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING, Annotated, Any

if TYPE_CHECKING:
    from k8slint.images.given import GivenImage
    from k8slint.kubernetes.gates import Minor
    from k8slint.shutdown.measured import MeasuredDrain


class Option(NamedTuple):
    """An option; its field says the type, with list for one that may be repeated, and the default.

    Without `flags` it is called as its field is. `envvar` is a variable of the environment that
    gives the value where the call does not. `show_default` is the default in words; `completed`
    yields words that a shell completes, also after a comma. An option with a value that it has
    when it is given `bare` takes others only after `=`.
    """

    help: str
    flags: tuple[str, ...] = ()
    metavar: str | None = None
    envvar: str | None = None
    show_default: str | bool = True
    min: int | None = None
    completed: Callable[[], Iterable[str]] | None = None
    bare: str = ""

    def flags_for(self, field: str) -> tuple[str, ...]:
        """Return what the option in a field is called on the command line."""
        return self.flags or (f"--{field.replace('_', '-')}",)


class Positional(NamedTuple):
    """A word that is not an option, or all of them where its field is a list.

    `is_behind_dashes` is for a list of the words after `--`, which are all that they are.
    """

    help: str
    metavar: str | None = None
    show_default: str | bool = True
    completed: Callable[[], Iterable[str]] | None = None
    is_behind_dashes: bool = False


class Subcommand(NamedTuple):
    """A command: the NamedTuple of its options, and what it does with them, with the help above.

    `run` returns the exit code. It also gets the names of the options whose values come from the
    environment. `groups` are the fields that help shows together, by what they are about.
    """

    options: Callable[..., Any]
    run: Callable[[Any, Collection[str]], int]
    examples: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = {}


class CommandGroup(NamedTuple):
    """A command that has commands of its own, by their names."""

    help: str
    commands: Mapping[str, Subcommand]


class When(StrEnum):
    """When to colour the output."""

    auto = "auto"
    always = "always"
    never = "never"


PathArguments = Annotated[
    list[str] | None,
    Positional("Files and folders, or - for stdin.", metavar="[PATH ... | -]", show_default="."),
]
Configuration = Annotated[
    Path | None, Option("Use this configuration for every file.", envvar="K8SLINT_CONFIG")
]
Isolated = Annotated[bool, Option("Ignore all configurations and baselines.")]
RuleFolders = Annotated[
    list[Path] | None, Option("Folder of custom rules (repeatable).", metavar="DIR")
]
KubernetesVersion = Annotated[
    str | None, Option("Version of the cluster that the manifests are for.", metavar="X.Y")
]
Images = Annotated[
    list[str] | None,
    Option("File or folder of image configs (repeatable).", metavar="PATH"),
]
Drains = Annotated[
    list[str] | None,
    Option("File of measured drains (repeatable).", metavar="FILE"),
]
ClusterNamespace = Annotated[
    str | None,
    Option(
        "Namespace of the cluster to read.",
        ("--namespace", "-n"),
        metavar="NAME",
        show_default="that of the context",
    ),
]
AllNamespaces = Annotated[
    bool, Option("Read all namespaces of the cluster.", ("--all-namespaces", "-A"))
]
KubeContext = Annotated[
    str | None,
    Option("Context of the kubeconfig.", metavar="NAME", show_default="the current one"),
]
Color = Annotated[When, Option("When to colour the output.")]


def rule_words() -> Iterator[str]:
    """Yield the codes and names of the rules of k8slint."""
    from k8slint.lint.shipped import SHIPPED_RULES

    for rule in SHIPPED_RULES:
        yield from (rule.code, rule.name)


def selectors() -> Iterator[str]:
    """Yield what selects rules: also the beginnings of codes, and words for all."""
    codes = [word for word in rule_words() if word.isupper()]
    yield from ("DEFAULT", "ALL", *sorted({code[:3] for code in codes}), *rule_words())


def refuse_contradiction(
    config: Path | None, by_environment: Collection[str], *, isolated: bool
) -> None:
    """Raise UsageError for a call that names a configuration and wants none."""
    if isolated and config and "config" not in by_environment:
        raise UsageError(
            "--isolated reads no configuration, --config names one: drop one of the two"
        )


def unique_folders(rules: Iterable[Path] | None) -> tuple[Path, ...]:
    """Deduplicate folders by absolute path, so that workers and caches agree on them."""
    return tuple(dict.fromkeys(Path(os.path.abspath(folder)) for folder in rules or ()))


def minor_of(version: str) -> "Minor":
    from k8slint.kubernetes.versions import parse_minor

    try:
        return parse_minor(version)
    except ValueError as error:
        raise UsageError(f"--kubernetes-version: {error}") from None


def given_images(paths: Iterable[str] | None) -> "tuple[GivenImage, ...]":
    """Read what --images names; raises UsageError."""
    if not paths:
        return ()
    # It is rarely given.
    from k8slint.images.printed import ImageUnread
    from k8slint.images.reading import read_images

    try:
        return tuple(image for path in paths for image in read_images(path))
    except ImageUnread as error:
        raise UsageError(f"--images {error}") from None


def given_drains(paths: Iterable[str] | None) -> "tuple[MeasuredDrain, ...]":
    """Read what --drains names; raises UsageError."""
    if not paths:
        return ()
    # It is rarely given.
    from k8slint.measure.drains.file import read_drains

    try:
        return tuple(row for path in paths for row in read_drains(path))
    except UsageError as error:
        raise UsageError(f"--drains {error}") from None


def split_list(values: Iterable[str] | None) -> tuple[str, ...]:
    """Split the values of a list option: it takes commas, repetition, or both."""
    return tuple(
        word.strip() for value in values or () for word in value.split(",") if word.strip()
    )
