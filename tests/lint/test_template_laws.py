"""Templates made at random: what is read of them is true of what they render to, and edits are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from textwrap import indent
from typing import NamedTuple, TypeAlias

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from k8slint.lint.reports import FileReport
from k8slint.lint.run import run_bytes
from k8slint.lint.settings import Settings
from k8slint.lint.task import Context, RunOptions, Task
from k8slint.manifest.actions import find_actions
from tests.tiers import tries

LIKELY = settings(
    max_examples=tries(120),
    phases=[Phase.generate],
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SETTINGS = Settings(select=("ALL",), ignore=("GS900",))
GRACE = "terminationGracePeriodSeconds"
CONDITIONS = {"a": ".Values.a", "!a": "not .Values.a", "b": ".Values.b"}
# What the values of a template may be: of a switch, of a number, of lines of a mapping.
NUMBERS = ("3", "70")
MAPPINGS = ("", f"{GRACE}: 70", "lifecycle: {preStop: {sleep: {seconds: 4}}}")


class If(NamedTuple):
    """Lines that are there where a switch is on, and others where it is not."""

    switch: str
    then: tuple[Part, ...]
    other: tuple[Part, ...] = ()


class Print(NamedTuple):
    """Lines that a value holds."""

    name: str


Part: TypeAlias = "str | If | Print"
Values: TypeAlias = dict[str, str]


def written(parts: Sequence[Part], depth: int) -> Iterator[str]:
    """The lines of a template, in which `N` stands for a number of the values."""
    margin = " " * depth
    for part in parts:
        match part:
            case str():
                yield indent(part, margin).replace("<n>", "{{ .Values.n }}")
            case If(switch, then, other):
                yield f"{margin}{{{{- if {CONDITIONS[switch]} }}}}"
                yield from written(then, depth)
                if other:
                    yield f"{margin}{{{{- else }}}}"
                    yield from written(other, depth)
                yield f"{margin}{{{{- end }}}}"
            case Print(name):
                yield f"{margin}{{{{- .Values.{name} | nindent {depth} }}}}"


def rendered(parts: Sequence[Part], depth: int, values: Values) -> Iterator[str]:
    """The lines that such a template renders to."""
    for part in parts:
        match part:
            case str():
                yield indent(part, " " * depth).replace("<n>", values["n"])
            case If(switch, then, other):
                is_on = bool(values[switch.strip("!")]) is not switch.startswith("!")
                yield from rendered(then if is_on else other, depth, values)
            case Print(name):
                yield indent(values[name], " " * depth)


SECONDS = st.sampled_from(["0", "5", "20", "45", "<n>", '"20"'])
HANDLERS = st.builds(
    str.format,
    st.sampled_from(
        [
            "sleep:\n  seconds: {}",
            "exec:\n  command: [sleep, {}]",
            'exec:\n  command: ["sh", "-c", "sleep {}; /drain <n>"]',
            "exec:\n  command:\n  - sh\n  - -c\n  - |\n    sleep {}",
        ]
    ),
    SECONDS.filter(lambda text: '"' not in text),
)
SWITCHES = st.sampled_from([*CONDITIONS])
GRACES = st.builds(f"{GRACE}: {{}}".format, SECONDS)


def guarded(part: st.SearchStrategy[str]) -> st.SearchStrategy[Part]:
    """A part that is there, or may be there, or is one of two."""
    return st.one_of(
        part,
        st.builds(lambda switch, one: If(switch, (one,)), SWITCHES, part),
        st.builds(lambda switch, one, two: If(switch, (one,), (two,)), SWITCHES, part, part),
    )


HOOKS = st.builds(lambda handler: f"lifecycle:\n  preStop:\n{indent(handler, '    ')}", HANDLERS)
OTHERS = st.one_of(
    st.just("hostNetwork: true"),
    st.builds(lambda switch: If(switch, ("nodeSelector: {a: b}",)), SWITCHES),
    st.just(Print("m")),
)
PROBES = st.just("livenessProbe: {tcpSocket: {port: 80}}")
COMMANDS = st.sampled_from(
    ['command: ["sh", "-c", "gunicorn app"]', 'args: ["--graceful-timeout=40"]', "env: []"]
)


def some(*parts: st.SearchStrategy[Part]) -> st.SearchStrategy[tuple[Part, ...]]:
    """Some of the parts, in any order, each once: a key that is written twice means nothing."""
    maybe = [st.one_of(st.none(), part) for part in parts]
    chosen = st.tuples(*maybe).map(lambda found: [one for one in found if one is not None])
    return chosen.flatmap(st.permutations).map(tuple)


class Template(NamedTuple):
    """The pod of a Deployment: parts of its spec, and of its container."""

    spec: tuple[Part, ...]
    app: tuple[Part, ...]

    def text(self) -> str:
        return self._whole("\n".join(written(self.spec, 6)), "\n".join(written(self.app, 8)))

    def render(self, values: Values) -> str:
        return self._whole(
            "\n".join(rendered(self.spec, 6, values)), "\n".join(rendered(self.app, 8, values))
        ).replace("{{ .Values.name }}", "web")

    @staticmethod
    def _whole(spec: str, app: str) -> str:
        return (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Values.name }}\n"
            f"spec:\n  template:\n    spec:\n{spec}\n      containers:\n      - name: web\n"
            f"        image: example.com/web:1\n{app}\n"
        )


TEMPLATES = st.builds(
    Template,
    some(guarded(GRACES), OTHERS),
    some(guarded(HOOKS), guarded(PROBES), guarded(COMMANDS), st.just(Print("m"))),
)
LITERAL_GRACES = st.sampled_from([f"{GRACE}: 10", f"{GRACE}: 30 # s", f'{GRACE}: "30"'])
EDITABLE = st.builds(
    Template,
    st.tuples(LITERAL_GRACES, OTHERS),
    st.tuples(guarded(HOOKS), st.one_of(guarded(PROBES), guarded(COMMANDS))),
)
EVERY = [
    {"a": a, "b": b, "n": n, "m": m}
    for a, b, n, m in product(("", "on"), ("", "on"), NUMBERS, MAPPINGS)
]


def run(text: str, mode: RunOptions) -> FileReport:
    task = Task("x.yaml", SETTINGS)
    report = run_bytes(text.encode(), task, mode, Context(is_complete=True))
    assert not report.crash, report.crash
    assert not report.failed
    return report


def found(text: str) -> set[tuple[str, str]]:
    lines = text.splitlines()
    report = run(text, RunOptions())
    return {(one.code, lines[one.at.line - 1].strip()) for one in report.diagnoses}


def test_findings_are_those_that_some_values_bring_up() -> None:
    read: list[int] = []

    @LIKELY
    @given(TEMPLATES)
    def law(template: Template) -> None:
        literal = found(template.text())
        brought_up = set().union(*(found(template.render(values)) for values in EVERY))
        missing = {one for one in literal - brought_up if "{{" not in one[1]}
        assert not missing, template.text()
        read.append(len(literal))

    law()
    assert sum(map(bool, read)) > len(read) / 4, "a law that is kept by finding nothing is none"


def test_edits_change_literal_scalars_and_nothing_else() -> None:
    made: list[bool] = []

    @LIKELY
    @given(EDITABLE)
    def law(template: Template) -> None:
        text = template.text()
        report = run(text, RunOptions(fix=True, unsafe=True))
        fixed = (report.text or b"").decode()
        assert [text[a.start : a.end] for a in find_actions(text)] == [
            fixed[a.start : a.end] for a in find_actions(fixed)
        ]
        changed = [
            (old, new)
            for old, new in zip(text.splitlines(), fixed.splitlines(), strict=True)
            if old != new
        ]
        for old, new in changed:
            assert "{{" not in old
            assert old.split(":")[0] == new.split(":")[0]
        assert run(fixed, RunOptions(fix=True, unsafe=True)).text == report.text
        made.append(bool(changed))

    law()
    assert sum(made) > len(made) / 5, "a law that is kept by doing nothing is none"
