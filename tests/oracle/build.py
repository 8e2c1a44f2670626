"""Programs built from Kubernetes' own source, which Go's module proxy serves."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.places import ROOT

BUILT = ROOT / "build" / "oracle"
KUBERNETES = "k8s.io/kubernetes"
# The version of Go that Kubernetes 1.36 and 1.37 ask for, and what a cold build takes.
NEEDS = "Go 1.26 with access to a module proxy, 6 GB of disk, and up to 20 minutes per version"


def minor_of(version: str) -> str:
    """Return `1.37` for `v1.37.2`."""
    return ".".join(version.removeprefix("v").split(".")[:2])


def build(version: str, name: str, package: str | Path) -> Path:
    """Build a package of Kubernetes, or a folder of ours that imports some, as a program."""
    program = BUILT / f"{name}-{version}"
    folder = BUILT / f"module-{version}"
    if isinstance(package, Path):
        shutil.copytree(package, folder / package.name, dirs_exist_ok=True)
        package = f"./{package.name}"
    write_module(version, folder)
    print(f"building {name} of {version} (needs {NEEDS} the first time) ...", flush=True)
    stamp = "k8s.io/component-base/version.git"
    major, minor = minor_of(version).split(".")
    values = {"Version": version, "Major": major, "Minor": minor}
    flags = " ".join(f"-X {stamp}{key}={value}" for key, value in values.items())
    go("build", "-mod=mod", "-ldflags", f"-s -w {flags}", "-o", str(program), package, cwd=folder)
    return program


def write_module(version: str, folder: Path) -> None:
    """Write a go.mod that requires Kubernetes itself.

    Its own go.mod replaces the modules of staging/ by folders that the published module lacks.
    They are published as well: v1.37.2 uses v0.37.2. Nothing imports the sample modules, which
    are not always published.
    """
    got = json.loads(go("mod", "download", "-json", f"{KUBERNETES}@{version}"))
    theirs: dict[str, Any] = json.loads(go("mod", "edit", "-json", got["GoMod"]))
    published = version.replace("v1.", "v0.", 1)
    lines = ["module judge", f"go {theirs['Go']}", f"require {KUBERNETES} {version}"]
    lines += [f"godebug {one['Key']}={one['Value']}" for one in theirs.get("Godebug") or []]
    for one in theirs["Require"]:
        if not is_sample(one["Path"]):
            lines.append(f"require {one['Path']} {one['Version']}")
    for one in theirs.get("Replace") or []:
        old, new = one["Old"]["Path"], one["New"]
        if new["Path"].startswith("./staging/") and not is_sample(old):
            lines.append(f"replace {old} => {old} {published}")
        elif new.get("Version"):
            lines.append(f"replace {old} => {new['Path']} {new['Version']}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text("\n".join(lines) + "\n", encoding="utf-8")
    shutil.copyfile(Path(got["Dir"]) / "go.sum", folder / "go.sum")
    (folder / "go.sum").chmod(0o644)


def is_sample(module: str) -> bool:
    return re.match(r"k8s\.io/sample-", module) is not None


def go(*arguments: str, cwd: Path | None = None) -> str:
    """Run go with the proxy and caches of this machine; its standard output."""
    if not shutil.which("go"):
        sys.exit(f"no program `go`: this needs {NEEDS}")
    env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"}
    done = subprocess.run(
        ["go", *arguments], cwd=cwd, env=env, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"`go {arguments[0]}` failed")
    return done.stdout
