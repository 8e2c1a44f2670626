"""From sources to findings."""

# No `from __future__ import annotations`: typing would compile the fields of NamedTuples at start.
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from yaml.nodes import MappingNode, Node, ScalarNode

from k8slint.kubernetes.cluster import ALONE, Cluster
from k8slint.kubernetes.kinds import KindFilter, Kinds
from k8slint.kubernetes.kustomization import AS_WRITTEN, Kustomized
from k8slint.kubernetes.versions import Target
from k8slint.kubernetes.workload import Container, Pod, Workload, workloads
from k8slint.lint.diagnosis import Diagnosis, Resource, Suppressed
from k8slint.lint.rule import Finding, Rule, Severity
from k8slint.lint.rulebook import OURS, Rulebook, Runnable, Selection
from k8slint.manifest.operations import Operation
from k8slint.manifest.outline import Outline, Way, outline
from k8slint.manifest.source import UTF16, Location, NotText, Source, decode
from k8slint.manifest.tree import (
    Chunk,
    Document,
    Unreadable,
    cut,
    documents,
    is_well_formed,
    start_of,
    walk,
)
from k8slint.manifest.values import Value, duplicates
from k8slint.shutdown.glance import Glance
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.programs import DEFAULT, Programs
from k8slint.shutdown.traffic import Traffic

if TYPE_CHECKING:
    from k8slint.lint.baseline import Known
    from k8slint.lint.repairs import Planned

SYNTAX_ERROR = "GS900"
UNUSED_IGNORE = "GS901"
UNKNOWN_IGNORE = "GS902"


class RuleCrash(Exception):
    """A rule failed: a bug of ours, unless the rule is somebody else's."""

    def __init__(self, rule: Rule, error: BaseException) -> None:
        super().__init__(f"{rule.code} ({rule.name}) failed: {error!r}")
        self.is_ours = rule.code.startswith(OURS)


class Unread(NamedTuple):
    """A document that is no YAML, and where in the source it stops being some."""

    offset: int
    reason: str
    text: str


class Template(NamedTuple):
    """A document that is no YAML before it is rendered."""

    text: str


class Found(NamedTuple):
    """A finding with the views it was made from; `pod` is the number of its pod, from 0."""

    rule: Rule
    finding: Finding
    shutdown: Shutdown
    container: Container | None
    pod: int
    suppressed: Suppressed | None = None

    @property
    def severity(self) -> Severity:
        return self.rule.rated(self.finding.severity)

    @property
    def resource(self) -> Resource:
        return resource_of(self.shutdown.pod.workload, self.container)


class Remark(NamedTuple):
    """A finding about a suppression itself; `title` says what its fix deletes.

    That is either `cuts` from comments of the document, by their offsets in it, or a matter of
    `operations`.
    """

    rule: Rule
    message: str
    span: tuple[int, int]
    title: str = ""
    document: Document | None = None
    cuts: tuple[tuple[int, int], ...] = ()
    operations: tuple[Operation, ...] = ()
    suppressed: Suppressed | None = None

    @property
    def severity(self) -> Severity:
        return self.rule.rated()


class Examined:
    """What the rules found in one source, with its trees still there."""

    def __init__(
        self, source: Source, pods: int = 0, unreadable: Iterable[Diagnosis] = ()
    ) -> None:
        self.source = source
        self.workloads = 0
        self.pods = pods
        self.found: list[Found] = []
        self.unreadable = [*unreadable]
        self.remarks: list[Remark] = []
        self.is_template = False
        # Whether a document could not be read at all, so that nothing may be changed.
        self.is_broken = False
        self.looked_at: list[Workload] = []
        # The repairs for findings by their ids, once they were asked for.
        self.planned: dict[tuple[int, ...], tuple[Sequence[Found], list[Planned]]] = {}

    def forget(self) -> None:
        """Let go of the trees, once all that was found is put into words.

        Pods and their containers know each other, and nobody collects such circles: 20 kB of
        memory for each document of a run.
        """
        for workload in self.looked_at:
            for pod in workload.pods:
                for container in pod.containers:
                    vars(container).clear()
                vars(pod).clear()
            vars(workload).clear()
        self.looked_at.clear()


