"""Build the documentation site: `python docs/build.py FOLDER` puts it into FOLDER/site.

Its pages are those beside this file, some files of the repository, and a page for each rule.
Warnings are errors.
"""

from __future__ import annotations

import argparse
import html
import json
import posixpath
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from k8slint import __version__
from k8slint.lint.rule import Rule
from k8slint.lint.rulebook import load_rules
from k8slint.lint.settings import Settings
from k8slint.lint.task import Task
from k8slint.picture import svg
from k8slint.picture.frame import LEAST_WIDTH
from k8slint.picture.page import is_about_time
from k8slint.picture.run import play_bytes
from k8slint.picture.scene import Played, Scene
from k8slint.report import page
from k8slint.shutdown.triggers import DELETE, TRIGGERS_BY_NAME

DOCS = Path(__file__).parent
ROOT = DOCS.parent
SOURCE = "https://github.com/k8slint/k8slint/blob/main"
PLAYGROUND = "playground/"

WHOLE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
# The parts of the rule book by the first digit of their codes.
FAMILIES = {
    "0": "Rejected or not read",
    "1": "Grace period",
    "2": "Hooks",
    "3": "Traffic",
    "4": "Signals",
    "5": "Sidecars",
    "6": "Nodes",
    "7": "Workloads and rollouts",
    "9": "Files and ignores",
}
# Recipes by topic. Those in a folder with an index, and others, follow.
TOPICS = {
    "Install and adopt": ("install", "adopt", "fix"),
    "CI": ("github", "gitlab", "jenkins", "pre-commit", "container", "many"),
    "GitOps and charts": ("rendered", "argocd", "flux"),
    "Measuring": ("drill", "observe", "measured"),
}

# What is changed in the script of the theme: it asks nobody elsewhere, what scrolls can be reached
# by keyboard, and the buttons of a code block are not announced as a navigation.
MENDED = {
    r"https://(?:api\.github\.com|unpkg\.com|cdn\.jsdelivr\.net)/": "about:blank#",
    r'"nav",\{class:"md-code__nav"': '"div",{class:"md-code__nav"',
    r'(\w)&&\w\?(\w)\.setAttribute\("tabindex","0"\)': r'\1?\2.setAttribute("tabindex","0")',
    r'\{class:"md-typeset__scrollwrap"': '{tabIndex:0,class:"md-typeset__scrollwrap"',
}

