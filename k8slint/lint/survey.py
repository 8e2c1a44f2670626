"""The first look at a run: the facts of all its files, before any rule sees a pod."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain

from k8slint.kubernetes.bundles import Defined
from k8slint.kubernetes.cluster import ANY_KIND, Cluster
from k8slint.kubernetes.facts import FACTS, read_objects
from k8slint.kubernetes.gitops import CONFIG_MAP, has_delivery, may_deliver
from k8slint.kubernetes.kinds import RESOURCE_VERSION, Kinds, block_name, kinds_in, sole_name
from k8slint.kubernetes.kustomization import Kustomized
from k8slint.kubernetes.mounted_maps import ObjectsRead, WaitingMaps
from k8slint.kubernetes.near import where_is
from k8slint.kubernetes.objects import DisruptionBudget, Object
from k8slint.lazy import cached_property
from k8slint.lint.parsed import ParsedFiles, ParsedPart, divide
from k8slint.lint.scope import scope_for
from k8slint.lint.task import Task, display_path, read_input
from k8slint.manifest.source import NotText, Source, decode, is_wide
from k8slint.manifest.stream import Chunk, StreamPart, are_text, is_long, split_stream
from k8slint.outside.files import read_bytes
from k8slint.records import NamedTuple
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from k8slint.kubernetes.live import LiveObject, Owners
    from k8slint.lint.reading import ChunkRead


class FileFacts(NamedTuple):
    """What one file adds; `unread` names kinds that may stand in what could not be read.

    `delivers` tells whether it may hold GitOps objects, or values for a chart. `home` is the file,
    where it may hold workloads that are more than patches and have labels: nothing that stands
    beside a Pod without any is there for that Pod. `defined` are kinds and names of such
    workloads. `live` are those that a cluster returned. `waiting` are the ConfigMaps that are read
    once they are asked for. It `hides` findings if anything in it can.
    """

    may_have_pods: bool
    objects: tuple[Object, ...] = ()
    unread: frozenset[str] = frozenset()
    home: str = ""
    defined: frozenset[tuple[str, str]] = frozenset()
    delivers: bool = False
    live: tuple[LiveObject, ...] = ()
    waiting: WaitingMaps | None = None
    hides: bool = False

    @property
    def is_worth_a_look(self) -> bool:
        """Whether it may hold what rules look at, budgets apart."""
        return self.may_have_pods or self.delivers

    @property
    def budgets(self) -> list[DisruptionBudget]:
        return [one for one in self.objects if isinstance(one, DisruptionBudget)]


# Most files hold nothing; one object for it takes no time on its way from a worker.
NO_FACTS = FileFacts(may_have_pods=False)
DELIVERS = FileFacts(may_have_pods=False, delivers=True)
_DELIVERS_AND_HIDES = DELIVERS._replace(hides=True)
_CONFIG_MAPS = frozenset({CONFIG_MAP})
# Stands in all that hides findings.
_NAME = b"k8slint"
# What a file may hold that could not be read.
ANY_FACTS = FileFacts(may_have_pods=True, unread=frozenset({ANY_KIND}))


class _ObjectsFound:
    """The facts of documents, so far, and the kinds that may stand in what cannot be read."""

    def __init__(self, kustomized: Kustomized) -> None:
        self.kustomized = kustomized
        self.objects: list[Object] = []
        self.unread: set[str] = set()

    def add(self, read: Iterable[ChunkRead]) -> None:
        """Add what documents say."""
        from k8slint.lint.reading import IgnoredText
        from k8slint.manifest.tree import Document

        for one in read:
            if isinstance(one, Document):
                self.objects += read_objects(one, self.kustomized)
            elif not isinstance(one, IgnoredText):
                self.unread.update(FACTS.named_in(one.text))


class _Found(_ObjectsFound):
    """What the documents of a file say, so far.

    `every` are the kinds that it gives, or all that are mentioned: a comment that hides findings
    is looked at wherever a workload or GitOps object is. ConfigMaps are put aside if they may
    wait, and documents kept for those who lint it.
    """

    def __init__(
        self,
        data: bytes,
        kinds: Kinds,
        kustomized: Kustomized,
        parsed: ParsedFiles | None,
        *,
        may_wait: bool,
    ) -> None:
        super().__init__(kustomized)
        self.data = data
        self.kinds = kinds
        self.has_comments = b"#" in data and self.hides
        self.may_wait = may_wait
        self.parsed = parsed
        self.keeps_trees = parsed is not None and parsed.has_room_for_trees(data)
        self.is_home = self.delivers = False
        self.every: frozenset[str] = frozenset()
        self.live: list[LiveObject] = []
        self.defined: set[tuple[str, str]] = set()
        self.maps: list[tuple[Source, Chunk]] = []
        self.parts: list[ParsedPart] = []

    @cached_property
    def hides(self) -> bool:
        """Whether anything may hide findings; looked for from the end in a third of the time."""
        return self.data.rfind(_NAME) >= 0

    def add_source(self, source: Source) -> None:
        """Add what a file says, or a part of a long one."""
        every: frozenset[str] = frozenset()
        for chunk, own in divide(source.text):
            every |= kinds_in(chunk.text) if self.has_comments else own
            if is_map := self.may_wait and own == _CONFIG_MAPS:
                self.maps.append((source, chunk))
            chunk = self._with_facts(source, chunk, own, reads=not is_map)
            if self.parsed:
                end, kinds = chunk.start + len(chunk.text), self.parsed.share(own)
                self.parts.append((chunk.start, end, kinds, chunk.trees))
        self.every |= every
        if self.has_comments:
            self.delivers = self.delivers or may_deliver(source.text, source.name)
        else:
            self.delivers = self.delivers or has_delivery(source.text, source.name, every)

    def _with_facts(
        self, source: Source, chunk: Chunk, own: frozenset[str], *, reads: bool
    ) -> Chunk:
        """Add what a document says; return it, with its trees where they are kept."""
        text = chunk.text
        has_facts, is_live = reads and FACTS.are_in(text, own), False
        if may_have_pods := self.kinds.may_be_among(own):
            # What speaks of a workload, such as the target of an autoscaler, is none.
            labels = self.kustomized.selector_labels or self.kustomized.template_labels
            if labels or "labels" in text or "{{" in text:
                self.is_home = True
                self.defined |= {named} if (named := block_name(text)) else set()
            is_live = RESOURCE_VERSION in text
        if has_facts or is_live:
            read = _read(source, chunk)
            self.live += _live_in(read, self.kinds) if is_live else ()
            self.add(read if has_facts else ())
            if may_have_pods and self.keeps_trees:
                return keep_trees(chunk, read)
        return chunk

    def add_maps(self, path: str, size: int) -> WaitingMaps | None:
        """Add the facts of its ConfigMaps; return those that wait, with a path to read them."""
        names: set[str] = set()
        for source, chunk in self.maps:
            if path and (name := sole_name(chunk.text)):
                names.add(name)
            elif FACTS.are_in(chunk.text, _CONFIG_MAPS):
                self.add(_read(source, chunk))
        if not names:
            return None
        return WaitingMaps(frozenset(names), partial(_read_maps, path, size, self.kustomized))

    def facts(self, home: str, *, has_pods: bool, waiting: WaitingMaps | None) -> FileFacts:
        return FileFacts(
            has_pods,
            tuple(self.objects),
            frozenset(self.unread),
            home,
            frozenset(self.defined if home else ()),
            self.delivers,
            tuple(self.live),
            waiting,
            hides=not waiting and self.hides,  # What waits is not linted.
        )


def collect_facts(
    data: bytes,
    name: str,
    kinds: Kinds,
    kustomized: Kustomized,
    above: int = 0,
    parsed: ParsedFiles | None = None,
    path: str = "",
) -> FileFacts:
    """The facts in the bytes of a file, or in a part of it that has lines above.

    A whole file is added to those that are `parsed`, for those who lint it. With the `path` to
    read it again, ConfigMaps wait, unless it holds more: a fix may rewrite it before a pod asks.
    """
    found = _Found(data, kinds, kustomized, parsed, may_wait=bool(path))
    try:
        for source in _sources(data, name, above):
            found.add_source(source)
    except NotText:
        return ANY_FACTS if is_wide(data) else _facts_of_no_text(data, name, kinds)
    has_pods = kinds.may_be_among(found.every)
    if parsed and has_pods:
        parsed.add(name, data, found.parts)
    may_wait = found.every == _CONFIG_MAPS and not has_pods and not found.delivers
    waiting = found.add_maps(path if may_wait else "", len(data)) if found.maps else None
    if not (has_pods or found.objects or found.unread or waiting):
        if not found.delivers and 0 not in data:
            return NO_FACTS
        return _DELIVERS_AND_HIDES if found.hides else DELIVERS
    home = name if found.is_home and not kustomized.is_patch else ""
    return found.facts(home, has_pods=has_pods, waiting=waiting)


def _facts_of_no_text(data: bytes, name: str, kinds: Kinds) -> FileFacts:
    text = data.decode("ascii", "replace")
    found = kinds_in(text)
    if FACTS.are_in(text, found):
        return ANY_FACTS
    if kinds.may_be_among(found):
        return FileFacts(may_have_pods=True)
    # A binary file is worth a look as well, which says what it is.
    return DELIVERS if 0 in data or has_delivery(text, name, found) else NO_FACTS


def _read(source: Source, chunk: Chunk) -> list[ChunkRead]:
    from k8slint.lint.reading import read_chunk

    return [*read_chunk(source, chunk)]


def _live_in(read: Iterable[ChunkRead], kinds: Kinds) -> Iterator[LiveObject]:
    from k8slint.lint.live import live_in

    return live_in(read, kinds)


def _read_maps(path: str, size: int, kustomized: Kustomized) -> ObjectsRead:
    """The ConfigMaps that wait in a file; none where it is gone, or has changed since."""
    found = _ObjectsFound(kustomized)
    with suppress(OSError, NotText):
        data = read_bytes(path, size)
        for source in _sources(data, display_path(path)) if len(data) == size else ():
            for chunk, own in divide(source.text):
                if FACTS.are_in(chunk.text, own):
                    found.add(_read(source, chunk))
    return found.objects, frozenset(found.unread)


def keep_trees(chunk: Chunk, read: Iterable[ChunkRead]) -> Chunk:
    from k8slint.manifest.tree import Document, with_trees

    return with_trees(chunk) if all(isinstance(one, Document) for one in read) else chunk


def read_facts(
    task: Task, part: StreamPart | None = None, parsed: ParsedFiles | None = None
) -> FileFacts:
    """The facts in the file of a task, or in a part of it."""
    try:
        data, above = (part.data, part.above) if part else (read_input(task), 0)
    except OSError:
        return ANY_FACTS
    if parsed and (parsed.is_full or is_long(len(data))):
        parsed = None
    kinds = scope_for(task.settings).kinds
    name = display_path(task.path)
    # Neither what came in a stream nor parts of a file are read again.
    is_file = part is None and task.given is None and not is_long(len(data))
    path = task.path if is_file else ""
    return collect_facts(data, name, kinds, task.kustomized, above, parsed, path)


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
        hides=any(one.hides for one in every),
    )


def is_worth_linting(task: Task, facts: FileFacts) -> bool:
    """Whether a file with such facts can hold what rules look at."""
    if facts.is_worth_a_look:
        return True
    return bool(facts.budgets) and bool(scope_for(task.settings).selection.about_budgets)


def _sources(data: bytes, name: str, above: int = 0) -> Iterator[Source]:
    if not (above or is_long(len(data))):  # As most files.
        yield decode(data, name)
        return
    for part in split_stream(data, above):
        yield part.placed(decode(part.data, name))


def build_cluster(surveyed: Iterable[FileFacts], *, is_complete: bool = False) -> Cluster:
    """All facts as one set."""
    found: list[Object] = []
    unread: set[str] = set()
    homes: set[str] = set()
    defined: dict[Defined, set[str]] = defaultdict(set)
    live: list[LiveObject] = []
    waiting: list[WaitingMaps] = []
    for one in surveyed:
        live += one.live
        waiting += (one.waiting,) if one.waiting else ()
        found += one.objects
        unread |= one.unread
        if one.home:
            file = where_is(one.home).file
            homes.add(file)
            for workload in one.defined:
                defined[workload].add(file)
    return Cluster(
        found,
        is_complete=is_complete,
        unread=frozenset(unread),
        homes=frozenset(homes),
        alternatives={
            workload: frozenset(files) for workload, files in defined.items() if len(files) > 1
        },
        owners=_owners(live) if live else None,
        waiting=waiting,
    )


def _owners(live: list[LiveObject]) -> Owners:
    from k8slint.kubernetes.live import Owners

    return Owners(live)
