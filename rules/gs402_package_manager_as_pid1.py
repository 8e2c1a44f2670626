"""A package manager runs as PID 1.

`npm start` runs a shell that runs node, and the stop signal reaches only npm. How npm reacts has
changed from release to release: it exits before node has finished, or it never passes the signal on
(npm/cli#8429, npm/run-script#237); yarn, pnpm and npx have the same class of bug. Running node
directly avoids the problem.

Symptoms: `npm error signal SIGTERM` in the log; an app that never gets SIGTERM; containers that end
with exit code 137.

Where the manifest has no `command`, the image decides what runs: k8slint reads that from image configs
(`--images`, or `images` in the configuration) and from the Dockerfiles of the repository (which one
builds an image, `dockerfiles` in the configuration can say). The finding is then at the container's
`image` and names the file.

```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: ["npm", "run", "start"]  # <-- npm runs as PID 1
```

```yaml good
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: app
    image: example.com/web:1
    command: ["node", "server.js"]
  - name: other
    image: example.com/web:1
    command: ["tini", "--", "npm", "start"]
```
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Severity, Spot, rule
from k8slint.shutdown.exempt import is_left_alone
from k8slint.shutdown.features import Feature
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.signals import PACKAGE_MANAGERS


@rule(
    "GS402",
    "package-manager-as-pid1",
    severity="warning",
    since="0.1",
    about=Feature.SIGNAL,
    unfixed="package.json, and not the manifest, decides what the script starts; run that "
    "directly, or under an init such as tini",
)
def check(shutdown: Shutdown) -> Iterator[Finding]:
    for stop in shutdown.stops:
        command = stop.command
        if (
            command is None
            or command.program not in PACKAGE_MANAGERS
            or not command.is_process_one
        ):
            continue
        pod = shutdown.pod
        if is_left_alone(pod) or pod.spec.get("shareProcessNamespace").scalar is True:
            return
        place = command.words[0].value
        yield Finding(
            f"{command.program}{stop.origin_of(place)} runs as PID 1: the stop signal may not reach node, or "
            f"{command.program} exits first and node is killed",
            at=Spot(place, "gets the stop signal"),
            severity=None if command.entry_is_known else Severity.INFO,
        )