class Scope(NamedTuple):
    """What the rules are run with, and what hides their findings.

    `hides` tells whether comments and annotations do, of which some do so until a day before
    `today` (in UTC; None is now). `known` is what the baseline says about the file.
    """

    book: Rulebook
    selection: Selection
    target: Target
    kinds: Kinds
    programs: Programs = DEFAULT
    cluster: Cluster = ALONE
    hides: bool = True
    today: date | None = None
    known: "Known | None" = None

    @property
    def joins(self) -> bool:
        """Whether a rule looks at other objects than the pod, or the safety of its fix does."""
        return any(rule.joins or rule.fix == "safe" for rule, _ in self.selection.runnable)

    def was_run(self, code: str) -> bool:
        """Whether a rule ran and saw all there is: only then its silence means anything."""
        has_all = self.cluster.is_complete and not self.cluster.unread
        return code in self.selection.codes and (has_all or not self.book.by_code[code].joins)


def read_source(data: bytes, name: str, scope: Scope) -> Source | Diagnosis | None:
    """The text of a file that can hold workloads; a finding where it is no text.

    None for a file in which the kinds do not occur, which is decided on its bytes.
    """
    try:
        if not scope.kinds.may_occur(data):
            if not data.startswith(UTF16):
                return None
            readable = data.decode("utf-16", "replace").encode()
            if not scope.kinds.may_occur(readable):
                return None
        return decode(data, name)
    except NotText as problem:
        text = "" if b"\0" in data else data.decode("utf-8", "replace")
        offset = len(data[: problem.offset].decode("utf-8", "replace"))
        source = Source(name, text)
        return _syntax_error(source, f"{problem}: save the file as UTF-8", offset, scope)


def examine(
    source: Source, scope: Scope, kustomized: Kustomized = AS_WRITTEN, pods: int = 0
) -> Examined:
    """Run the selected rules over every workload of a source, above which are so many `pods`."""
    examined = Examined(source, pods=pods)
    parsed: list[Document] = []
    # What hides findings may stand in a document that has none.
    hides = "k8slint" in source.text
    for chunk in _chunks(source, scope.kinds):
        lines = outline(chunk.text)
        ways = scope.kinds.pods_in(lines) if lines else None
        glance = _glance(lines, ways, scope, kustomized) if lines else None
        rules = scope.selection.asked(chunk.text, glance)
        if ways is not None and not (rules and ways) and not hides and is_well_formed(chunk.text):
            examined.workloads += 1
            examined.pods += len(ways)
            continue
        for read in read_chunk(source, chunk):
            match read:
                case Template():
                    examined.is_template = examined.is_broken = True
                case Unread(offset, reason, _):
                    examined.is_broken = True
                    message = f"the document cannot be read: {reason}"
                    examined.unreadable.append(_syntax_error(source, message, offset, scope))
                case Document():
                    workload_views = workloads(read, scope.kinds, kustomized)
                    _examine_workloads(
                        workload_views, rules, scope, examined, may_repeat=not glance
                    )
                    parsed.append(read)
    if hides:
        from k8slint.lint.suppress import suppress

        suppress(examined, parsed, scope)
    if scope.known:
        scope.known.hide(examined)
    return examined


def candidates(source: Source, kinds: KindFilter) -> Iterator[Document | Unread | Template]:
    """The documents of a source that can be of some kinds, or what keeps them from being read."""
    for chunk in _chunks(source, kinds):
        yield from read_chunk(source, chunk)


def _chunks(source: Source, kinds: KindFilter) -> Iterator[Chunk]:
    return (chunk for chunk in cut(source.text) if kinds.is_candidate(chunk.text))


def read_chunk(source: Source, chunk: Chunk) -> Iterator[Document | Unread | Template]:
    """The documents of a part of a source, or what keeps it from being read."""
    try:
        found = documents(source, chunk)
    except Unreadable as problem:
        if _is_template(chunk):
            yield Template(chunk.text)
        else:
            yield Unread(chunk.start + problem.offset, problem.reason, chunk.text)
        return
    for document in found:
        odd = _is_template(chunk) and _has_odd_key(document.root)
        yield Template(chunk.text) if odd else document


def _glance(
    lines: Outline, ways: Sequence[Way] | None, scope: Scope, kustomized: Kustomized
) -> Glance:
    """A look at a document before it is parsed."""
    way = ways[0] if ways else None
    options = scope.selection.options
    return Glance(lines, way, kustomized, scope.programs, scope.cluster, options)


def resource_of(workload: Workload, container: Container | None = None) -> Resource:
    return Resource(
        workload.api_version,
        workload.kind,
        workload.namespace,
        workload.name,
        container.name if container else "",
    )


