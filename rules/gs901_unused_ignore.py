"""A suppression that hides nothing.

A comment or an annotation that hides nothing any more hides the next finding that comes along, and
says something about the manifest that is no longer true. So each code is checked: the comment at
the end of a line covers the findings that start on that line, one alone on its line covers the node
below it, `file-ignore` the file, and an annotation its workload, pod or container. A comment with
`until=2026-01-31` among its codes hides findings until the end of that day (UTC); from then on they
are back, and the comment is named here.

```yaml bad select=GS101
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 60
  # k8slint: ignore[GS101] the mesh drains first  # <-- `GS101` hides nothing
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        sleep:
          seconds: 20
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 60
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        sleep:
          seconds: 20
```

One code of several goes with its comma, and an expired suppression as a whole.

```yaml bad select=GS101,GS106,GS401
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    team: shop
    k8slint/ignore: "GS101, GS401, until=2999-12-31: drained by the mesh"  # <-- `GS401` hides nothing
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: [sleep, "60"]
  - name: proxy
    image: example.com/proxy:1
    args: [serve]  # k8slint: ignore[GS401, until=2026-01-31] until 2.0  # <-- expired
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    team: shop
    k8slint/ignore: "GS101, until=2999-12-31: drained by the mesh"
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        exec:
          command: [sleep, "60"]
  - name: proxy
    image: example.com/proxy:1
    args: [serve]
```

What could not be seen is not called unused: the codes of rules that did not run, and everything in
a patch, in a file with a template, or in one with a document that cannot be read. A suppression
that names GS901 as well is there to stay.

```yaml good select=GS101
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    lifecycle:
      preStop:
        sleep:
          seconds: 60  # k8slint: ignore[GS101] the mesh drains first
```

## Fix safety

Safe: what is deleted is read by k8slint only, and hides nothing. A deleted annotation of a pod
template makes a Deployment roll out, like any change of the template.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, rule


@rule("GS901", "unused-ignore", severity="warning", fix="safe", since="0.1")
def check() -> Iterator[Finding]:
    yield from ()  # The engine reports it, where it knows what all rules found.
