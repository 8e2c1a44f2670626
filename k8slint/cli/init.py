"""`k8slint init`."""

# No `from __future__ import annotations`: the options stand in annotations, and are read at start.
import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from k8slint.cli.options import Color, Option, Positional, Subcommand, When
from k8slint.cli.output import colors_patches, make_painter, write
from k8slint.errors import UsageError
from k8slint.outside.terminal import clipped, printable
from k8slint.records import NamedTuple

if TYPE_CHECKING:
    from k8slint.adopt.findings import Findings
    from k8slint.adopt.layout import RepositoryLayout
    from k8slint.adopt.proposals import ByHand, Proposal
    from k8slint.adopt.versions import VersionHint

# A baseline may have thousands of lines.
_MOST_LINES = 40
_HELP = "y - write it\nn - do not write it\nq - quit: write nothing more\n? - show this help\n"


class InitializeOptions(NamedTuple):
    """The options of `init`."""

    folder: Annotated[Path, Positional("The repository, or a folder of it.")] = Path()
    render: Annotated[
        bool, Option("Render Kustomize overlays and Helm charts, here and in CI.")
    ] = False
    yes: Annotated[bool, Option("Write everything without asking.", ("--yes", "-y"))] = False
    dry_run: Annotated[bool, Option("Show everything and write nothing.")] = False
    color: Color = When.auto


def init(options: InitializeOptions, _: Collection[str]) -> int:
    """Propose a configuration, a baseline and a step in CI for a repository."""
    if options.yes and options.dry_run:
        raise UsageError("--yes writes what --dry-run only shows: drop one of the two")
    from k8slint.lint.files import repository_of

    if not options.folder.is_dir():
        raise UsageError(f"{options.folder}: not a folder")
    root = repository_of(str(options.folder)) or options.folder.resolve()
    return _Adoption(root, options).run()


COMMAND = Subcommand(
    InitializeOptions,
    init,
    examples=("k8slint init --dry-run", "k8slint init --render"),
)


