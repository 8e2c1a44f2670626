"""The cost of joining the objects of a run against that of parsing them, in one process.

Parsing is what a run does with each file anyway: the facts of the first look, and the trees of its
workloads. Joining is all that rules ask the set for each pod. A generated repository grows, and
what the join costs for each workload stays the same where it is linear.
"""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

from k8slint.kubernetes.cluster import Cluster
from k8slint.kubernetes.kinds import Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN
from k8slint.kubernetes.versions import ClusterTarget
from k8slint.kubernetes.workload import Pod, workloads
from k8slint.lint.reading import candidates
from k8slint.lint.survey import build_cluster, collect_facts
from k8slint.manifest.source import decode
from k8slint.manifest.tree import Document
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.traffic import Traffic
from tests.places import ROOT

SIZES = (1_000, 10_000, 50_000)
APPS_OF_A_TEAM = 20

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  {namespace}
  labels: {{app: {name}, team: {team}}}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
        team: {team}
        tier: backend
    spec:
      serviceAccountName: {name}
      containers:
      - name: app
        image: registry.example.com/{team}/{name}:1
        env:
        - name: LOG_LEVEL
          value: info
        - name: DATABASE_PASSWORD
          valueFrom:
            secretKeyRef: {{name: database, key: password}}
        ports:
        - name: http
          containerPort: 8080
        readinessProbe:
          httpGet: {{path: /ready, port: http}}
        livenessProbe:
          httpGet: {{path: /live, port: http}}
        lifecycle:
          preStop:
            sleep:
              seconds: 5
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
          limits:
            memory: 256Mi
        volumeMounts:
        - name: config
          mountPath: /etc/app
      volumes:
      - name: config
        configMap:
          name: {name}
"""
SERVICE = """---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  {namespace}
spec:
  selector:
    app: {name}
    tier: backend
  ports:
  - name: http
    port: 80
    targetPort: http
"""
INGRESS = """---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  {namespace}
spec:
  rules:
  - host: {name}.{team}.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: {name}
            port:
              name: http
"""
SCALER = """---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {name}
  {namespace}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {name}
  maxReplicas: 9
"""
BUDGET = """---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {name}
  {namespace}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: {name}
"""
NAMESPACE = """apiVersion: v1
kind: Namespace
metadata: {{name: {team}, labels: {{team: {team}}}}}
"""
# The share of the workloads that have one.
BESIDE = ((SERVICE, 0.5), (INGRESS, 0.1), (SCALER, 0.2), (BUDGET, 0.2))


class Cost(NamedTuple):
    """Seconds of processor time for one repository."""

    parse: float
    join: float


def repository(size: int) -> Iterator[tuple[str, bytes]]:
    """Files by path, with as many workloads; teams call their apps alike.

    Every other team leaves its namespace to whoever applies the files.
    """
    chance = random.Random(20)
    for number in range(size):
        team, app = divmod(number, APPS_OF_A_TEAM)
        named = team % 2 == 0
        words = {
            "name": f"app-{app}",
            "team": f"team-{team}",
            "namespace": f"namespace: team-{team}" if named else "",
        }
        texts = [DEPLOYMENT, *(text for text, share in BESIDE if chance.random() < share)]
        yield f"teams/{team}/app-{app}.yaml", "".join(texts).format(**words).encode()
        if app == 0 and named:
            yield f"teams/{team}/namespace.yaml", NAMESPACE.format(**words).encode()


def cost(size: int) -> Cost:
    """What a repository of so many workloads costs."""
    files = [*repository(size)]
    kinds = Kinds()
    parse = join = 0.0
    start = time.process_time()
    surveyed = [collect_facts(data, name, kinds, AS_WRITTEN) for name, data in files]
    parse += time.process_time() - start
    cluster = build_cluster(surveyed, is_complete=True)
    for name, data in files:
        start = time.process_time()
        pods = [*_pods(name, data, kinds)]
        middle = time.process_time()
        for pod in pods:
            ask(pod, cluster)
        join += time.process_time() - middle
        parse += middle - start
    return Cost(parse, join)


def ask(pod: Pod, cluster: Cluster) -> None:
    """All that rules ask of the other objects."""
    traffic = Traffic(Shutdown(pod, ClusterTarget()), cluster)
    for _ in traffic.receivers():
        pass
    _ = traffic.has_many_pods, traffic.is_irrelevant
    cluster.may_be_selected(pod)
    cluster.disruption_budgets(pod)
    cluster.security_group_policies(pod)
    cluster.node_pools_near(pod.workload.where)


def _pods(name: str, data: bytes, kinds: Kinds) -> Iterator[Pod]:
    for read in candidates(decode(data, name), kinds):
        assert isinstance(read, Document)
        for workload in workloads(read, kinds):
            yield from workload.pods


def main() -> None:
    # By itself: what a process has in memory counts as that of the next ones it starts.
    subprocess.run([sys.executable, "-m", __name__], cwd=ROOT, check=True)


def measure() -> None:
    gc.disable()  # As the command line does.
    for size in SIZES:
        parse, join = cost(size)
        each = join / size * 1e6
        print(
            f"{f'join / parse, {size:,} workloads ({each:.0f} us for each)':<58} "
            f"{join * 1000:7.0f} ms / {parse * 1000:7.0f} ms = {join / parse:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    measure()
