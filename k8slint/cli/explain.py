"""`k8slint explain`."""

# No `from __future__ import annotations`: the options stand in annotations, and are read at start.
import sys
from collections.abc import Collection
from enum import StrEnum
from typing import Annotated

from k8slint.cli.options import (
    Option,
    Positional,
    RuleFolders,
    Subcommand,
    rule_words,
    unique_folders,
)
from k8slint.cli.output import wants_color, write
from k8slint.records import NamedTuple


class Pages(StrEnum):
    """The formats of a rule's page."""

    text = "text"
    markdown = "markdown"
    json = "json"


class ExplainOptions(NamedTuple):
    """The options of `explain`."""

    rule: Annotated[
        str | None,
        Positional("Rule code or name; omit it to list all rules.", completed=rule_words),
    ] = None
    output_format: Annotated[Pages, Option("Format of the page or list.")] = Pages.text
    rules: RuleFolders = None


def explain(options: ExplainOptions, _: Collection[str]) -> int:
    """Explain a rule, or list all rules."""
    from k8slint.lint.rulebook import load_rules
    from k8slint.picture.page import add_pictures
    from k8slint.report import page

    rule, output_format = options.rule, options.output_format
    book = load_rules(unique_folders(options.rules))
    chosen = [book.find(rule)] if rule else book.rules
    if output_format is Pages.json:
        write(sys.stdout, page.as_json(chosen))
    elif rule is None:
        write(sys.stdout, page.table(chosen, markdown=output_format is Pages.markdown))
    elif output_format is Pages.markdown:
        write(sys.stdout, page.markdown(add_pictures(chosen[0])))
    else:
        _print_page(page.markdown(add_pictures(chosen[0])))
    return 0


COMMAND = Subcommand(
    ExplainOptions, explain, examples=("k8slint explain", "k8slint explain GS101")
)


def _print_page(page: str) -> None:
    """Print a page, formatted in a terminal and as plain Markdown elsewhere."""
    if not wants_color(sys.stdout):
        write(sys.stdout, page)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    with console.capture() as shown:
        console.print(Markdown(page))
    write(sys.stdout, shown.get())
