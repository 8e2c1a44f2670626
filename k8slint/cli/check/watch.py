"""Check again whenever a file changes, until Ctrl-C."""

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec

from k8slint.cli.check.options import FORMATS, CheckOptions
from k8slint.cli.output import complain, parse_targets, write
from k8slint.config.check import forget_rules
from k8slint.errors import UsageError
from k8slint.lint.files import TEMPORARY, repository_of

# Milliseconds: the first check begins once they have passed, and files are watched from then on.
_BEAT = 200


def watch(options: CheckOptions, run: Callable[[CheckOptions], int]) -> int:
    """Run a check, and again after each change in the repositories of what it names.

    A mistake that comes in while it runs, such as a half-written configuration, does not end it.
    Raises UsageError where the first run does.
    """
    if not find_spec("watchfiles"):
        raise UsageError(
            "--watch needs more than a plain installation: pip install 'k8slint[watch]'"
        )
    from watchfiles import DefaultFilter
    from watchfiles import watch as await_changes

    targets = parse_targets(options.output_format, FORMATS)
    reports = [os.path.realpath(target.file) for target in targets if target.file]
    # A report is first written under another name.
    unsaved = (*DefaultFilter.ignore_entity_patterns, re.escape(TEMPORARY))
    beats = await_changes(
        *_folders(options.named),
        watch_filter=DefaultFilter(ignore_paths=reports, ignore_entity_patterns=unsaved),
        rust_timeout=_BEAT,
        yield_on_timeout=True,
    )
    try:
        next(beats)
        run(options)
        for changes in filter(None, beats):
            _run_again(len({path for _, path in changes}), options, run)
    except KeyboardInterrupt:
        pass
    return 0


def _run_again(count: int, options: CheckOptions, run: Callable[[CheckOptions], int]) -> None:
    files = "1 file" if count == 1 else f"{count} files"
    write(sys.stderr, f"\nChecking again: {files} changed.\n")
    forget_rules()
    try:
        run(options)
    except UsageError as error:
        complain(error.messages)


def _folders(named: Sequence[str]) -> Iterator[str]:
    """Yield the folders to watch: repositories, as configurations and Services count as well."""
    for path in named:
        folder = path if os.path.isdir(path) else os.path.dirname(path) or "."
        yield str(repository_of(folder) or folder)
