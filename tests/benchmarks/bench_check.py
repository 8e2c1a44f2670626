"""The cost of `check` as ratios of whole processes, A and B in turn so that drift cancels out.

(a) the corpus's plain manifests against a bare loop that finds and reads the same files and runs
PyYAML's C event parser over the same workload documents, on one core; (b) one small file against
`import typer`; (c) peak memory.
"""

from __future__ import annotations

import shutil
import tempfile

from tests.benchmarks.measure import ALL_CORES, CHECK, CORPUS, PYTHON, compare, cost, show
from tests.places import ROOT

SMALL = ROOT / "fixtures" / "demo" / "shop"

BARE_PARSE = """
import os
import sys
import yaml
from k8slint.kubernetes.kinds import Kinds
from k8slint.manifest.stream import split_documents

kinds = Kinds()
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        if name.endswith((".yaml", ".yml")) and kinds.may_occur(data.decode("latin-1")):
            for chunk in split_documents(data.decode("utf-8", "replace")):
                if kinds.is_candidate(chunk.text):
                    parser = yaml.CLoader(chunk.text)
                    try:
                        while parser.check_event():
                            parser.get_event()
                    except yaml.YAMLError:
                        pass
"""


def main() -> None:
    # In a repository of manifests there is no pyproject.toml to look into.
    with tempfile.TemporaryDirectory() as folder:
        for name, what, limit in (("images", "clean", 0.9), ("web", "two findings", 1.1)):
            small = shutil.copy(SMALL / f"{name}.yaml", folder)
            compare(
                f"check one small file, {what} / import typer",
                [*CHECK, small],
                [*PYTHON, "import typer"],
                limit=limit,
                by="cpu",
            )
    if not CORPUS.is_dir():
        print(f"skipped: no corpus at {CORPUS} (K8SLINT_CORPUS)")
        return
    plain = str(CORPUS / "plain")
    bare = [*PYTHON, BARE_PARSE, plain]
    for cores, check in (("one core", CHECK), ("all cores", ALL_CORES)):
        name = f"check the corpus, {cores} / bare parse of its workloads"
        compare(name, [*check, plain], bare, limit=2.0)
    memory = cost([*CHECK, plain]).memory
    show("peak memory for the corpus", f"{memory:7.0f} MB", memory)


if __name__ == "__main__":
    main()
