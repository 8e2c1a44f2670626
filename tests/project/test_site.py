"""The documentation site: it builds without a warning, and leads nowhere that is not there."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs import build
from k8slint.lint.rulebook import load_rules
from k8slint.picture.frame import LEAST_WIDTH
from k8slint.picture.page import is_about_time
from k8slint.report.page import SITE, url
from tests.places import ROOT


class Page(HTMLParser):
    """The links, anchors and resources of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.anchors = {"", "__top"}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.pictures: dict[str, str] = {}
        self.narrow: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: text or "" for name, text in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "img":
            self.pictures[given["src"]] = given["alt"]
        if tag == "source":
            self.narrow.add(given["srcset"])
        self.loaded += [given[name] for name in ("src", "srcset") if name in given]
        if tag == "link" and given.get("rel") not in {"canonical", "prev", "next"}:
            self.loaded.append(given["href"])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the Markdown of all pages."""
    target = tmp_path_factory.mktemp("docs")
    build.write_pages(target)
    return target


@pytest.fixture(scope="module")
def built_site(written: Path) -> Path:
    """The folder with the site; what asks for it is marked as long (`tests/conftest.py`)."""
    build.render(written)
    return written


@pytest.fixture(scope="module")
def pages(built_site: Path) -> dict[str, Page]:
    """All pages by their address within the site."""
    site = built_site / "site"
    return {
        path.relative_to(site).as_posix().removesuffix("index.html"): Page(path)
        for path in site.rglob("*.html")
    }


def test_pages_that_are_written_know_each_other(written: Path) -> None:
    pages = {path: path.read_text("utf-8") for path in (written / "pages").rglob("*.md")}
    for path, text in pages.items():
        for link, anchor in re.findall(r"\]\(([\w./-]+\.md|(?=#))(?:#([\w-]+))?\)", text):
            target = (path.parent / link).resolve() if link else path
            assert target in pages, f"{path.name}: {link}"
            assert not anchor or anchor in anchors(pages[target]), f"{path.name}: {link}#{anchor}"
    for rule in load_rules().rules:
        text = pages[written / "pages" / "rules" / f"{rule.code.lower()}.md"]
        assert re.findall(r"^```yaml title=\"(\w+)", text, re.MULTILINE) == re.findall(
            r"^```yaml (\w+)", rule.page, re.MULTILINE
        )
        assert ("-narrow" in text or "narrow-" in text) == is_about_time(rule), rule.code


def anchors(page: str) -> set[str]:
    """The anchors of the headings of a page in Markdown."""
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", one).strip().lower() for one in headings)
    return {re.sub(r"\s+", "-", one) for one in plain}


def test_every_link_leads_somewhere(built_site: Path, pages: dict[str, Page]) -> None:
    # Plain texts: each link of the navigation is on each page.
    site = str(built_site / "site")
    by_path = {str(page.path): page for page in pages.values()}
    files = {str(path) for path in (built_site / "site").rglob("*") if path.is_file()}

    def broken(page: Page) -> Iterator[str]:
        here = str(page.path.parent)
        for link in {*page.links, *page.loaded}:
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            place = unquote(url.path)
            if url.fragment.startswith("only-"):  # A picture for one of the themes.
                url = url._replace(fragment="")
            # The page for what is not there is shown at any depth, so its links are whole.
            base = site if place.startswith("/") else here
            target = os.path.normpath(f"{base}/{place.removeprefix('/k8slint/')}")
            target = target if place else str(page.path)
            if target == f"{site}/playground":  # Made by `make playground`.
                continue
            if target not in files:
                target = f"{target}/index.html"
            anchors = by_path[target].anchors if target in by_path else {""}
            if target not in files or unquote(url.fragment) not in anchors:
                yield link

    assert {name: [*broken(page)] for name, page in pages.items() if [*broken(page)]} == {}
    assert sum(len(page.links) for page in pages.values()) > len(pages)


def test_addresses_of_the_site_are_its_pages(pages: dict[str, Page]) -> None:
    """Those in the README, and those that reports and terminals lead to."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    given = re.findall(re.escape(SITE) + r"([^)#\s]*)(?:#([^)\s]*))?", readme)
    given += [(url(rule.code).removeprefix(SITE), "") for rule in load_rules().rules]
    missing = [one for one in given if one[0] not in pages or one[1] not in pages[one[0]].anchors]
    assert missing == [("playground/", "")], "that is made by `make playground`"


def test_pages_have_titles_of_their_own(pages: dict[str, Page]) -> None:
    titles = {
        name: re.findall(r"<title>(.*?)</title>", page.path.read_text("utf-8"))
        for name, page in pages.items()
        if name != "404.html"
    }
    assert titles[""] == ["k8slint: lint and fix how Kubernetes pods shut down"]
    assert titles["rules/gs101/"] == ["GS101 prestop-consumes-grace-period - k8slint"]
    assert len({*map(tuple, titles.values())}) == len(titles)


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


def test_a_timeline_is_drawn_below_its_command(built_site: Path, pages: dict[str, Page]) -> None:
    commands = (build.DOCS / "shutdown.md").read_text(encoding="utf-8").count("k8slint timeline ")
    assert len(drawn_on(pages["shutdown/"])) == 2 * commands


def test_the_first_picture_is_there_for_narrow_screens(pages: dict[str, Page]) -> None:
    assert len(drawn_on(pages[""])) == 2


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
    assert page.narrow == {re.sub(r"(light|dark)\.svg$", r"narrow-\g<0>", one) for one in shown}
    for source in page.narrow:
        drawing = (page.path.parent / source).read_text(encoding="utf-8")
        assert f'width="{LEAST_WIDTH}"' in drawing
        assert ("color-scheme: dark" in drawing) == source.endswith("dark.svg")
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
        numbered = [f"{kind}/{kinds[: at + 1].count(kind)}" for at, kind in enumerate(kinds)]
        assert tried == [f"{rule.code}/{name}" for name in numbered]


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


def test_no_script_or_style_names_an_address_elsewhere(built_site: Path) -> None:
    """But for namespaces, and the licence of icons."""
    files = [*(built_site / "site").rglob("*.js"), *(built_site / "site").rglob("*.css")]
    assert files
    for path in files:
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        named = re.findall(r"(?:https?:|url\([\"']?)//([\w.-]+\.\w{2,})", text)
        assert {*named} <= {"www.w3.org", "fontawesome.com"}, path.name


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
def small(built_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of two pages, one with a link to the other, that builds."""
    target = tmp_path_factory.mktemp("small")
    config = (built_site / "zensical.toml").read_text(encoding="utf-8")
    nav = re.compile(r"^nav = .*?^\]$", re.MULTILINE | re.DOTALL)
    (target / "zensical.toml").write_text(nav.sub("", config), encoding="utf-8")
    shutil.copytree(built_site / "theme", target / "theme")
    (target / "pages").mkdir()
    (target / "pages" / "site.css").write_text("")
    (target / "pages" / "shutdown.md").write_text("# Here\n")
    (target / "pages" / "index.md").write_text("# Start\n\n[x](shutdown.md#here)\n")
    build.render(target)
    return target


@pytest.mark.long
@pytest.mark.parametrize("link", ["nowhere.md", "shutdown.md#nowhere"])
def test_a_broken_link_stops_the_build(small: Path, link: str) -> None:
    (small / "pages" / "index.md").write_text(f"# Start\n\n[x]({link})\n")
    with pytest.raises(subprocess.CalledProcessError):
        build.render(small)


PACKAGES = ROOT / "build" / "playground-packages" / "node_modules"
SEARCHES = json.loads((build.DOCS / "trial" / "searches.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("words", "place"), SEARCHES.items(), ids=SEARCHES)
def test_the_index_has_the_words(built_site: Path, words: str, place: str) -> None:
    """Which place comes first the browser shows; here, that it can be found at all."""
    index = json.loads((built_site / "site" / "search.json").read_text(encoding="utf-8"))
    texts = [
        f"{one['title']} {html.unescape(one['text'])}".lower()
        for one in index["items"]
        if one["location"].startswith(place)
    ]
    assert any(all(word in text for word in words.lower().split()) for text in texts)


def test_rules_about_pods_say_how_they_show() -> None:
    """People search for what they see. Mistakes in a file or an ignore show nowhere else."""
    silent = [one.code for one in load_rules().rules if "\n\nSymptoms: " not in one.page]
    assert silent == ["GS900", "GS901", "GS902"]


def test_a_symptom_names_the_rules_that_name_it() -> None:
    text = (build.DOCS / "symptoms.md").read_text(encoding="utf-8")
    parts = {part.partition("\n")[0]: part for part in text.split("\n## ")[1:]}
    said = {
        rule.code: re.sub(r"\s+", " ", rule.page.partition("Symptoms: ")[2].partition("\n\n")[0])
        for rule in load_rules().rules
    }
    for title, word in SHOWN_AS.items():
        named = {*re.findall(r"\[(GS\d+) ", parts[title])}
        saying = {code for code, words in said.items() if re.search(word, words)}
        assert named, title
        assert named <= saying, title
    assert SHOWN_AS.keys() == {title for title, part in parts.items() if "/rules/" in part}


# What the symptoms of rules say, under each heading of the page.
SHOWN_AS = {
    "502 or 503 errors during a deploy": "502|503|hook that never runs",
    "Connection refused or reset": "refused|reset",
    "Exit code 137": "exit code 137",
    "Pods stuck in Terminating": "Terminating",
    "FailedPreStopHook events": "FailedPreStopHook",
    "A node drain or cluster upgrade that never ends": "node drain",
    "Lost or repeated jobs": "lost|twice|aborted",
    "The deploy fails": "deploy fails|unknown field",
}


def test_what_a_browser_shows_and_asks_for(
    built_site: Path, tmp_path: Path, need: Callable[[str], str]
) -> None:
    """Headings, timelines, widths, themes, axe, search, and that all of it is from the site."""
    node, chromium = need("node"), need("chromium")
    if not PACKAGES.exists():
        pytest.skip("the packages of the playground are not installed: make playground")
    ran = subprocess.run(
        [node, build.DOCS / "trial" / "trial.mjs", PACKAGES.parent, built_site / "site", tmp_path],
        env={**os.environ, "CHROMIUM": chromium},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len([*tmp_path.glob("*.png")]) == 30
