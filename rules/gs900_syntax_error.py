"""A workload document that is invalid or ambiguous.

Text that is not valid YAML, not UTF-8, or nested deeper than 1,000 levels is an error: `kubectl`
rejects it, and nothing in it is checked. It is reported whatever rules are selected, since nothing
else can be said about it. Other documents of the same file are checked, but not repaired. A
duplicate key in a mapping that k8slint checks is a warning: `kubectl` silently uses the last one,
while Kustomize and Flux reject the file (kubernetes#99286). In JSON it is an error, as `kubectl`
rejects it there.

Some valid YAML is an error too, because `kubectl` cannot read it: a `<<` without a mapping, a key
that is null or a collection, `%YAML` and `%TAG`, text after `---` on its line, and UTF-16 without
a byte order mark. Text after a line `...` is a warning: `kubectl` ignores it. So is
UTF-16BE with a mark, which `kubectl` reads and k8slint does not.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 30
  containers:
  - name: app
    image: example.com/web:1
  terminationGracePeriodSeconds: 60  # <-- `terminationGracePeriodSeconds` is written twice here
```

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    args: [serve
    env: []  # <-- the document cannot be read
```

A Helm or Jinja template (`{{ }}`, `{% %}`) that is not valid YAML before it is rendered is not a
finding: it is skipped, and the summary counts it.

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
```
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, rule


@rule(
    "GS900",
    "syntax-error",
    severity="error",
    since="0.1",
    unfixed="what the text was meant to say is not certain; correct it by hand",
)
def check() -> Iterator[Finding]:
    yield from ()  # The engine reports it, where it parses.
