"""Small manifests to vary: each argument is lines of YAML for one place."""

from __future__ import annotations

from textwrap import indent

SLEEP_60 = "lifecycle:\n  preStop:\n    sleep:\n      seconds: 60\n"
SLEEP_28 = "lifecycle:\n  preStop:\n    sleep:\n      seconds: 28\n"

API = {"Pod": "v1", "Job": "batch/v1", "Rollout": "argoproj.io/v1alpha1"}


def pod(*, name: str = "web", spec: str = "", app: str = "") -> str:
    """A Pod with one container; `spec` comes before its containers, `app` after its image."""
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n"
        f"{indent(spec, '  ')}  containers:\n  - name: app\n    image: example.com/web:1\n"
        f"{indent(app, '    ')}"
    )


def workload(kind: str, *, top: str = "", spec: str = "", app: str = "") -> str:
    """An object with a pod template; `top` goes into its own spec."""
    return (
        f"apiVersion: {API.get(kind, 'apps/v1')}\nkind: {kind}\nmetadata:\n  name: web\nspec:\n"
        f"{indent(top, '  ')}  template:\n    spec:\n{indent(spec, ' ' * 6)}      containers:\n"
        f"      - name: app\n        image: example.com/web:1\n{indent(app, ' ' * 8)}"
    )


# One finding each: an error with a safe fix, a warning with an unsafe one, an info, none.
ERROR = pod(app=SLEEP_60)
WARNING = pod(
    spec="terminationGracePeriodSeconds: 0\n",
    app="lifecycle: {preStop: {exec: {command: [/drain]}}}\n",
)
INFO = pod(app=SLEEP_28)
CLEAN = pod(spec="terminationGracePeriodSeconds: 70\n", app=SLEEP_60)

FIXED = ERROR + "  terminationGracePeriodSeconds: 70\n"

# Pods without a delay, to which a load balancer sends only where the Service is there.
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: "example.com/web:1", ports: [{containerPort: 8080}]}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
"""
