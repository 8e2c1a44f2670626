"""The HTML report and the page of timelines, as a reader uses them in a headless browser."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import k8slint, make
from tests.manifests import CLEAN, ERROR, INFO, WARNING
from tests.places import FIXTURES
from tests.playground.engine import IS_INSTALLED, PACKAGES

STEPS = (
    *("choices", "wordsAndSwitches", "orders", "links", "hostile", "keys", "paper", "pods"),
    "appearance",
)
EVIL = (
    "<img src=https://example.com/x onerror=document.documentElement.dataset.hurt=1>"
    "<script>document.documentElement.dataset.hurt=1</script>"
)


def named(manifest: str, name: str, namespace: str) -> str:
    return manifest.replace("name: web", f"name: {name}\n  namespace: {namespace}", 1)


FILES = {
    ".github/CODEOWNERS": "* @platform\n/deploy/shop/ @shop @pay\n/deploy/infra/none.yaml\n",
    "deploy/shop/cart.yaml": named(ERROR, "cart", "shop"),
    "deploy/shop/pay.yaml": named(ERROR.replace("60", "90"), "pay", "shop"),
    "deploy/shop/calm.yaml": named(CLEAN, "calm", "shop"),
    "deploy/shop/soon.yaml": named(INFO, "soon", "shop"),
    "deploy/shop/later.yaml": named(
        ERROR.replace("seconds: 60", "seconds: 60  # k8slint: ignore[GS001] known"), "old", "shop"
    ),
    "deploy/infra/edge.yaml": (FIXTURES / "demo" / "shop" / "web.yaml")
    .read_text()
    .replace("name: web\n  namespace: shop", "name: edge\n  namespace: infra", 1),
    "deploy/infra/none.yaml": WARNING,
    "evil.yaml": named(INFO, f"'{EVIL}'", "shop"),
}


def test_a_reader_filters_sorts_follows_links_and_prints(
    need: Callable[[str], str], tmp_path: Path
) -> None:
    """What is asserted stands in trial.mjs; a step that is left out is noticed here."""
    node, chromium = need("node"), need("chromium")
    if not IS_INSTALLED:
        pytest.skip("the packages of the playground are not installed: make playground")
    make(tmp_path, FILES)
    (tmp_path / ".git").mkdir()
    names = ("report.html", "findings.json", "timelines.html")
    report, findings, timelines = (tmp_path / "out" / name for name in names)
    report.parent.mkdir()
    formats = (f"--output-format=html={report}", f"--output-format=json={findings}")
    k8slint(tmp_path, "check", "--codeowners", "--select", "ALL", *formats, ".")
    k8slint(tmp_path, "timeline", f"--output-format=html={timelines}", ".")
    trial = Path(__file__).with_name("trial") / "trial.mjs"
    kept = os.environ.get("K8SLINT_PICTURES")
    arguments = (PACKAGES, kept or tmp_path, report, findings, timelines)
    ran = subprocess.run(
        [node, str(trial), *map(str, arguments), *(["pictures"] if kept else ())],
        env={**os.environ, "CHROMIUM": chromium},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr[-3000:]
    assert ran.stdout.split() == [*STEPS]
