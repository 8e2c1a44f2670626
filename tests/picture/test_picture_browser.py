"""Pictures in a browser: what is visible, in both themes, and what the filter does."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pytest

from k8slint.lint.settings import Settings
from k8slint.lint.task import Task
from k8slint.picture import html, svg
from k8slint.picture.run import play_bytes
from k8slint.picture.scene import Played
from tests.places import ROOT

Need: TypeAlias = Callable[[str], str]
Theme: TypeAlias = Literal["light", "dark"]

FILES = ("fixtures/timeline/shop.yaml", "tests/data/picture/odd.yaml")
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--hide-scrollbars", "--window-size=1000,1400"),
)
SCENES = [
    scene
    for name in FILES
    for scene in play_bytes((ROOT / name).read_bytes(), Task(name, Settings()), Played()).scenes
]


@pytest.fixture
def browse(need: Need, tmp_path: Path) -> Callable[..., str]:
    """Open an address; what the browser prints."""
    chromium = need("chromium")

    def run(address: str, *options: str, theme: Theme = "light") -> str:
        scheme = f"--blink-settings=preferredColorScheme={int(theme == 'light')}"
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [chromium, *OPTIONS, scheme, profile, *options, address]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=True
        ).stdout

    return run


@pytest.fixture
def page(tmp_path: Path) -> str:
    """The address of the page of all pods."""
    file = tmp_path / "pods.html"
    file.write_text(html.render(SCENES), encoding="utf-8")
    return file.as_uri()


def shown(dom: str) -> list[str]:
    """The titles of the pods that are not hidden."""
    articles = re.findall(r"<article([^>]*)>.*?<h2>(.*?)</h2>", dom, re.DOTALL)
    return [title for attributes, title in articles if "hidden" not in attributes]


@pytest.mark.parametrize(
    ("state", "titles"),
    [
        ("#filter=SHOP+proxy", ["StatefulSet shop/orders"]),
        ("#filter=edge", ["DaemonSet infra/edge"]),
        ("#filter=shop&short=", ["Deployment shop/web", "Deployment shop/checkout"]),
        ("#filter=nothing-like-this", []),
    ],
)
def test_the_filter_in_the_address(
    browse: Callable[..., str], page: str, state: str, titles: list[str]
) -> None:
    dom = browse(page + state, "--dump-dom")
    assert shown(dom) == titles
    assert f'<output name="count">{len(titles)} of {len(SCENES)}</output>' in dom
    assert ('<p id="none" hidden' in dom) == bool(titles)


def test_the_policy_of_the_page_lets_its_own_script_run_and_no_name_of_a_pod(
    browse: Callable[..., str], page: str
) -> None:
    dom = browse(page, "--dump-dom")
    assert len(shown(dom)) == len(SCENES)
    assert re.search(r'<form[^>]*role="search"[^>]*>', dom)
    assert not re.search(r"<form[^>]*hidden", dom)
    assert dom.count("<script") == 1
    assert "<img" not in dom


def probe(browse: Callable[..., str], folder: Path, body: str, script: str, theme: Theme) -> Any:
    """What a script finds out about some markup; it replaces the page by its answer."""
    answer = f"document.documentElement.textContent = JSON.stringify((() => {{{script}}})())"
    file = folder / f"probe-{theme}.html"
    file.write_text(f"<!doctype html><meta charset=utf-8>{body}<script>{answer}</script>")
    dom = browse(file.as_uri(), "--dump-dom", theme=theme)
    (found,) = re.findall(r"<html[^>]*>(.*)</html>", dom, re.DOTALL)
    return json.loads(found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def without_policy(page: str) -> str:
    return re.sub(r"<meta http-equiv[^>]*>", "", page)


KEYS = """
  const press = (key) => dispatchEvent(new KeyboardEvent("keydown", {key, cancelable: true}));
  const type = (text) => { words.value = text; form.dispatchEvent(new Event("input")); };
  const count = () => form.elements.count.value;
  const found = [document.activeElement === words];
  press("/");
  found.push(document.activeElement === words);
  type("checkout");
  found.push(count(), location.hash);
  press("Escape");
  found.push(count(), words.value);
  short.click();
  found.push(count());
  return found;
