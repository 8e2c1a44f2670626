"""Mutants: clean workloads with one shutdown setting written as somebody might write it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from random import Random
from typing import Any, NamedTuple

from tests.oracle.drafts import GRACE, PROBES, Draft
from tests.oracle.handlers import HANDLERS, LIFECYCLES, SIGNALS
from tests.oracle.spellings import NAMES, NUMBERS, PLACEHOLDERS, TEXTS, number, slip
from tests.oracle.texts import JSON, YAML, changed

Workload = dict[str, Any]
HOOK = {"exec": {"command": ["/drain"]}}
# A value for each key that may be in the wrong place.
MISPLACED: dict[str, object] = {
    GRACE: 60,
    "lifecycle": {"preStop": HOOK},
    "preStop": HOOK,
    "postStart": HOOK,
    "stopSignal": "SIGQUIT",
}
RIGHT = {
    *(("pod", GRACE), ("container", "lifecycle"), ("container.lifecycle", "preStop")),
    *(("container.lifecycle", "postStart"), ("container.livenessProbe", GRACE)),
    ("container.startupProbe", GRACE),
}
POLICIES = ("", "Always", "always", "ALWAYS", "Never", "OnFailure", "null", '""', "[Always]")
PLACEHOLDER = "placeholder"


class Mutant(NamedTuple):
    """A file, what was done to it, and the group of such changes."""

    name: str
    group: str
    what: str
    data: bytes


class Idea(NamedTuple):
    """A change of a draft, to be made on a number of workloads."""

    group: str
    what: str
    change: Callable[[Draft], None]
    copies: int = 1


def make_mutants(clean: Sequence[Workload], seed: int) -> list[Mutant]:
    """Return the mutants of a seed, of workloads that the server accepts."""
    random = Random(seed)
    by_kind: dict[str, list[Workload]] = {}
    for workload in clean:
        by_kind.setdefault(workload["kind"], []).append(workload)
    made: list[Mutant] = []

    def add(group: str, what: str, data: bytes, suffix: str = "yaml") -> None:
        made.append(Mutant(f"{len(made):05}.{suffix}", group, what, data))

    def pick(copies: int) -> Iterator[Workload]:
        kinds = random.sample(sorted(by_kind), copies)
        return (random.choice(by_kind[kind]) for kind in kinds)

    # Drawn apart, so that other fixtures give other workloads, but not other changes.
    for idea in ideas(Random(seed)):
        for workload in pick(idea.copies):
            draft = Draft(workload)
            idea.change(draft)
            add(idea.group, idea.what, draft.text().encode("utf-8", "surrogatepass"))
    for kind in sorted(by_kind):
        for what, data in misplaced(random.choice(by_kind[kind])):
            add("misplaced key", f"{what} of a {kind}", data)
    for group, table in (("YAML", YAML), ("JSON", JSON)):
        for what, change in table.items():
            for workload in pick(3):
                draft = Draft(workload)
                draft.pod[GRACE] = 45
                draft.set_hook("preStop", {"sleep": {"seconds": 5}})
                add(group, what, changed(change, draft.text()), group.lower())
    return made


def ideas(random: Random) -> Iterator[Idea]:
    yield from numbers(random)
    yield from hooks()
    yield from misspelt(random)
    yield from init_containers()
    yield from twice()


def numbers(random: Random) -> Iterator[Idea]:
    drawn = [number(random) for _ in range(150)]
    for text in dict.fromkeys((*NUMBERS, *TEXTS, *drawn)):
        yield Idea("grace period", text, partial(set_grace, text), 3)
        yield Idea("sleep", text, partial(set_sleep, text), 2)
        for probe in random.sample(PROBES, 2):
            yield Idea("probe grace", f"{probe} {text}", partial(set_probe, probe, text))
    for text in PLACEHOLDERS:
        yield Idea(PLACEHOLDER, f"grace {text}", partial(set_grace, text), 3)
        yield Idea(PLACEHOLDER, f"sleep {text}", partial(set_sleep, text), 2)
        yield Idea(PLACEHOLDER, f"probe {text}", partial(set_probe, PROBES[0], text), 2)
    graces = (None, "null", "0", "1", "2", "30", "45", "-1", "-45", "055", "45.0")
    sleeps = ("0", "1", "2", "29", "30", "31", "44", "45", "46", "-1", "055", "45.0", "4.5e1")
    for grace, sleep, event in product(graces, sleeps, ("preStop", "postStart")):
        yield Idea(
            "sleep in grace",
            f"{event} {sleep} in {grace or 'no grace period'}",
            partial(set_both, grace, sleep, event),
        )


def set_grace(text: str, draft: Draft) -> None:
    draft.pod[GRACE] = draft.verbatim(text)


def set_sleep(text: str, draft: Draft) -> None:
    draft.set_hook("preStop", {"sleep": {"seconds": draft.verbatim(text)}})


def set_probe(probe: str, text: str, draft: Draft) -> None:
    draft.container[probe] = {"exec": {"command": ["/probe"]}, GRACE: draft.verbatim(text)}


def set_both(grace: str | None, sleep: str, event: str, draft: Draft) -> None:
    if grace is not None:
        set_grace(grace, draft)
    draft.set_hook(event, {"sleep": {"seconds": draft.verbatim(sleep)}})


def hooks() -> Iterator[Idea]:
    for text in HANDLERS:
        yield Idea("handler", f"preStop {text}", partial(set_handler, "preStop", text), 2)
        yield Idea("handler", f"postStart {text}", partial(set_handler, "postStart", text))
    for text in LIFECYCLES:
        yield Idea("lifecycle", text, partial(set_lifecycle, text), 3)
    for signal, system in product(SIGNALS, (None, "linux", "windows")):
        change = partial(set_signal, signal, system)
        yield Idea("stop signal", f"{signal} on {system or 'any system'}", change)
    for what, lifecycle in {"preStop": {"preStop": HOOK}, "lifecycle {}": {}}.items():
        yield Idea("ephemeral container", what, partial(add_debugger, lifecycle), 3)


def set_handler(event: str, text: str, draft: Draft) -> None:
    draft.set_hook(event, draft.verbatim(text))


def set_lifecycle(text: str, draft: Draft) -> None:
    draft.container["lifecycle"] = draft.verbatim(text)


def set_signal(signal: str, system: str | None, draft: Draft) -> None:
    draft.container["lifecycle"] = {"stopSignal": draft.verbatim(signal)}
    if system:
        draft.pod["os"] = {"name": system}


def add_debugger(lifecycle: Mapping[str, object], draft: Draft) -> None:
    image = "registry.example.com/debug:1"
    debugger = {"name": "debug", "image": image, "lifecycle": lifecycle}
    draft.pod["ephemeralContainers"] = [debugger]


def misplaced(workload: Workload) -> Iterator[tuple[str, bytes]]:
    names = [name for name, _ in Draft(workload).places()]
    for name, (key, value) in product(dict.fromkeys(names), MISPLACED.items()):
        if (name, key) in RIGHT:
            continue
        draft = Draft(workload)
        # Only what comes before the place is made.
        for place, mapping in draft.places():
            if place == name:
                mapping[key] = value
                break
        yield f"{key} in {name}", draft.text().encode()


def misspelt(random: Random) -> Iterator[Idea]:
    for key, names in NAMES.items():
        slips = [slip(key, random) for _ in range(40)]
        for name in dict.fromkeys((*names.split(), *slips)):
            if name != key:
                yield Idea("misspelt key", f"{name} for {key}", partial(misspell, key, name))
            if name != key and key == GRACE:
                change = partial(misspell_in_probe, name)
                yield Idea("misspelt key", f"{name} for {key} of a probe", change)


def misspell(key: str, name: str, draft: Draft) -> None:
    written = draft.verbatim(name)
    sleep = {"seconds": 5}
    match key:
        case "terminationGracePeriodSeconds":
            draft.pod[written] = 60
        case "lifecycle":
            draft.container[written] = {"preStop": HOOK}
        case "preStop" | "postStart":
            draft.container["lifecycle"] = {written: HOOK}
        case "stopSignal":
            draft.container["lifecycle"] = {"preStop": HOOK, written: "SIGQUIT"}
        case "exec":
            draft.set_hook("preStop", {written: HOOK["exec"]})
        case "command":
            draft.set_hook("preStop", {"exec": {written: ["/drain"]}})
        case "httpGet":
            draft.set_hook("preStop", {written: {"port": 80}})
        case "sleep":
            draft.set_hook("preStop", {written: sleep})
        case "seconds":
            draft.set_hook("preStop", {"sleep": {written: 5}})


def misspell_in_probe(name: str, draft: Draft) -> None:
    probe = {"exec": {"command": ["/probe"]}, draft.verbatim(name): 10}
    draft.container["livenessProbe"] = probe


def init_containers() -> Iterator[Idea]:
    settings: dict[str, dict[str, str]] = {
        **{f"lifecycle {text}": {"lifecycle": text} for text in LIFECYCLES},
        **{f"preStop {text}": {"lifecycle": f"{{preStop: {text}}}"} for text in HANDLERS[::12]},
        "preStop": {"lifecycle": "{preStop: {exec: {command: [/drain]}}}"},
        "postStart": {"lifecycle": "{postStart: {exec: {command: [/drain]}}}"},
        "long sleep": {"lifecycle": "{preStop: {sleep: {seconds: 60}}}"},
        "stopSignal": {"lifecycle": "{stopSignal: SIGQUIT}"},
        "grace": {GRACE: "10"},
        **{
            f"{probe} with grace {text}": {
                probe: f"{{exec: {{command: [/probe]}}, {GRACE}: {text}}}"
            }
            for probe, text in product(PROBES, ("10", "0", "null", '"10"'))
        },
    }
    for policy, (what, more) in product(POLICIES, settings.items()):
        change = partial(add_init_container, policy, more)
        yield Idea("init container", f"{what}, restartPolicy {policy or 'unset'}", change)


def add_init_container(policy: str, more: Mapping[str, str], draft: Draft) -> None:
    container = {"name": "setup", "image": "registry.example.com/setup:1"}
    if policy:
        container["restartPolicy"] = draft.verbatim(policy)
    for key, text in more.items():
        container[key] = draft.verbatim(text)
    draft.pod["initContainers"] = [container]


def twice() -> Iterator[Idea]:
    graces = ("45", "60", "0", "-1", "null", '"45"', "45.0")
    for first, second in product(graces, graces):
        change = partial(set_grace_twice, first, second)
        yield Idea("key twice", f"grace {first}, {second}", change)
    for event, other in product(("preStop", "postStart"), HANDLERS[::15]):
        change = partial(set_handler_twice, event, other)
        yield Idea("key twice", f"{event} {other}", change)


def set_grace_twice(first: str, second: str, draft: Draft) -> None:
    draft.pod[GRACE] = draft.verbatim(first)
    draft.pod[draft.verbatim(GRACE)] = draft.verbatim(second)


def set_handler_twice(event: str, other: str, draft: Draft) -> None:
    hook = {event: HOOK, draft.verbatim(event): draft.verbatim(other)}
    draft.container["lifecycle"] = hook
