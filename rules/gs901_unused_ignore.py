"""An ignore that has no effect.

An ignore comment or annotation that no longer hides anything will hide the next finding that comes
along, and says something about the manifest that is no longer true. So each code is checked: a
comment at the end of a line covers the findings that start on that line, a comment on a line of its
own covers the node below it, `file-ignore` covers the file, and an annotation covers its workload,
pod or container. A comment with `until=2026-01-31` among its codes hides findings until the end of
that day (UTC); after that they are reported again, and so is the comment.

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

The fix removes one code of several with its comma, and an expired ignore as a whole.

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

An ignore is not called unused if k8slint cannot know: for the codes of rules that did not run, and
for everything in a patch, in a file with a template, or in a file with a document that cannot be
read. An ignore that names GS901 as well is meant to stay.

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

Safe: only k8slint reads what is removed, and it has no effect. Removing an annotation from a pod
template makes a Deployment roll out, like any change of the template.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, rule


@rule(
    "GS901",
    "unused-ignore",
    severity="warning",
    fix="safe",
    since="0.1",
    unfixed="comments and annotations in the files of overlays and charts are not edited; "
    "delete it by hand",
)
def check() -> Iterator[Finding]:
    yield from ()  # The engine reports it, where it knows what all rules found.
