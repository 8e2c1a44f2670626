"""The cost of `check --render` over 50 overlays of one base, against kustomize alone on each.

Kustomize's part is the same on both sides, and as many run at once.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from tests.benchmarks.measure import ALL_CORES, CHECK, PYTHON, compare

OVERLAYS = 50

ALONE = """
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

def build(folder):
    subprocess.run(["kustomize", "build", folder], check=True, stdout=subprocess.PIPE)

with ThreadPoolExecutor(int(sys.argv[2])) as pool:
    list(pool.map(build, sorted(Path(sys.argv[1], "overlays").iterdir())))
"""


def main() -> None:
    if not shutil.which("kustomize"):
        print("skipped: no kustomize on the PATH (make tools)")
        return
    with tempfile.TemporaryDirectory() as folder:
        write_tree(Path(folder))
        cores = os.cpu_count() or 1
        for name, check, jobs in (("one core", CHECK, 1), ("all cores", ALL_CORES, cores)):
            compare(
                f"check --render of {OVERLAYS} overlays, {name} / kustomize alone",
                [*check, "--render", folder],
                [*PYTHON, ALONE, folder, str(jobs)],
                limit=1.2,
                pairs=3,
            )


def write_tree(folder: Path, overlays: int = OVERLAYS) -> None:
    """A base with a workload, a Service and an Ingress, and overlays that patch it."""
    base = folder / "base"
    base.mkdir()
    (base / "kustomization.yaml").write_text("resources: [web.yaml]\n", encoding="utf-8")
    (base / "web.yaml").write_text(BASE, encoding="utf-8")
    for number in range(overlays):
        overlay = folder / "overlays" / f"shop-{number:02}"
        overlay.mkdir(parents=True)
        (overlay / "kustomization.yaml").write_text(
            f"resources: [../../base]\nnamespace: shop-{number}\npatches:\n- path: patch.yaml\n",
            encoding="utf-8",
        )
        (overlay / "patch.yaml").write_text(PATCH.format(number % 7 + 5), encoding="utf-8")


BASE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 60
      containers:
      - name: web
        image: example.com/shop/web:1.4
        ports: [{containerPort: 8080}]
        lifecycle: {preStop: {sleep: {seconds: 15}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
"""
PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec: {{replicas: {}}}
"""

if __name__ == "__main__":
    main()
