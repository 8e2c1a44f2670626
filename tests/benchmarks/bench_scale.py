"""What large repositories cost, start-up subtracted, against bare loops over the same files.

DOCUMENTS (10,000 where it is not set; the limits are meant for 50,000) is the size of the set with
workloads. (a) one core against parsing just its workloads, two cores against one; (b) growth from
a tenth of it to twice as much, and the peak memory; (c) a stream on standard input, and two cores
against one for it; (d) a repository without any workload, against reading it.
"""

from __future__ import annotations

import os
import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from k8slint.kubernetes.kinds import Kinds
from k8slint.manifest.stream import split_documents
from tests.benchmarks.bench_check import BARE_PARSE
from tests.benchmarks.measure import CHECK, CORPUS, PYTHON, Cost, cheapest, compare, cost, show

DOCUMENTS = int(os.environ.get("DOCUMENTS", "10000"))
# Two on any machine, so that figures can be compared.
TWO_CORES = [*CHECK[:-1], "2"]
STREAM = 100_000_000

BARE_READ = """
import os
import sys

for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            file.read()
"""
CONFIG_MAP = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
data:
"""
CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: {name}s.example.com
spec:
  group: example.com
  names: {{kind: {name}, plural: {name}s}}
  scope: Namespaced
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        type: object
        properties:
          kind:
            description: Kind is a string value of the REST resource this object represents.
            type: string
"""
PROPERTY = """          property{n}:
            description: What the controller makes of property {n}, and how it is told.
            type: string
"""
_NAMESPACE = re.compile(r"^(\s*namespace:[ \t]+)([\w-]+)[ \t]*$", re.MULTILINE)


def repository(folder: Path, size: int) -> None:
    """Copies of the corpus's projects, each in namespaces of its own, of so many documents.

    Files with workloads, or those without, are left out where they would not be a third.
    """
    chance = random.Random(30)
    kinds = Kinds()
    projects = [
        [
            (path.relative_to(folder), [*split_documents(_text(path))])
            for path in sorted(folder.rglob("*.y*ml"))
        ]
        for folder in sorted((CORPUS / "plain").iterdir())
    ]
    written = workloads = number = 0
    while written < size:
        project = chance.choice(projects)
        number += 1
        for path, chunks in project:
            found = sum(kinds.is_candidate(chunk.text) for chunk in chunks)
            is_wanted = bool(found) == (3 * workloads <= written)
            if is_wanted and written < size:
                place = folder / str(number) / path
                text = "".join(chunk.text for chunk in chunks)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(_NAMESPACE.sub(rf"\1\2-{number}", text), encoding="utf-8")
                written += len(chunks)
                workloads += found


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def barren(folder: Path, size: int) -> None:
    """ConfigMaps and CRDs of 20 kB in files of their own."""
    chance = random.Random(40)
    for n in range(size):
        name = f"thing{n}"
        if n % 4:
            lines = (f"  key-{i}: the value {chance.random()} of a key\n" for i in range(480))
            text = CONFIG_MAP.format(name=name) + "".join(lines)
        else:
            text = CRD.format(name=name) + "".join(PROPERTY.format(n=i) for i in range(160))
        place = folder / str(n // 100) / f"{n}.yaml"
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")


def stream(folder: Path) -> Iterator[str]:
    """All manifests of a folder, one after the other, as `helm template` prints them."""
    for path in sorted(folder.rglob("*.y*ml")):
        yield "\n---\n" + path.read_text(encoding="utf-8").removeprefix("---")


def main() -> None:
    if not CORPUS.is_dir():
        print(f"skipped: no corpus at {CORPUS} (K8SLINT_CORPUS)")
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in ("empty", "barren"):
            Path(folder, name).mkdir()
        empty = str(Path(folder, "empty"))
        parse, read = [*PYTHON, BARE_PARSE], [*PYTHON, BARE_READ]
        ours, parsing, reading = (cheapest([*one, empty]) for one in (CHECK, parse, read))
        costs = {n: _at_size(folder, n, ours) for n in (DOCUMENTS // 10, DOCUMENTS, 2 * DOCUMENTS)}
        each = {n: one.cpu / n * 1e6 for n, one in costs.items()}
        for n, one in costs.items():
            show(f"one core, {n:,} documents", f"{each[n]:7.0f} us for each", each[n])
            show(f"peak memory, {n:,} documents", f"{one.memory:7.0f} MB", one.memory, 250)
        large = str(Path(folder, str(DOCUMENTS)))
        compare(
            f"check {DOCUMENTS:,} documents / bare parse of their workloads",
            [*CHECK, large],
            [*parse, large],
            start_up=(ours, parsing),
            pairs=3,
            by="cpu",
            limit=1.9,
        )
        compare(
            f"check {DOCUMENTS:,} documents, two cores / one core",
            [*TWO_CORES, large],
            [*CHECK, large],
            start_up=(ours, ours),
            pairs=3,
            limit=0.6,
        )
        _stream(folder, ours, each[DOCUMENTS])
        barren(Path(folder, "barren"), DOCUMENTS)
        compare(
            f"check {DOCUMENTS:,} ConfigMaps and CRDs / reading them",
            [*CHECK, str(Path(folder, "barren"))],
            [*read, str(Path(folder, "barren"))],
            start_up=(ours, reading),
            pairs=5,
            by="cpu",
            limit=3,
        )


def _at_size(folder: str, size: int, start_up: Cost) -> Cost:
    place = Path(folder, str(size))
    repository(place, size)
    return cost([*CHECK, str(place)]).less(start_up)


def _stream(folder: str, start_up: Cost, each: float) -> None:
    """One stream, of 100 MB where the set is that large."""
    file = Path(folder, "stream.yaml")
    written = documents = 0
    with file.open("w", encoding="utf-8") as out:
        for text in stream(Path(folder, str(2 * DOCUMENTS))):
            written += out.write(text)
            documents += len([*split_documents(text)])
            if written > STREAM:
                break
    found = cost([*CHECK, "-"], stdin=str(file)).less(start_up)
    name = f"{written / 1e6:.0f} MB on standard input"
    show(f"{name} / the same as files", f"{found.cpu:7.1f} s", found.cpu / documents * 1e6 / each)
    show(f"{name}, peak memory", f"{found.memory:7.0f} MB", found.memory)
    compare(
        f"{written / 1e6:.0f} MB in one file, two cores / one core",
        [*TWO_CORES, str(file)],
        [*CHECK, str(file)],
        start_up=(start_up, start_up),
        pairs=3,
        limit=0.65,
    )


if __name__ == "__main__":
    main()
