"""An ignore that is malformed or names no known rule.

Such an ignore has no effect, whatever its author believes. Rule codes or names are required: an
ignore without any would also hide findings that appear later.

```yaml bad
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    k8slint/ignore: "GS1O4: the mesh drains first"  # <-- did you mean GS104
    k8slint/ignored: GS101  # <-- the annotations are `k8slint/ignore`,
spec:  # k8slint: ignore  # <-- write `# k8slint: ignore[GS101] reason`
  # k8slint: ignore[] all of them  # <-- no rule is named
  # k8slint: ignore[GS1] all of these  # <-- 'GS1' stands for several rules
  # k8slint: ignore[GS101, until=31.1.2027]  # <-- `until=31.1.2027` is not a date
  containers:
  - name: app
    image: example.com/web:1
    # k8slint: file-ignore[GS101]  # <-- file-ignore stands alone on one of the first lines
    args: [serve]
```

A `#` inside a block scalar or a quoted string is not a comment:

```yaml good
# k8slint: file-ignore[prestop-consumes-grace-period] the mesh drains first
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    args:
    - |
      # k8slint: ignore[what a script says is its own affair]
      serve
```
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, rule


@rule(
    "GS902",
    "unknown-ignore",
    severity="warning",
    since="0.1",
    unfixed="what it was meant to hide is not certain; name a rule in the form `ignore[CODE]`, "
    "or delete it",
)
def check() -> Iterator[Finding]:
    yield from ()  # The engine reports it, where it reads suppressions.
