"""Build the documentation site: `python docs/build.py FOLDER` puts it into FOLDER/site.

Its pages are those beside this file, the README in parts, and a page for each rule. Warnings are
errors.
"""

from __future__ import annotations

import html
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from k8slint import __version__
from k8slint.lint.rule import Rule
from k8slint.lint.rulebook import load_rules
from k8slint.picture.page import add_pictures
from k8slint.report import page

DOCS = Path(__file__).parent
ROOT = DOCS.parent
SOURCE = "https://github.com/k8slint/k8slint/blob/main"

# Parts of the README that are pages of their own; the others are the first page.
SECTIONS = {"Configuration": "configuration.md", "Rules": "rules/index.md"}
WHOLE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}

_FENCE = re.compile(r"^```\w+ title=\"([^\"]+)\"\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIMELINE = re.compile(r"^```sh\nk8slint timeline ([^\n]+)\n```$", re.MULTILINE)
_LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(#[^)\s]*)?\)")
_DESCRIPTION = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)


def write_pages(folder: Path) -> None:
    """Put the Markdown of all pages, their pictures and the configuration into a folder."""
    shutil.rmtree(folder / "pages", ignore_errors=True)
    for name, source, text in _pages():
        path = folder / "pages" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = _with_pictures(_linked(text, name, source), path.with_suffix(""))
        path.write_text(text, encoding="utf-8")
    config = (DOCS / "zensical.toml").read_text(encoding="utf-8")
    config = config.replace('"@rules"', ", ".join(map(_entry, load_rules().rules)))
    config = config.replace("@version", __version__)
    (folder / "zensical.toml").write_text(config, encoding="utf-8")


def render(folder: Path) -> None:
    """Make a site of what `write_pages` has put there; fails on every warning."""
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    subprocess.run([*command, "--config-file", folder / "zensical.toml"], check=True)


def _pages() -> Iterator[tuple[str, Path, str]]:
    """The name of each page, the file it comes from, and its Markdown."""
    readme = ROOT / "README.md"
    first, *parts = re.split("^(?=## )", readme.read_text(encoding="utf-8"), flags=re.MULTILINE)
    titled = {part.partition("\n")[0].removeprefix("## "): part for part in parts}
    for title, name in SECTIONS.items():
        yield name, readme, titled.pop(title).removeprefix("#")
    yield "index.md", readme, "".join([first, *titled.values()])
    for file, name in WHOLE.items():
        yield name, ROOT / file, (ROOT / file).read_text(encoding="utf-8")
    for path in sorted(DOCS.rglob("*.md")):
        yield path.relative_to(DOCS).as_posix(), path, path.read_text(encoding="utf-8")
    for rule in load_rules().rules:
        yield _rule_page(rule.file), ROOT / "rules" / rule.file, page.markdown(add_pictures(rule))


def _linked(text: str, name: str, source: Path) -> str:
    """A page whose links lead to pages, and to the repository where there is none."""

    def link(match: re.Match[str]) -> str:
        file, anchor = match[1], match[2] or ""
        target = (source.parent / file).resolve() if file else source
        path = target.relative_to(ROOT).as_posix()
        where = _page_of(path, anchor)
        if where is None:
            return f"]({SOURCE}/{path}{anchor})"
        return f"]({posixpath.relpath(where, posixpath.dirname(name))}{anchor})"

    return _LINK.sub(link, text)


def _page_of(file: str, anchor: str) -> str | None:
    """The page made of a file of the repository, or of a part of it."""
    if file == "README.md":
        of_anchor = {f"#{title.lower()}": name for title, name in SECTIONS.items()}
        return of_anchor.get(anchor, "index.md")
    if file.startswith("rules/"):
        return _rule_page(file.removeprefix("rules/"))
    if file.startswith("docs/") and file.endswith(".md"):
        return file.removeprefix("docs/")
    return WHOLE.get(file)


def _rule_page(file: str) -> str:
    return f"rules/{file.partition('_')[0]}.md"


def _entry(rule: Rule) -> str:
    return f'{{ "{rule.code} {rule.name}" = "{_rule_page(rule.file)}" }}'


def _with_pictures(text: str, beside: Path) -> str:
    """A page with the picture of each timeline below the command that draws it.

    The manifest is the one that the page shows under the name in the command.
    """
    if not _TIMELINE.search(text):
        return text
    beside.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, shown in _FENCE.findall(text):
            Path(folder, name).write_text(shown, encoding="utf-8")
        numbered = {arguments: number for number, arguments in enumerate(_TIMELINE.findall(text))}
        for arguments, number in numbered.items():
            _draw(arguments.split(), Path(folder), beside / f"{number}.svg")

    def below(match: re.Match[str]) -> str:
        picture = beside / f"{numbered[match[1]]}.svg"
        described = _DESCRIPTION.search(picture.read_text(encoding="utf-8"))
        words = html.unescape(described[1]) if described else ""
        return f"{match[0]}\n\n![{words}]({beside.name}/{picture.name})"

    return _TIMELINE.sub(below, text)


def _draw(arguments: list[str], folder: Path, picture: Path) -> None:
    command = [sys.executable, "-m", "k8slint", "timeline", *arguments]
    output = f"svg={picture.resolve()}"
    subprocess.run([*command, "--output-format", output], cwd=folder, check=True)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    write_pages(target)
    render(target)
