"""What a finding is, before and after changes: the one notion of it, and its wider views."""

from k8slint.outside.terminal import LONGEST_NAME, clipped
from k8slint.records import NamedTuple


class Resource(NamedTuple):
    """The object a finding is about, and the container where it is about one."""

    api_version: str
    kind: str
    namespace: str
    name: str
    container: str = ""

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        text = f"{self.kind} {place}".strip()
        return f"{text}, container {self.container}" if self.container else text

    def bounded(self) -> "Resource":
        """With shortened names; only the full ones identify an object."""
        return Resource(*(clipped(name, LONGEST_NAME) for name in self))


class Identity(NamedTuple):
    """A rule, an object, and the place in that: what stays when lines move and files are renamed.

    `pointer` is the JSON pointer of the place, and `pod` the number of the pod in its file, from
    0. Findings may agree in all of it: who compares them counts them.
    """

    resource: Resource | None
    code: str
    pointer: str = ""
    pod: int | None = None

    @property
    def container(self) -> str:
        return self.resource.container if self.resource else ""

    def across_runs(self) -> "Identity":
        """Wider: the object by the text that a baseline has of it, whichever pod it is.

        Baselines hold these texts, so they never change.
        """
        return recorded(str(self.resource or ""), self.code, self.pointer)

    def across_repairs(self) -> "Identity":
        """Wider: the rule, the pod and the container, or the object where it is about no pod.

        A repair changes values and moves what is around them, but no object comes or goes.
        """
        if self.pod is None:
            return Identity(self.resource, self.code)
        return Identity(Resource("", "", "", "", self.container), self.code, pod=self.pod)

    def in_object(self) -> "Identity":
        """Wider: the rule and the object as it is written in messages, wherever it is in that."""
        return Identity(self.across_runs().resource, self.code)

    def in_file(self, path: str) -> tuple[str, ...]:
        """Narrower: a place in one file only, whichever version its API has, and pod it is.

        Fingerprints in SARIF and GitLab reports are made of this, so it never changes.
        """
        return (self.code, path, *(self.resource[1:] if self.resource else ()), self.pointer)


def recorded(resource: str, code: str, pointer: str) -> Identity:
    """The identity of a finding `across_runs`, from the texts of a baseline's entry."""
    return Identity(Resource("", "", "", resource), code, pointer)
