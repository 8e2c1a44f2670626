"""The documentation site: it builds without a warning, and leads nowhere that is not there."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs import build
from k8slint.lint.rulebook import load_rules
from k8slint.picture.page import is_about_time


class Page(HTMLParser):
    """The links, anchors and resources of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.anchors = {"", "__top"}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.pictures: dict[str, str] = {}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: text or "" for name, text in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "img":
            self.pictures[given["src"]] = given["alt"]
        if "src" in given:
            self.loaded.append(given["src"])
        if tag == "link" and given.get("rel") not in {"canonical", "prev", "next"}:
            self.loaded.append(given["href"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("docs")
    build.write_pages(target)
    build.render(target)
    return target


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Page]:
    """All pages by their address within the site."""
    site = folder / "site"
    return {
        path.relative_to(site).as_posix().removesuffix("index.html"): Page(path)
        for path in site.rglob("*.html")
    }


def test_every_link_leads_somewhere(folder: Path, pages: dict[str, Page]) -> None:
    site = (folder / "site").resolve()
    by_path = {page.path.resolve(): page for page in pages.values()}

    def broken(page: Page) -> Iterator[str]:
        for link in (*page.links, *page.loaded):
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            place = unquote(url.path)
            if url.fragment.startswith("only-"):  # A picture for one of the themes.
                url = url._replace(fragment="")
            # The page for what is not there is shown at any depth, so its links are whole.
            base = site if place.startswith("/") else page.path.parent
            target = (base / place.removeprefix("/k8slint/")).resolve() if place else page.path
            if target == site / "playground":  # Made by `make playground`.
                continue
            target = target / "index.html" if target.is_dir() else target.resolve()
            anchors = by_path[target].anchors if target in by_path else {""}
            if not target.is_file() or unquote(url.fragment) not in anchors:
                yield link

    assert {name: [*broken(page)] for name, page in pages.items() if [*broken(page)]} == {}
    assert sum(len(page.links) for page in pages.values()) > len(pages)


def test_every_page_is_in_the_navigation(pages: dict[str, Page]) -> None:
    start = {link.removeprefix("./") for link in pages[""].links} | {"", "404.html"}
    assert {*pages} - start == set()


def test_every_rule_has_a_page_with_its_examples(pages: dict[str, Page]) -> None:
    for rule in load_rules().rules:
        text = pages[f"rules/{rule.code.lower()}/"].path.read_text(encoding="utf-8")
        titles = re.findall(r'class="filename">(\w+)<', text)
        assert titles == re.findall(r"^```yaml (\w+)", rule.page, re.MULTILINE)


def test_nothing_is_loaded_from_elsewhere(pages: dict[str, Page]) -> None:
    loaded = {link for page in pages.values() for link in page.loaded}
    assert {link for link in loaded if urlsplit(link).netloc} == set()
    assert loaded


def test_a_timeline_is_drawn_below_its_command(folder: Path, pages: dict[str, Page]) -> None:
    commands = (build.DOCS / "shutdown.md").read_text(encoding="utf-8").count("k8slint timeline ")
    assert len(drawn_on(pages["shutdown/"])) == 2 * commands


def drawn_on(page: Page) -> dict[str, str]:
    """The timelines of a page, each in light and in dark, and their descriptions."""
    shown = {source.partition("#")[0]: words for source, words in page.pictures.items()}
    for source, words in shown.items():
        drawing = (page.path.parent / source).read_text(encoding="utf-8")
        assert drawing.startswith("<svg")
        assert ("color-scheme: dark" in drawing) == source.endswith("dark.svg")
        assert "grace period" in words
    light = {source for source in shown if source.endswith("light.svg")}
    assert {source.replace("light", "dark") for source in light} == {*shown} - light
    return shown


def test_rules_about_time_draw_their_examples(pages: dict[str, Page]) -> None:
    for rule in load_rules().rules:
        page = pages[f"rules/{rule.code.lower()}/"]
        assert bool(drawn_on(page)) == is_about_time(rule), rule.code
        assert "SIGKILL at" not in re.sub(r"<img[^>]*>", "", page.path.read_text("utf-8"))


def test_each_example_leads_to_the_playground(pages: dict[str, Page]) -> None:
    for rule in load_rules().rules:
        links = pages[f"rules/{rule.code.lower()}/"].links
        tried = [link.partition("#example=")[2] for link in links if "#example=" in link]
        kinds = re.findall(r"^```yaml (\w+)", rule.page, re.MULTILINE)
        assert [re.sub(r"-\d+$", "", one) for one in tried] == [f"{rule.code}/{k}" for k in kinds]
        assert len({*tried}) == len(tried)


def test_a_page_says_that_it_may_load_nothing_from_elsewhere(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        said = re.findall(
            r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">',
            page.path.read_text(encoding="utf-8"),
        )
        assert len(said) == 1, name
        policy = dict(part.strip().partition(" ")[::2] for part in said[0].split(";"))
        assert policy["default-src"] == "'self'"
        words = {word for sources in policy.values() for word in sources.split()}
        assert words <= {"'self'", "'none'", "'unsafe-inline'", "'wasm-unsafe-eval'", "data:"}


def test_no_part_of_the_theme_asks_elsewhere(pages: dict[str, Page]) -> None:
    """As that for the number of stars of a repository does, by its name."""
    asking = re.compile(r'data-md-component="(source|consent|analytics|feedback)"')
    for name, page in pages.items():
        assert not asking.search(page.path.read_text(encoding="utf-8")), name


def test_no_markdown_is_left_over(pages: dict[str, Page]) -> None:
    """As where a fence or a list is not understood."""
    for name, page in pages.items():
        text = page.path.read_text(encoding="utf-8")
        body = re.sub(r"<pre>.*?</pre>|<code>.*?</code>", "", text, flags=re.DOTALL)
        assert not re.search(r"```|^(- |\d+\. |\| )", body, re.MULTILINE), name


@pytest.fixture(scope="module")
def small(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of two pages, one with a link to the other, that builds."""
    target = tmp_path_factory.mktemp("small")
    config = (folder / "zensical.toml").read_text(encoding="utf-8")
    nav = re.compile(r"^nav = .*?^\]$", re.MULTILINE | re.DOTALL)
    (target / "zensical.toml").write_text(nav.sub("", config), encoding="utf-8")
    shutil.copytree(folder / "theme", target / "theme")
    (target / "pages").mkdir()
    (target / "pages" / "site.css").write_text("")
    (target / "pages" / "shutdown.md").write_text("# Here\n")
    (target / "pages" / "index.md").write_text("# Start\n\n[x](shutdown.md#here)\n")
    build.render(target)
    return target


@pytest.mark.parametrize("link", ["nowhere.md", "shutdown.md#nowhere"])
def test_a_broken_link_stops_the_build(small: Path, link: str) -> None:
    (small / "pages" / "index.md").write_text(f"# Start\n\n[x]({link})\n")
    with pytest.raises(subprocess.CalledProcessError):
        build.render(small)