_FENCE = re.compile(r"^```\w+ title=\"([^\"]+)\"\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIMELINE = re.compile(r"^```sh\nk8slint timeline ([^\n]+)\n```$", re.MULTILINE)
_LINK = re.compile(r"\]\(((?!\w+:)[^)#\s]*|" + re.escape(page.SITE) + r"[^)#\s]*)(#[^)\s]*)?\)")
_DESCRIPTION = re.compile(r"<desc[^>]*>(.*?)</desc>", re.DOTALL)
_LIGHT = re.compile(r"^!\[([^\]]+)\]\(([\w/]+)/light\.svg\)$", re.MULTILINE)


def write_pages(folder: Path) -> None:
    """Put the Markdown of all pages, their pictures and the configuration into a folder."""
    pages = folder / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    for name, source, text in _pages():
        path = pages / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = _with_timelines(_linked(text, name, source), path.with_suffix(""))
        text = _LIGHT.sub(lambda match: _in_both_themes(match[1], f"{match[2]}/"), text)
        if name == "rules/index.md":  # Its table needs the room of the list of headings.
            text = f"---\nhide: [toc]\n---\n{text}"
        path.write_text(text, encoding="utf-8")
    for rule in load_rules().rules:
        path = pages / _rule_page(rule.code)
        path.write_text(_with_examples(rule, path.with_suffix("")), encoding="utf-8")
    shutil.copytree(DOCS / "picture", pages / "picture")
    shutil.copy(DOCS / "site.css", pages)
    shutil.copytree(DOCS / "theme", folder / "theme", dirs_exist_ok=True)
    config = (DOCS / "zensical.toml").read_text(encoding="utf-8")
    config = config.replace('"@rules"', ", ".join(_families()))
    config = config.replace('"@recipes"', ", ".join(_recipes()))
    config = config.replace("@version", __version__)
    (folder / "zensical.toml").write_text(config, encoding="utf-8")


def render(folder: Path) -> None:
    """Make a site of what `write_pages` has put there; fails on every warning."""
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    subprocess.run([*command, "--config-file", folder / "zensical.toml"], check=True)
    (script,) = (folder / "site").glob("assets/javascripts/bundle.*.js")
    text = script.read_text(encoding="utf-8")
    for pattern, mended in MENDED.items():
        text, count = re.subn(pattern, mended, text)
        if not count:
            raise RuntimeError(f"the theme's script has no {pattern} to mend: look at MENDED")
    script.write_text(text, encoding="utf-8")


def _pages() -> Iterator[tuple[str, Path, str]]:
    """The name of each page but those of rules, the file it comes from, and its Markdown."""
    for file, name in WHOLE.items():
        yield name, ROOT / file, (ROOT / file).read_text(encoding="utf-8")
    for path in sorted(DOCS.rglob("*.md")):
        yield path.relative_to(DOCS).as_posix(), path, path.read_text(encoding="utf-8")


def _linked(text: str, name: str, source: Path) -> str:
    """A page whose links lead to pages, and to the repository where there is none."""

    def link(match: re.Match[str]) -> str:
        address, anchor = match[1], match[2] or ""
        if address == page.SITE + PLAYGROUND:
            return f"]({posixpath.relpath(PLAYGROUND, posixpath.dirname(name))}/{anchor})"
        where: str | None
        if address.startswith(page.SITE):
            where = _page_at(address.removeprefix(page.SITE))
        else:
            target = (source.parent / address).resolve() if address else source
            path = target.relative_to(ROOT).as_posix()
            where = _page_of(path)
            if where is None:
                return f"]({SOURCE}/{path}{anchor})"
        return f"]({posixpath.relpath(where, posixpath.dirname(name))}{anchor})"

    return _LINK.sub(link, text)


def _page_at(address: str) -> str:
    """The file of a page by its address within the site."""
    if not address or (DOCS / address / "index.md").exists():
        return f"{address}index.md"
    return f"{address.removesuffix('/')}.md"


def _page_of(file: str) -> str | None:
    """The page made of a file of the repository."""
    if file == "README.md":
        return "index.md"
    if file.startswith("rules/"):
        return _rule_page(file.removeprefix("rules/").partition("_")[0])
    if file.startswith("docs/") and not file.endswith((".py", ".toml")):
        return file.removeprefix("docs/")
    return WHOLE.get(file)


def _rule_page(code: str) -> str:
    return f"rules/{code.lower()}.md"


def _families() -> Iterator[str]:
    """The entries of the navigation for the rules."""
    rules = load_rules().rules
    for digit, title in FAMILIES.items():
        family = [rule for rule in rules if rule.code.startswith(f"GS{digit}")]
        entries = (_entry(f"{one.code} {one.name}", _rule_page(one.code)) for one in family)
        yield _section(f"GS{digit} {title}", entries)


def _recipes() -> Iterator[str]:
    """The entries of the navigation for the recipes: by topic, by folder, then the others."""
    recipes = DOCS / "recipes"
    topic_of = {name: topic for topic, names in TOPICS.items() for name in names}
    groups: dict[str, list[Path]] = {topic: [] for topic in TOPICS}
    for index in sorted(recipes.glob("*/index.md")):
        pages = sorted(
            set(index.parent.glob("*.md")) - {index}, key=lambda path: _title(path).casefold()
        )
        groups[_title(index)] = [index, *pages]
    others: list[Path] = []
    for path in sorted(recipes.glob("*.md"), key=_title):
        topic = topic_of.get(path.stem)
        (groups[topic] if topic else others).append(path)
    for topic, members in groups.items():
        yield _section(topic, map(_recipe, members))
    yield from map(_recipe, others)


def _recipe(path: Path) -> str:
    """The entry of a recipe; the index of a folder is shown by the folder's own entry."""
    name = path.relative_to(DOCS).as_posix()
    return json.dumps(name) if path.name == "index.md" else _entry(_title(path), name)


def _title(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ").strip()


def _entry(title: str, name: str) -> str:
    return f"{{ {json.dumps(title)} = {json.dumps(name)} }}"


def _section(title: str, entries: Iterable[str]) -> str:
    return f"{{ {json.dumps(title)} = [{', '.join(entries)}] }}"


def _with_examples(rule: Rule, beside: Path) -> str:
    """The page of a rule with a way to try each example, and with pictures if it is about time."""
    seen: Counter[str] = Counter()

    def after(match: re.Match[str]) -> str:
        kind, text = match[1], match[2]
        seen[kind] += 1
        name = f"{kind}-{seen[kind]}"
        shown = [match[0]]
        if is_about_time(rule):
            played = play_bytes(text.encode(), Task("example.yaml", Settings()), Played())
            if drawn := [scene for scene in played.scenes if scene.timeline]:
                shown.append(_picture(drawn, beside, name))
        address = f"../{PLAYGROUND}#example={rule.code}/{kind}/{seen[kind]}"
        shown.append(f'<p class="try"><a href="{address}">Try it in the playground</a></p>')
        return "\n\n".join(shown)

    # What a search engine shows below the title.
    head = f"---\ndescription: {json.dumps(rule.summary)}\n---\n"
    return head + _FENCE.sub(after, page.markdown(rule))


def _with_timelines(text: str, beside: Path) -> str:
    """A page with the picture of each timeline below the command that draws it.

    The manifest is the one that the page shows under the name in the command.
    """
    manifests = dict(_FENCE.findall(text))
    names = {call: f"{number}" for number, call in enumerate(_TIMELINE.findall(text))}

    def below(match: re.Match[str]) -> str:
        scenes = _scenes(match[1].split(), manifests)
        return f"{match[0]}\n\n{_picture(scenes, beside, names[match[1]])}"

    return _TIMELINE.sub(below, text)


def _scenes(arguments: Sequence[str], manifests: Mapping[str, str]) -> Sequence[Scene]:
    """What `k8slint timeline` draws when it is called with these arguments."""
    command = argparse.ArgumentParser()
    command.add_argument("--trigger", default=DELETE.name)
    command.add_argument("name")
    given = command.parse_args(arguments)
    ending = Played(TRIGGERS_BY_NAME[given.trigger])
    data = manifests[given.name].encode()
    return play_bytes(data, Task(given.name, Settings()), ending).scenes


def _picture(scenes: Sequence[Scene], beside: Path, name: str) -> str:
    """Write drawings for both themes and for narrow screens; return the HTML that shows them."""
    beside.mkdir(exist_ok=True)
    themes: tuple[svg.Theme, ...] = ("light", "dark")
    wide = svg.render(scenes)
    for drawing, width in ((wide, ""), (svg.render(scenes, LEAST_WIDTH), "narrow-")):
        for theme in themes:
            file = beside / f"{name}-{width}{theme}.svg"
            file.write_text(svg.in_theme(drawing, theme), encoding="utf-8")
    described = _DESCRIPTION.search(wide)
    return _in_both_themes(
        html.unescape(described[1]) if described else "", f"{beside.name}/{name}-"
    )


def _in_both_themes(words: str, address: str) -> str:
    shown = "".join(
        f'<picture><source media="(max-width: 44rem)" srcset="{address}narrow-{theme}.svg">'
        f'<img alt="{html.escape(words)}" src="{address}{theme}.svg#only-{theme}"></picture>'
        for theme in ("light", "dark")
    )
    return f'<div class="timeline" role="group" aria-label="Timeline" tabindex="0">{shown}</div>'


if __name__ == "__main__":
    target = Path(sys.argv[1])
    write_pages(target)
    render(target)
