"""Build `dist/k8slint.pyz`: k8slint and all that it needs, for every Python on this platform.

`make zipapp` calls it. Some of what k8slint needs is compiled for one version of Python each, but
those files have it in their names, so that they fit into one folder. shiv makes that
folder a program, which unpacks itself below `~/.shiv` when it is first run.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.tags import platform_tags

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "zipapp"
VERSIONS = ("3.11", "3.12", "3.13", "3.14")


def main() -> None:
    shutil.rmtree(BUILD, ignore_errors=True)
    run("hatchling", "build", "-t", "wheel", "-d", str(BUILD))
    (wheel,) = BUILD.glob("*.whl")
    site = BUILD / "site"
    for version in VERSIONS:
        install(wheel, version, BUILD / version)
        for path in merged(BUILD / version, site):
            sys.exit(f"{path} is not the same for every version of Python")
    shutil.rmtree(site / "bin")
    target = ROOT / "dist" / "k8slint.pyz"
    target.parent.mkdir(exist_ok=True)
    run(
        *("shiv", "--site-packages", str(site), "--console-script", "k8slint", "--reproducible"),
        *("--compressed", "--python", "/usr/bin/env python3", "--output-file", str(target)),
    )


def run(module: str, *words: str) -> None:
    subprocess.run([sys.executable, "-m", module, *words], cwd=ROOT, check=True)  # noqa: S603


def install(wheel: Path, version: str, folder: Path) -> None:
    """Install the wheel and what it needs, as built for this platform and a version of Python."""
    platforms = [word for tag in platform_tags() for word in ("--platform", tag)]
    run(
        *("pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"),
        *("--target", str(folder), "--implementation", "cp", "--python-version", version),
        *("--only-binary", ":all:", *platforms, "-c", "constraints.txt", str(wheel)),
    )


def merged(source: Path, target: Path) -> Iterator[Path]:
    """Copy what is not there yet; yield what is there and not the same.

    What was installed from which wheel, in `.dist-info`, may differ: nothing reads it.
    """
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        place = target / path.relative_to(source)
        is_about = place.parent.name.endswith(".dist-info")
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
        elif not is_about and place.read_bytes() != path.read_bytes():
            yield path


if __name__ == "__main__":
    main()
