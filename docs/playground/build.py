"""Build the playground: `python docs/playground/build.py PACKAGES FOLDER`.

PACKAGES holds what `npm ci` installs of package.json. FOLDER becomes a static site: a page, a
service worker, and all else in a folder named by its content, so that versions never mix.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib.metadata import files
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from k8slint import __version__
from k8slint.kubernetes.versions import OLDEST_SUPPORTED, dotted
from k8slint.lint.examples import Example, read_examples
from k8slint.lint.rule import Rule
from k8slint.lint.rulebook import load_rules
from k8slint.picture.svg import CSS
from k8slint.report import page

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

# What the released wheel needs and a browser runs: the parts of these that are Python.
DISTRIBUTIONS = ("PyYAML", "ruamel.yaml", "e2b-dockerfile-utils")
PYODIDE = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "pyodide-lock.json",
    "python_stdlib.zip",
)
_IN_THE_DARK = "@media (prefers-color-scheme: dark)"
_FIRST_MINOR = 24
_DATE = (1980, 1, 1, 0, 0, 0)


def build(packages: Path, folder: Path) -> None:
    """Put the whole playground into a folder, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    assets = folder / "assets"
    assets.mkdir(parents=True)
    modules = packages / "node_modules"
    for name in PYODIDE:
        shutil.copy(modules / "pyodide" / name, assets)
    shutil.copy(modules / "web-tree-sitter" / "web-tree-sitter.wasm", assets)
    shutil.copy(modules / "tree-sitter-bash" / "tree-sitter-bash.wasm", assets)
    _build_wheel(assets / "k8slint.whl")
    _pack(assets / "packages.zip")
    _bundle(packages, assets)
    style = (HERE / "style.css").read_text(encoding="utf-8")
    # The reader may choose another theme than that of the system.
    picture = CSS.read_text(encoding="utf-8").replace(_IN_THE_DARK, ':root[data-theme="dark"]')
    (assets / "style.css").write_text(f"{style}\n{picture}", encoding="utf-8")
    shutil.copy(HERE / "icon.svg", assets)
    shutil.copy(HERE / "src" / "old.js", assets)
    sample = (ROOT / "fixtures" / "editor" / "deployment.yaml").read_text(encoding="utf-8")
    known = {"sample": sample, "rules": [*map(_described, load_rules().rules)]}
    (assets / "rules.json").write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
    _publish(folder, assets)


def _build_wheel(wheel: Path) -> None:
    """Build the wheel as a release does."""
    with tempfile.TemporaryDirectory() as empty:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", empty]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        (built,) = Path(empty).iterdir()
        shutil.copy(built, wheel)


def _pack(archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, path in sorted(_python()):
            info = zipfile.ZipInfo(name, _DATE)
            packed.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)


def _python() -> Iterator[tuple[str, Path]]:
    """Every module that is not in the wheel, by its name in the archive."""
    for path in sorted((HERE / "python").glob("*.py")):
        yield path.name, path
    for name in DISTRIBUTIONS:
        for file in files(name) or ():
            if file.suffix == ".py":
                yield file.as_posix(), Path(str(file.locate()))


def _bundle(packages: Path, assets: Path) -> None:
    entries = [HERE / "src" / f"{name}.js" for name in ("app", "engine", "worker")]
    subprocess.run(
        [
            packages / "node_modules" / "esbuild" / "bin" / "esbuild",
            *entries,
            "--bundle",
            "--format=esm",
            "--target=es2022",
            "--minify",
            "--legal-comments=linked",
            "--external:./engine.js",
            "--external:./pyodide.mjs",
            "--external:fs/promises",
            "--external:module",
            "--log-level=warning",
            f"--outdir={assets}",
        ],
        env={"NODE_PATH": str(packages / "node_modules"), "PATH": os.environ["PATH"]},
        check=True,
    )


def _described(rule: Rule) -> dict[str, Any]:
    """A rule with its page as HTML, and its examples with the settings each is shown with."""
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": str(rule.severity),
        "isDefault": rule.default,
        "summary": rule.summary,
        "page": _page(rule),
        "examples": [_example(rule, one) for one in read_examples(rule)],
    }


def _page(rule: Rule) -> str:
    """The page without its title; its links lead outside, and its examples can be opened."""
    _, _, body = page.markdown(rule).partition("\n")
    body = re.sub(r"\]\((?!https?:)[^)]*\)", "](../)", body)
    number = {"bad": 0, "good": 0, "fixed": 0}
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")

    def fence(_: object, tokens: Sequence[Token], index: int, *__: object) -> str:
        found = re.search(r'title="(\w+)"', tokens[index].info)
        shown = f"<pre><code>{html.escape(tokens[index].content)}</code></pre>"
        if not found:
            return shown
        kind = found[1]
        number[kind] += 1
        link = f"#example={rule.code}/{kind}/{number[kind]}"
        return (
            f'<figure class="{kind}"><figcaption>{kind} <a href="{link}">Try it</a></figcaption>'
            f"{shown}</figure>"
        )

    reader.add_render_rule("fence", fence)
    return str(reader.render(body.strip()))


def _example(rule: Rule, example: Example) -> dict[str, Any]:
    return {
        "kind": example.kind,
        "text": example.text,
        "fixed": example.fixed,
        "settings": settings_of(rule, example),
    }


def settings_of(rule: Rule, example: Example) -> dict[str, Any]:
    """Return the settings of an example, in the page's own form."""
    minor = example.target.minor
    return {
        "select": [rule.code, *example.select],
        "version": dotted(minor) if minor else "",
        "gates": sorted(example.target.feature_gates),
        "options": [[rule.code, name, value] for name, value in example.options],
        "isComplete": example.is_complete,
    }


def _publish(folder: Path, assets: Path) -> None:
    """Name the assets by their content, and write the page and the service worker that name it."""
    digest = hashlib.sha256()
    for path in sorted(assets.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    name = f"assets-{digest.hexdigest()[:12]}"
    assets.rename(folder / name)
    words = {
        "@assets": name,
        "@version": __version__,
        "@versions": "".join(f"<option>{one}</option>" for one in versions()),
        "@files": json.dumps(sorted(f"{name}/{path.name}" for path in (folder / name).iterdir())),
    }
    for source, target in (("index.html", "index.html"), ("src/service.js", "service.js")):
        text = (HERE / source).read_text(encoding="utf-8")
        text = re.sub("@(?:assets|versions?|files)", lambda word: words[word[0]], text)
        (folder / target).write_text(text, encoding="utf-8")


def versions() -> list[str]:
    """Return the versions to choose from, the newest first: Kubernetes supports three."""
    major, oldest = OLDEST_SUPPORTED
    return [f"{major}.{minor}" for minor in range(oldest + 2, _FIRST_MINOR - 1, -1)]


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
