"""A proxy setting that another setting disables.

With `EXIT_ON_ZERO_ACTIVE_CONNECTIONS` Istio's proxy waits for its last connection and never reads
`terminationDrainDuration` (source: istio `pkg/envoy/agent.go`). Linkerd's
`proxy-wait-before-exit-seconds` becomes a hook of the proxy that a native sidecar does not get
(source: linkerd2 `_proxy.tpl`). Readers of the manifest rely on a delay that does not exist.

Symptoms: a proxy that exits sooner, or later, than its annotations say.

```yaml bad
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    sidecar.istio.io/inject: 'true'
    proxy.istio.io/config:
      '{terminationDrainDuration: 30s,  # <-- terminationDrainDuration 30s has no effect
      proxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"}}'
spec:
  containers:
  - name: app
    image: example.com/web:1
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    sidecar.istio.io/inject: 'true'
    proxy.istio.io/config:
      '{proxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"}}'
spec:
  containers:
  - name: app
    image: example.com/web:1
```

```yaml bad
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    sidecar.istio.io/inject: 'true'
    proxy.istio.io/config: |  # <-- terminationDrainDuration 30s has no effect
      concurrency: 2  # cores
      terminationDrainDuration: 30s
      proxyMetadata:
        EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"
spec:
  containers:
  - name: app
    image: example.com/web:1
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    sidecar.istio.io/inject: 'true'
    proxy.istio.io/config: |
      concurrency: 2  # cores
      proxyMetadata:
        EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true"
spec:
  containers:
  - name: app
    image: example.com/web:1
```

```yaml bad
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    linkerd.io/inject: enabled
    config.linkerd.io/proxy-enable-native-sidecar: "true"
    config.alpha.linkerd.io/proxy-wait-before-exit-seconds: "20"  # <-- has no effect
spec:
  containers:
  - name: app
    image: example.com/web:1
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    linkerd.io/inject: enabled
    config.linkerd.io/proxy-enable-native-sidecar: "true"
spec:
  containers:
  - name: app
    image: example.com/web:1
```

```yaml good
apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    proxy.istio.io/config: |
      terminationDrainDuration: 30s
      proxyMetadata:
        EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "false"
spec:
  containers:
  - name: app
    image: example.com/web:1
```

## Fix safety
Safe for Istio: the key has no effect. There is no fix where the text of the annotation cannot be
edited reliably, for example in a folded block scalar (`>`). Unsafe for Linkerd: an injector older
than 2.20 may not know native sidecars, and then reads the annotation.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.manifest.operations import Delete, Set
from k8slint.manifest.splice import Refused
from k8slint.shutdown.features import Feature
from k8slint.shutdown.meshes import LINKERD_WAIT
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need, NoRepair
from k8slint.shutdown.sidecars import (
    ISTIO_DRAIN,
    ISTIO_EXIT_ON_ZERO,
    IstioConfig,
    istio_config,
    linkerd_is_native,
)


@rule(
    "GS503",
    "ineffective-sidecar-setting",
    severity="info",
    since="0.1",
    fix="safe",
    about=Feature.MESH,
)
def check(shutdown: Shutdown) -> Iterator[Finding]:
    annotations = shutdown.annotations
    if not annotations.is_mapping:
        return
    config = istio_config(annotations)
    if config and config.exits_on_zero and config.drain.is_written:
        yield Finding(
            f"{ISTIO_DRAIN} {config.drain.text} has no effect with {ISTIO_EXIT_ON_ZERO}: the "
            f"proxy waits for its last connection, at most until the grace period is over",
            at=Spot(config.annotation, f"{ISTIO_DRAIN} is not read"),
            need=_without_drain(config),
        )
    wait = annotations.get(LINKERD_WAIT)
    if wait.is_written and linkerd_is_native(annotations):
        yield Finding(
            f"{LINKERD_WAIT} has no effect: a native sidecar does not get this hook, and is "
            f"stopped after the app anyway",
            at=Spot(wait, "not read"),
            need=Need(
                operations=(Delete(wait.pointer),),
                title=f"remove {LINKERD_WAIT}",
                unsafe="an older injector does not know native sidecars, and reads the annotation",
            ),
        )


def _without_drain(config: IstioConfig) -> Need | NoRepair:
    """Remove the key from the annotation, editing its YAML like any other."""
    from k8slint.manifest.edit import apply, plan

    document = config.document.document
    try:
        edits = plan(document, [Delete(config.drain.pointer)]).edits
    except Refused as reason:
        return NoRepair(str(reason))
    text = apply(document.source.text, edits)
    return Need(operations=(Set(config.annotation.pointer, text),), title=f"remove {ISTIO_DRAIN}")