class _Adoption:
    """One call: what was found, asked and written."""

    def __init__(self, root: Path, options: InitializeOptions) -> None:
        self.root = root
        self.options = options
        self.asks = sys.stdin.isatty() and sys.stdout.isatty()
        self.has_quit = False
        self.written: list[str] = []
        self.failed = False
        self.paint = make_painter(options.color, sys.stdout)
        self.jobs = os.cpu_count() or 1

    def run(self) -> int:
        """Show and ask about each file in turn; return the exit code."""
        from k8slint.adopt.layout import describe_repository
        from k8slint.adopt.proposals import propose_checks, propose_configuration

        hint, is_configured = self._look()
        found = self._find(None if is_configured else hint)
        layout = describe_repository(self.root, found.workspace, found.tasks)
        self._show("".join(f"{line}\n" for line in _about(layout, found, self.options)))
        configuration = None if is_configured else propose_configuration(hint)
        if configuration and not self._offer(configuration) and self._writes:
            found = self._find(None)
        for baseline in self._baselines(found):
            self._offer(baseline)
        for one in propose_checks(layout, render=self.options.render):
            self._offer(one)
        return self._end(found)

    @property
    def _writes(self) -> bool:
        return not self.options.dry_run and (self.options.yes or self.asks)

    def _look(self) -> tuple["VersionHint | None", bool]:
        """Return what the files say about the cluster, and whether there is a configuration."""
        from k8slint.adopt.versions import choose_version, find_versions
        from k8slint.config import find_config
        from k8slint.lint.folders import Folders
        from k8slint.workspace import Workspace

        workspace = Workspace(root=str(self.root))
        tasks, _ = workspace.find([str(self.root)])
        hints = find_versions(self.root, [Path(task.path) for task in tasks])
        return choose_version(hints), bool(find_config(str(self.root), Folders()))

    def _find(self, hint: "VersionHint | None") -> "Findings":
        from k8slint.adopt.findings import find_all
        from k8slint.cli.progress import show_progress, show_rendering

        minor, render = hint.minor if hint else None, self.options.render
        if not sys.stderr.isatty():
            return find_all(self.root, minor, self.jobs, render=render)
        return find_all(self.root, minor, self.jobs, show_rendering, show_progress, render=render)

    def _baselines(self, found: "Findings") -> "Iterator[Proposal]":
        from k8slint.adopt.proposals import Proposal
        from k8slint.lint.files import repository_of

        for file, text in found.baselines.items():
            home = repository_of(str(file.parent)) or self.root
            if home == self.root and not os.path.lexists(file):  # None in a repository inside.
                path = file.relative_to(self.root).as_posix()
                yield Proposal(path, text.encode())

    def _offer(self, one: "Proposal | ByHand") -> bool:
        """Show a file, and write it if that is wanted; return whether it is there now."""
        from k8slint.adopt.confined import write_confined
        from k8slint.adopt.proposals import ByHand
        from k8slint.lint.write import NotWritten

        if self.has_quit:
            return False
        if isinstance(one, ByHand):
            lines = "".join(f"    {line}\n" for line in one.text.splitlines())
            self._show(
                f"\nAdd to {printable(one.path)} by hand ({printable(one.why)}):\n\n{lines}"
            )
            return False
        self._show(self._diff(one))
        if not self._writes or not (self.options.yes or self._wants(one.path)):
            return False
        try:
            write_confined(self.root, one.path, one.old, one.new)
        except NotWritten as reason:
            self._show(f"{printable(one.path)}: cannot be written: {printable(str(reason))}\n")
            self.failed = True
            return False
        self.written.append(one.path)
        return True

    def _diff(self, one: "Proposal") -> str:
        from k8slint.lint.diff import unified_diff
        from k8slint.report import text

        patch = unified_diff(one.path, (one.old or b"").decode(), one.new.decode())
        lines = patch.removesuffix("\n").split("\n")
        if one.old is None:
            lines[0] = "--- /dev/null"
        more = len(lines) - _MOST_LINES
        if more > 0:
            lines = lines[:_MOST_LINES]
        patch = "\n".join(clipped(line) for line in lines)
        if colors_patches(self.options.color, sys.stdout):
            patch = text.paint_diff(patch, self.paint)
        rest = f"... and {more} more lines\n" if more > 0 else ""
        return f"\n{patch}\n{rest}"

    def _wants(self, path: str) -> bool:
        while True:
            self._show(self.paint(f"Write {printable(path)}? [y,n,q,?] ", "mark"))
            line = sys.stdin.readline()
            match line.strip()[:1].lower() if line else "q":
                case "y":
                    return True
                case "n":
                    return False
                case "q":
                    self.has_quit = True
                    return False
                case _:
                    self._show(_HELP)

    def _end(self, found: "Findings") -> int:
        from k8slint.adopt.findings import report_now

        if self.written:
            self._show(f"\nWrote {', '.join(map(printable, self.written))}.\n")
            left = report_now(self.root, found)
            fails = any(file.fails for file in left.files)
            count = _count(len(left.diagnoses), "finding")
            passes = (
                f"would exit 1 now: {count} left." if fails else "passes now. Commit these files."
            )
            self._show(f"{_command(self.options)} {passes}\n")
        elif self._writes:
            self._show("\nNothing was written.\n")
        elif self.options.dry_run:
            self._show("\nNothing was written: --dry-run only shows.\n")
        else:
            self._show(
                "\nNothing was written: there is no terminal to ask in; --yes writes everything.\n"
            )
            return 2
        return 2 if self.failed or found.report.has_failed else 0

    def _show(self, said: str) -> None:
        write(sys.stdout, said)


def _about(
    layout: "RepositoryLayout", found: "Findings", options: InitializeOptions
) -> Iterator[str]:
    """Yield what a repository holds, and what is found in it."""
    from k8slint.report import coverage, text

    report = found.report
    workloads = sum(file.workloads for file in report.files)
    held = [
        f"{_count(workloads, 'workload')} in {_count(len(report.read), 'file')}",
        *(
            _count(n, what)
            for n, what in ((layout.charts, "chart"), (layout.overlays, "overlay"))
            if n
        ),
        *(f"{n} {kind}" for kind, n in layout.deliveries),
    ]
    yield f"Looked at {printable(str(layout.root))}: {', '.join(held)}."
    servers = [*layout.servers, *(name for name, _ in layout.others)]
    yield f"CI: {', '.join(servers) if servers else 'none that is known'}."
    if layout.is_rendered and not options.render:
        yield "Charts, overlays and GitOps objects are not rendered: init --render does that."
    yield from coverage.sentences(coverage.portions_in(report.files))
    fixes = [one.fix.offered for one in report.diagnoses if one.fix and not one.fix.refused]
    if not report.diagnoses:
        yield f"{_command(options)} finds nothing."
        return
    yield f"{_command(options)} finds {_count(len(report.diagnoses), 'finding')}:"
    yield from (f"  {line}".rstrip() for line in text.statistics(report).splitlines())
    if safe := fixes.count("fix"):
        yield f"[*] k8slint check --fix repairs {safe}: run it first, or record them all."
    if unsafe := fixes.count("unsafe"):
        yield f"[-] k8slint check --fix --unsafe-fixes --interactive asks about {unsafe}."


def _command(options: InitializeOptions) -> str:
    return "k8slint check --render" if options.render else "k8slint check"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
