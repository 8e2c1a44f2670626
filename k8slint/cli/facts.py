"""`k8slint facts`."""

# No `from __future__ import annotations`: the options stand in annotations, and are read at start.
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from k8slint.cli.options import (
    Configuration,
    Drains,
    Images,
    Isolated,
    Option,
    Positional,
    Subcommand,
    given_drains,
    given_images,
    refuse_contradiction,
)
from k8slint.cli.output import write
from k8slint.errors import UsageError
from k8slint.outside.terminal import printable
from k8slint.records import NamedTuple

if TYPE_CHECKING:
    from k8slint.picture.facts import ContainerFacts
    from k8slint.picture.run import WorkloadsRead
    from k8slint.workspace import Workspace

_MANIFESTS = (".yaml", ".yml", ".json")
# A file of measured drains may be about a whole cluster.
_MOST_ROWS = 10


class Lists(StrEnum):
    """The formats of the list."""

    text = "text"
    json = "json"


class FactsOptions(NamedTuple):
    """The options of `facts`."""

    words: Annotated[
        list[str] | None,
        Positional(
            "Images, manifests, Dockerfiles and folders, or - for stdin.",
            metavar="[IMAGE | PATH ... | -]",
            show_default=".",
        ),
    ] = None
    output_format: Annotated[Lists, Option("Format of the list.")] = Lists.text
    config: Configuration = None
    isolated: Isolated = False
    images: Images = None
    drains: Drains = None


def facts(options: FactsOptions, by_environment: Collection[str]) -> int:
    """Show what is known of images and containers, and from where."""
    from k8slint.config import Overrides
    from k8slint.picture import run
    from k8slint.picture.facts import facts_json, facts_of, facts_text
    from k8slint.workspace import Workspace, folders_named

    images, paths = _told_apart(options.words or ["."])
    refuse_contradiction(options.config, by_environment, isolated=options.isolated)
    overrides = Overrides(
        isolated=options.isolated,
        named=folders_named(paths or ["."]),
        images=given_images(options.images),
        drains=given_drains(options.drains),
    )
    workspace = Workspace(overrides, options.config)
    known = [one for image in images for one in _facts_of_image(image, workspace)]
    dockerfiles = [path for path in paths if _is_dockerfile(path)]
    paths = [path for path in paths if path not in dockerfiles]
    reads, problems, notes = _read(paths, workspace)
    for path in dockerfiles:
        known += _facts_of_dockerfile(path, workspace, problems)
    for read in reads:
        for workload in read.workloads:
            known += facts_of(workload, read.scope)
    write(sys.stdout, (facts_json if options.output_format is Lists.json else facts_text)(known))
    problems += [problem for read in reads for problem in read.unreadable]
    notes += _unmatched(reads, known)
    if paths:
        notes += run.notes(
            templates=sum(read.is_template for read in reads),
            files=len(reads),
            is_empty=not any(read.workloads or read.unreadable for read in reads),
            command="facts",
        )
    write(sys.stderr, "".join(f"{printable(line)}\n" for line in (*problems, *notes)))
    return 2 if problems else 0


COMMAND = Subcommand(
    FactsOptions,
    facts,
    examples=(
        "k8slint facts nginx:1.27",
        "k8slint facts deploy/web.yaml",
        "k8slint facts src/web/Dockerfile",
        "k8slint facts --output-format json deploy/",
    ),
)


def _told_apart(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the images and the paths; what exists is a path.

    Raises UsageError.
    """
    from k8slint.images.name import is_plain

    paths = [
        word
        for word in words
        if word == "-" or os.path.lexists(word) or word.endswith(_MANIFESTS) or not is_plain(word)
    ]
    if "-" in paths and len(paths) > 1:
        raise UsageError("- must be the only path: standard input cannot be mixed with files")
    return [word for word in words if word not in paths], paths


def _facts_of_image(image: str, workspace: "Workspace") -> "Iterator[ContainerFacts]":
    from k8slint.picture import run
    from k8slint.picture.facts import facts_of, manifest_of

    read = run.read_workloads(manifest_of(image), workspace.make_task("<image>"))
    for workload in read.workloads:
        yield from facts_of(workload, read.scope, is_image=True)


def _is_dockerfile(path: str) -> bool:
    from k8slint.images.name import is_dockerfile

    return is_dockerfile(path) and not os.path.isdir(path)


def _facts_of_dockerfile(
    path: str, workspace: "Workspace", problems: list[str]
) -> "Iterator[ContainerFacts]":
    """Yield what a Dockerfile says of its image; add why it cannot be read to the problems."""
    from k8slint.images.dockerfile import read_dockerfile
    from k8slint.lint.task import display_path
    from k8slint.manifest.source import NotText, decode
    from k8slint.outside.files import DOCKERFILE_LIMIT, read_named
    from k8slint.picture import run
    from k8slint.picture.facts import BUILT, facts_of_dockerfile, manifest_of

    try:
        text = decode(read_named(path, DOCKERFILE_LIMIT), path).text
    except (OSError, NotText) as error:
        why = getattr(error, "strerror", None) or error
        problems.append(f"{path}: cannot be read: {why}")
        return
    built = read_dockerfile(text, display_path(path))
    if built.config is None:
        problems.append(f"{path}: {built.why}")
    read = run.read_workloads(manifest_of(BUILT), workspace.make_task("<image>"))
    for workload in read.workloads:
        yield from facts_of_dockerfile(built, path, workload, read.scope)


def _unmatched(
    reads: "Sequence[WorkloadsRead]", known: "Sequence[ContainerFacts]"
) -> "Iterator[str]":
    """Yield which measured drains are about no container that was read."""
    from k8slint.picture.facts import unmatched_drains

    measured = (read.scope.programs.measured for read in reads)
    rows = [*unmatched_drains(filter(None, measured), known)]
    for row in rows[:_MOST_ROWS]:
        yield f"{row.place}: no container {row.container} of {row.workload} was read"
    if len(rows) > _MOST_ROWS:
        yield f"{len(rows) - _MOST_ROWS} more measured drains are about no container that was read"


def _read(
    paths: Sequence[str], workspace: "Workspace"
) -> "tuple[list[WorkloadsRead], list[str], list[str]]":
    """Return what is in some paths, the problems with them, and what was skipped."""
    from k8slint.cli.streams import read_stdin
    from k8slint.picture import run
    from k8slint.report.summary import skipped

    if not paths:
        return [], [], []
    if paths == ["-"]:
        return [run.read_workloads(read_stdin(), workspace.make_task("<stdin>"))], [], []
    tasks, unread = workspace.find(paths)
    reads = [*run.read_files(workspace.apply_kustomizations(tasks))]
    problems = [f"{file.path}: {file.error}" for file in unread if file.error]
    return reads, problems, [*skipped(unread, verbose=True)]
