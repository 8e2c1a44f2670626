"""The first look at a run: the facts of all its files, before any rule sees a pod."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from k8slint.kubernetes.bundles import Defined
from k8slint.kubernetes.cluster import ANY_KIND, Cluster
from k8slint.kubernetes.facts import FACTS, read_objects
from k8slint.kubernetes.gitops import may_deliver
from k8slint.kubernetes.kinds import RESOURCE_VERSION, Kinds, block_name, kinds_in
from k8slint.kubernetes.kustomization import Kustomized
from k8slint.kubernetes.near import file_of
from k8slint.kubernetes.objects import DisruptionBudget, Object
from k8slint.lint.scope import scope_for
from k8slint.lint.task import Task, display_path, read_input
from k8slint.manifest.source import NotText, Source, decode, is_wide, searchable
from k8slint.manifest.stream import Chunk, StreamPart, are_text, split_documents, split_stream
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.live import LiveObject, Owners


class FileFacts(NamedTuple):
    """What one file adds; `unread` names kinds that may stand in what could not be read.

    `delivers` tells whether it may hold GitOps objects, or values for a chart. `home` is the file,
    where it may hold workloads that are more than patches and have labels: nothing that stands
    beside a Pod without any is there for that Pod. `defined` are kinds and names of such
    workloads. `live` are those that a cluster returned.
    """

    may_have_pods: bool
    objects: tuple[Object, ...] = ()
    unread: frozenset[str] = frozenset()
    home: str = ""
    defined: frozenset[tuple[str, str]] = frozenset()
    delivers: bool = False
    live: tuple[LiveObject, ...] = ()

    @property
    def is_worth_a_look(self) -> bool:
        """Whether it may hold what rules look at, budgets apart."""
        return self.may_have_pods or self.delivers

    @property
    def has_budgets(self) -> bool:
        return any(isinstance(one, DisruptionBudget) for one in self.objects)


# Most files hold nothing; one object for it takes no time on its way from a worker.
NO_FACTS = FileFacts(may_have_pods=False)
DELIVERS = FileFacts(may_have_pods=False, delivers=True)
# What a file may hold that could not be read.
ANY_FACTS = FileFacts(may_have_pods=True, unread=frozenset({ANY_KIND}))


def collect_facts(
    data: bytes, name: str, kinds: Kinds, kustomized: Kustomized, above: int = 0
) -> FileFacts:
    """The facts in the bytes of a file, or in a part of it that has lines above."""
    if is_wide(data):
        return ANY_FACTS
    found_kinds, text = kinds_in(data), searchable(data)
    has_pods, has_facts = kinds.may_be_among(found_kinds), FACTS.are_in(text, found_kinds)
    delivers = may_deliver(text, name)
    if not has_pods and not has_facts:
        # A binary file is worth a look as well, which says what it is.
        return DELIVERS if delivers or 0 in data else NO_FACTS
    is_home = False
    is_labelled = bool(kustomized.selector_labels or kustomized.template_labels)
    found: list[Object] = []
    unread: set[str] = set()
    defined: set[tuple[str, str]] = set()
    try:
        for source, chunk in _chunks(data, name, above):
            # What speaks of a workload, such as the target of an autoscaler, is none.
            may_be_labelled = is_labelled or "labels" in chunk.text or "{{" in chunk.text
            if has_pods and may_be_labelled and kinds.is_candidate(chunk.text):
                is_home = True
                defined |= {named} if (named := block_name(chunk.text)) else set()
            if FACTS.is_candidate(chunk.text):
                _add_facts(source, chunk, kustomized, found, unread)
    except NotText:
        return ANY_FACTS if has_facts else FileFacts(has_pods)
    facts = FileFacts(has_pods, tuple(found), frozenset(unread), delivers=delivers)
    if has_pods and RESOURCE_VERSION in text:
        from k8slint.lint.live import read_live

        sources = _sources(data, name, above)
        facts = facts._replace(live=tuple(one for s in sources for one in read_live(s, kinds)))
    if not is_home or kustomized.is_patch:
        return facts
    return facts._replace(home=name, defined=frozenset(defined))


def _add_facts(
    source: Source, chunk: Chunk, kustomized: Kustomized, found: list[Object], unread: set[str]
) -> None:
    """Add the facts of a part of a source, or the kinds that may stand in what cannot be read."""
    from k8slint.lint.reading import IgnoredText, read_chunk
    from k8slint.manifest.tree import Document

    for read in read_chunk(source, chunk):
        if isinstance(read, Document):
            found += read_objects(read, kustomized)
        elif not isinstance(read, IgnoredText):
            unread.update(FACTS.named_in(read.text))


def read_facts(task: Task, part: StreamPart | None = None) -> FileFacts:
    """The facts in the file of a task, or in a part of it."""
    try:
        data, above = (part.data, part.above) if part else (read_input(task), 0)
    except OSError:
        return ANY_FACTS
    kinds = scope_for(task.settings).kinds
    return collect_facts(data, display_path(task.path), kinds, task.kustomized, above)


def has_facts_in_parts(data: bytes, _: Task) -> bool:
    """Whether the facts in a long file are those in its parts: all of it has to be text."""
    return 0 not in data and not is_wide(data) and are_text(split_stream(data))


def join_facts(_: Task, parts: Iterable[FileFacts]) -> FileFacts:
    """The facts of a file by those of its parts."""
    every = [*parts]
    return FileFacts(
        any(one.may_have_pods for one in every),
        tuple(chain.from_iterable(one.objects for one in every)),
        frozenset().union(*(one.unread for one in every)),
        next((one.home for one in every if one.home), ""),
        frozenset().union(*(one.defined for one in every)),
        any(one.delivers for one in every),
        tuple(chain.from_iterable(one.live for one in every)),
    )


def is_worth_linting(task: Task, facts: FileFacts) -> bool:
    """Whether a file with such facts can hold what rules look at."""
    if facts.is_worth_a_look:
        return True
    return facts.has_budgets and bool(scope_for(task.settings).selection.about_budgets)


def _sources(data: bytes, name: str, above: int) -> Iterator[Source]:
    return (part.placed(decode(part.data, name)) for part in split_stream(data, above))


def _chunks(data: bytes, name: str, above: int) -> Iterator[tuple[Source, Chunk]]:
    for source in _sources(data, name, above):
        for chunk in split_documents(source.text):
            yield source, chunk


def build_cluster(surveyed: Iterable[FileFacts], *, is_complete: bool = False) -> Cluster:
    """All facts as one set."""
    found: list[Object] = []
    unread: set[str] = set()
    homes: set[str] = set()
    defined: dict[Defined, set[str]] = defaultdict(set)
    live: list[LiveObject] = []
    for one in surveyed:
        live += one.live
        found += one.objects
        unread |= one.unread
        if one.home:
            homes.add(file_of(one.home))
        for workload in one.defined:
            defined[workload].add(file_of(one.home))
    return Cluster(
        found,
        is_complete=is_complete,
        unread=frozenset(unread),
        homes=frozenset(homes),
        alternatives={
            workload: frozenset(files) for workload, files in defined.items() if len(files) > 1
        },
        owners=_owners(live) if live else None,
    )


def _owners(live: list[LiveObject]) -> Owners:
    from k8slint.kubernetes.live import Owners

    return Owners(live)
