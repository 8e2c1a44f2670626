"""vLLM aborts running requests when it is stopped.

Since 0.18 vLLM has `--shutdown-timeout`, the number of seconds it gives running requests to finish
after SIGTERM. The default is 0: a rollout or a node drain aborts every generation in progress,
which can be minutes of work on an expensive machine (vllm#43208; KServe and llm-d set it to the
grace period minus the `preStop` delay).

Symptoms: generations that are aborted during a deploy or node drain; clients of vLLM that lose
their stream.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: llm}
spec:
  terminationGracePeriodSeconds: 120
  containers:
  - name: llm
    image: vllm/vllm-openai:v0.18.0
    args: [--model=example/small]  # <-- vLLM aborts running requests on SIGTERM
    lifecycle: {preStop: {sleep: {seconds: 15}}}
```

```yaml fixed
apiVersion: v1
kind: Pod
metadata: {name: llm}
spec:
  terminationGracePeriodSeconds: 120
  containers:
  - name: llm
    image: vllm/vllm-openai:v0.18.0
    args: [--model=example/small, --shutdown-timeout=100]
    lifecycle: {preStop: {sleep: {seconds: 15}}}
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: llm}
spec:
  terminationGracePeriodSeconds: 120
  containers:
  - name: llm
    image: vllm/vllm-openai:v0.19.1
    args: [--model=example/small, "--shutdown-timeout=100"]
  - name: old
    image: vllm/vllm-openai:v0.9.2
    args: ["--model=example/small"]
  - name: older
    image: registry.example/ml/vllm-openai:kvcache-v0.8.5-20250520
    args: ["--model=example/small"]
```

The tag of an image of another name, such as `vllm-omni:v0.20.0`, is no version of vLLM: there the
finding is an info, and silent where the tag has a number below 0.18.

## Fix safety
Unsafe: the pod then takes longer to stop. There is no fix if the image tag does not show the
version, since an older vLLM refuses to start with the flag.
"""

import re
from collections.abc import Iterator

from k8slint.images.name import base, tag, version
from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.shutdown.exempt import is_left_alone
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown, Stop
from k8slint.shutdown.repair import Need, NoRepair, add_argument, no_room

_SINCE = (0, 18)
# Images that vLLM itself builds, and copies of them, are tagged with its version.
_TAGGED_AS_VLLM = re.compile(r"vllm-(?:openai|cpu|rocm|tpu|xpu)")
_UNKNOWN_VERSION = NoRepair(
    "the tag does not show whether vLLM knows the flag; use a tag with its version, 0.18 or later"
)


@rule(
    "GS704",
    "inference-aborts-in-flight",
    severity="warning",
    since="0.1",
    fix="unsafe",
    about=Feature.SIGNAL,
)
def check(shutdown: Shutdown, *, margin: int = 5) -> Iterator[Finding]:
    for stop in shutdown.main:
        drain = stop.drain
        if drain is None or drain.program.name != "vLLM" or drain.settings:
            continue
        image = stop.container.image or ""
        found = version(image) if _TAGGED_AS_VLLM.search(base(image)) else None
        if not drain.by_itself.is_known or _may_be_older(image):
            continue
        if is_left_alone(shutdown.pod) or shutdown.pod.is_partial:
            return
        since = "" if found else " (0.18 or later; the image tag does not show the version)"
        grace = shutdown.grace
        place = stop.command.words[0].value if stop.command and stop.command.words else None
        yield Finding(
            f"vLLM{stop.origin} aborts running requests on SIGTERM{since}: --shutdown-timeout defaults to 0",
            at=Spot(place or stop.container.value.get("image"), "no --shutdown-timeout"),
            because=Spot(grace.value, grace.label) if grace.seconds is not None else None,
            need=_timeout(shutdown, stop, margin=margin) if found else _UNKNOWN_VERSION,
            severity=None if found else Severity.INFO,
        )


def _may_be_older(image: str) -> bool:
    """Whether the tag has, in any of its parts, a version without the flag."""
    numbers = re.findall(r"(?a)(?<![\d.])(\d{1,9})\.(\d{1,9})", tag(image))
    return any((int(major), int(minor)) < _SINCE for major, minor in numbers)


def _timeout(shutdown: Shutdown, stop: Stop, *, margin: int) -> Need | NoRepair:
    left = shutdown.room(stop, margin=margin)
    if left is None:
        return no_room(shutdown, stop)
    need = Need(
        title=f"give running requests {left} s to finish",
        unsafe="the pod then takes longer to stop",
    )
    return add_argument(stop, f"--shutdown-timeout={left}", need)