"""


def test_the_filter_is_reached_and_left_by_keys(
    browse: Callable[..., str], tmp_path: Path
) -> None:
    found = probe(browse, tmp_path, without_policy(html.render(SCENES)), KEYS, "light")
    pods = len(SCENES)
    few = sum(scene.short_by > 0 for scene in SCENES)
    expected = [False, True, f"1 of {pods}", "#filter=checkout", f"{pods} of {pods}", ""]
    assert found == [*expected, f"{few} of {pods}"]


# Text that leaves its picture or its bar, or that lies on other text.
CROWDED = """
  const found = [];
  for (const picture of document.querySelectorAll("svg")) {
    const frame = picture.getBoundingClientRect();
    const texts = [...picture.querySelectorAll("text")];
    const boxes = texts.map((text) => [text.textContent, text.getBoundingClientRect()]);
    boxes.forEach(([said, box], index) => {
      if (box.left < frame.left || box.right > frame.right || box.bottom > frame.bottom)
        found.push(["outside", said]);
      const bar = texts[index].previousElementSibling;
      if (texts[index].matches(".label") && box.right > bar.getBoundingClientRect().right)
        found.push(["longer than its bar", said]);
      for (const [other, over] of boxes.slice(index + 1))
        if (box.left < over.right - 1 && over.left < box.right - 1
            && box.top < over.bottom - 4 && over.top < box.bottom - 4)
          found.push(["over", said, other]);
    });
  }
  return found;
"""


def test_no_text_is_cut_off_or_lies_on_other_text(
    browse: Callable[..., str], tmp_path: Path
) -> None:
    for body in (svg.render(SCENES), without_policy(html.render(SCENES))):
        assert probe(browse, tmp_path, body, CROWDED, "light") == []


COLOURS = """
  const of = (name, property) => {
    const element = document.querySelector(name);
    const [red, green, blue] = getComputedStyle(element)[property].match(/[\\d.]+/g).map(Number);
    const light = [red, green, blue].map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
  };
  const contrast = (name, property, ground) => {
    const [less, more] = [of(name, property), ground].sort((one, other) => one - other);
    return (more + 0.05) / (less + 0.05);
  };
  const ground = of(".ground", "fill");
  return {
    ground,
    text: contrast("text.title", "fill", ground),
    quiet: contrast("text.quiet", "fill", ground),
    short: contrast("text.short", "fill", ground),
    enough: contrast("text.enough", "fill", ground),
    hook: contrast("text.on-hook", "fill", of("rect.hook", "fill")),
    wait: contrast("rect.wait", "fill", ground),
    lost: contrast(".kill-maybe", "stroke", ground),
    drain: contrast("rect.drain-maybe", "stroke", ground),
  };
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_can_be_read(browse: Callable[..., str], tmp_path: Path, theme: Theme) -> None:
    """Text has the contrast of WCAG AA, 4.5, and bars that of graphics, 3."""
    found = probe(browse, tmp_path, svg.render(SCENES), COLOURS, theme)
    assert (found.pop("ground") > 0.5) == (theme == "light")
    least = {name: 3 if name in ("wait", "lost", "drain") else 4.5 for name in found}
    assert {name: value for name, value in found.items() if value < least[name]} == {}


def test_screenshots_differ_by_theme(browse: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "pods.svg").write_text(svg.render(SCENES), encoding="utf-8")
    taken = {}
    for theme in ("light", "dark"):
        picture = tmp_path / f"{theme}.png"
        browse((tmp_path / "pods.svg").as_uri(), f"--screenshot={picture}", theme=theme)
        taken[theme] = picture.read_bytes()
        assert len(taken[theme]) > 50_000
    assert taken["light"] != taken["dark"]