def _examine_workloads(
    found: Iterator[Workload],
    rules: Sequence[Runnable],
    scope: Scope,
    examined: Examined,
    *,
    may_repeat: bool,
) -> None:
    for workload in found:
        examined.workloads += 1
        examined.looked_at.append(workload)
        if SYNTAX_ERROR in scope.selection.codes and may_repeat:
            examined.unreadable += _duplicate_keys(workload, scope)
        for pod in workload.pods:
            shutdown = Shutdown(pod, scope.target, scope.programs, scope.cluster)
            traffic = Traffic(shutdown, scope.cluster)
            examined.found += _strongest(_run(traffic, rules, examined.pods))
            examined.pods += 1


def _run(traffic: Traffic, rules: Sequence[Runnable], number: int) -> list[Found]:
    shutdown = traffic.shutdown
    pod = shutdown.pod
    found = []
    for rule, options in rules:
        joined = (traffic,) if rule.joins else ()
        for view in _views(shutdown, rule.subject):
            try:
                findings = list(rule.check(view, *joined, **options))
            except (Exception, SystemExit) as error:
                raise RuleCrash(rule, error) from error
            for finding in findings:
                container = _container_of(pod, finding.at.value)
                found.append(Found(rule, finding, shutdown, container, number))
    return found


def _views(shutdown: Shutdown, subject: type | None) -> Sequence[Any]:
    """What of a pod a rule is called with; a workload goes with its first pod."""
    pod = shutdown.pod
    if subject is Shutdown:
        return (shutdown,)
    if subject is Pod:
        return (pod,)
    if subject is Container:
        return pod.containers
    return (pod.workload,) if pod is pod.workload.pods[0] else ()


def _strongest(found: list[Found]) -> list[Found]:
    """Drop what a stronger rule already says about the same container, or the same pod."""
    spoken = {(one.rule.code, _place(one)) for one in found}
    return [
        one
        for one in found
        if not any((code, _place(one)) in spoken for code in one.rule.yields_to)
    ]


def _place(found: Found) -> str:
    return found.container.name if found.container else ""


def _container_of(pod: Pod, value: Value) -> Container | None:
    for container in pod.containers:
        pointer = container.value.pointer
        if value.pointer[: len(pointer)] == pointer:
            return container
    return None


def _syntax_error(source: Source, message: str, offset: int, scope: Scope) -> Diagnosis:
    rule = scope.book.by_code[SYNTAX_ERROR]
    at = source.locate((offset, offset))
    return Diagnosis(rule.code, rule.name, rule.rated(), message, at)


def _duplicate_keys(workload: Workload, scope: Scope) -> Iterator[Diagnosis]:
    document = workload.value.document
    rule = scope.book.by_code[SYNTAX_ERROR]
    for mapping in _checked_mappings(workload):
        for overridden in duplicates(mapping):
            at = _key_at(document, _last_key(mapping, overridden.value))
            first = _key_at(document, overridden)
            message = (
                f"`{overridden.value}` is written twice here: kubectl takes the last one in "
                f"silence, Kustomize and Flux refuse the file"
            )
            yield Diagnosis(
                rule.code,
                rule.name,
                rule.rated(Severity.WARNING),
                message,
                at,
                first._replace(label="not read"),
                resource=resource_of(workload),
            )


def _key_at(document: Document, key: Node) -> Location:
    start = document.start + start_of(key)
    return document.source.locate((start, start + len(key.value)))


def _last_key(mapping: Node, name: str) -> Node:
    found: Node = next(key for key, _ in reversed(mapping.value) if key.value == name)
    return found


def _checked_mappings(workload: Workload) -> Iterator[Node]:
    """The mappings the rules read: on the way to the pod, its containers and their hooks."""
    seen: set[int] = set()
    has_hooks = "lifecycle" in workload.value.document.text
    for pod in workload.pods:
        values: list[Value | None] = [pod.spec]
        while values[-1] is not None and values[-1].parent is not None:
            values.append(values[-1].parent)
        values += (container.value for container in pod.containers)
        for container in pod.containers if has_hooks else ():
            values.append(container.lifecycle)
            for hook in container.hooks:
                values += (hook.value, *(hook.value.get(name) for name in hook.written))
        for value in values:
            if value and isinstance(value.node, MappingNode) and id(value.node) not in seen:
                seen.add(id(value.node))
                yield value.node


def _is_template(chunk: Chunk) -> bool:
    return "{{" in chunk.text or "{%" in chunk.text


def _has_odd_key(root: Node) -> bool:
    """Whether a key is no scalar: that is how `replicas: {{ .x }}` parses."""
    return any(
        not isinstance(key, ScalarNode)
        for node in walk(root)
        if isinstance(node, MappingNode)
        for key, _ in node.value
    )
