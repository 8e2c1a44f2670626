"""Known programs: every row of the table with containers that set, hide or do not have a drain."""

from __future__ import annotations

from typing import Any

import pytest

from k8slint.images.name import is_image, version
from k8slint.shutdown.drain import task_limit
from k8slint.shutdown.durations import Unit, parse_duration
from k8slint.shutdown.programs import known
from k8slint.shutdown.programs.known import DEFAULT, KNOWN, Programs
from k8slint.shutdown.programs.program import KnownProgram, read_program
from tests.pods import stop_of
from tests.tables import check_examples, check_keys, table

ROWS: dict[str, Any] = table("programs.yaml")
ROLES = {"worker": "is_worker", "sidecar": "is_sidecar", "closed": "refuses_new"}
PARTS = ("set", "hidden", "unset", "other", "limits")
CASES = [
    *(
        (name, part, case)
        for name, row in ROWS.items()
        for part in PARTS
        for case in row.get(part, ())
    ),
    *(
        (name, "under", {**row["unset"][0], "signal": signal, "takes": takes})
        for name, row in ROWS.items()
        for signal, takes in row.get("under", {}).items()
    ),
]
IDS = [f"{name}-{part}-{n}" for n, (name, part, _) in enumerate(CASES)]


def said_of(name: str, part: str, case: dict[str, Any], programs: Programs = DEFAULT) -> Any:
    """What a container says, for a part of a row."""
    stop = stop_of(case, programs)
    drain = stop.drain
    if drain is None or drain.program.name != name:
        return None
    if part == "limits":
        limit = task_limit(drain, stop.command)
        return limit and limit.span.low
    if part == "under":
        span = drain.program.default_under(case["signal"])
        return [span.low, "" if span.is_exact else span.kind.name.lower()]
    span, program = drain.span, drain.program
    kind = "" if span.is_exact else span.kind.name.lower()
    roles = [role for role, field in ROLES.items() if getattr(program, field)]
    return [span.low, kind, drain.is_explicit, drain.value is not None, *roles]


def expected(name: str, part: str, case: dict[str, Any]) -> Any:
    row = ROWS[name]
    roles = [role for role in ROLES if role in row.get("is", ())]
    match part:
        case "other":
            return None
        case "limits":
            return case["seconds"]
        case "under":
            takes = case["takes"]
            return [0, takes] if isinstance(takes, str) else [takes, ""]
        case "set":
            return [case["seconds"], "unknown" if case.get("open") else "", True, True, *roles]
        case "hidden":
            return [row.get("at_least", 0), "unknown", False, *roles]
    takes = case.get("takes", row["takes"])
    low = takes if not isinstance(takes, str) else row.get("at_least", 0)
    return [low, takes if isinstance(takes, str) else "", False, False, *roles]


def is_as_expected(
    name: str, part: str, case: dict[str, Any], programs: Programs = DEFAULT
) -> bool:
    said, wanted = said_of(name, part, case, programs), expected(name, part, case)
    if part == "hidden" and said is not None:  # With a setting or a file that nobody can read.
        said = [said[0] if "at_least" in ROWS[name] else 0, *said[1:3], *said[4:]]
    return bool(said == wanted)


@pytest.mark.parametrize(("name", "part", "case"), CASES, ids=IDS)
def test_what_a_container_says(name: str, part: str, case: dict[str, Any]) -> None:
    assert is_as_expected(name, part, case), said_of(name, part, case)


@pytest.mark.parametrize(("name", "part", "case"), CASES, ids=IDS)
def test_the_stages_of_a_drain_are_all_of_it(name: str, part: str, case: dict[str, Any]) -> None:
    """A sum in a message, and the grace period that a fix sets, are made of them."""
    drain = stop_of(case, DEFAULT).drain
    assert drain is None or sum(stage.span.low for stage in drain.stages) == drain.span.low


CONTAINER = ("image", "command", "args", "env", "envFrom")


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_understood(name: str) -> None:
    where = f"programs.yaml, {name}"
    assert name in {program.name for program in KNOWN}, f"{where}: no program has this name"
    check_keys(ROWS[name], where, (), ["takes", "under", "at_least", "is", *PARTS])
    assert "takes" in ROWS[name] or "unset" not in ROWS[name], f"{where}: no takes"
    for part in PARTS:
        needs = ["seconds"] if part in ("set", "limits") else []
        for number, case in enumerate(ROWS[name].get(part, ()), start=1):
            check_keys(
                case, f"{where}, {part}, row {number}", needs, [*CONTAINER, "open", "takes"]
            )


@pytest.mark.parametrize("program", KNOWN, ids=lambda program: program.name)
def test_an_example_notices_every_fault_in_a_row(
    program: KnownProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = program.name
    assert name in ROWS, f"tests/data/programs.yaml has no examples of {name}"
    if program.knobs:
        assert "hidden" in ROWS[name], f"{name} has a setting, but no example under `hidden`"
    others = [one for one in KNOWN if one is not program]
    cases = [case for case in CASES if case[0] == name]

    def is_noticed(instead: tuple[KnownProgram, ...]) -> bool:
        monkeypatch.setattr(known, "KNOWN", (*instead, *others))
        programs = Programs()
        return not all(is_as_expected(*case, programs) for case in cases)

    check_examples(
        program,
        f"tests/data/programs.yaml, {name}",
        is_noticed,
        but=("name", "source", "date", "why"),
    )


def test_every_other_container_stays_silent() -> None:
    """What belongs to one program says nothing to all others."""
    for name, _, case in CASES:
        drain = stop_of(case).drain
        assert drain is None or drain.program.name == name or not drain.is_explicit


@pytest.mark.parametrize(
    ("text", "unit", "seconds"),
    [
        ("30", Unit.SECONDS, 30),
        ("1.5", Unit.SECONDS, 1.5),
        ("30s", Unit.SECONDS, None),
        ("1600", Unit.MILLISECONDS, 1.6),
        ("1m30s", Unit.GO, 90),
        ("1.5h", Unit.GO, 5400),
        ("500ms", Unit.GO, 0.5),
        ("0", Unit.GO, 0),
        ("30", Unit.GO, None),
        ("1d", Unit.GO, None),
        ("30", Unit.DURATION, 30),
        ("10S", Unit.DURATION, 10),
        ("PT1M30S", Unit.DURATION, 90),
        ("pt0.5s", Unit.DURATION, 0.5),
        ("P1DT1H", Unit.DURATION, 90000),
        ("PT", Unit.DURATION, None),
        ("20000", Unit.DURATION_MS, 20),
        ("20s", Unit.DURATION_MS, 20),
        ("$(X)", Unit.GO, None),
        ("${X}", Unit.SECONDS, None),
        ("{{ .Values.x }}", Unit.DURATION, None),
        ("", Unit.SECONDS, None),
        ("-5", Unit.SECONDS, None),
    ],
)
def test_durations(text: str, unit: Unit, seconds: float | None) -> None:
    assert parse_duration(text, unit) == seconds


@pytest.mark.parametrize(
    ("image", "name", "same"),
    [
        ("nginx:1.27", "nginx", True),
        ("docker.io/library/nginx@sha256:0", "nginx", True),
        ("mirror.example:5000/library/nginx:1", "nginx", True),
        ("acme/nginx", "nginx", False),
        ("mirror.example/docker.io/vllm/vllm-openai:v1", "vllm/vllm-openai", True),
        ("other-vllm/vllm-openai", "vllm/vllm-openai", False),
    ],
)
def test_images_are_known_behind_a_mirror(image: str, name: str, same: bool) -> None:
    assert is_image(image, name) == same


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("nginx:1.19.4-alpine", (1, 19, 4)),
        ("vllm/vllm-openai:v0.18.0", (0, 18, 0)),
        ("nginx:1.19", (1, 19)),
        ("nginx:1", None),
        ("nginx:stable", None),
        ("localhost:5000/nginx", None),
        ("nginx", None),
    ],
)
def test_versions_of_tags(image: str, parts: tuple[int, ...] | None) -> None:
    assert version(image) == parts


@pytest.mark.parametrize("text", ['{"a":' * 100_000, "[" * 100_000, "{", "[]", "9" * 5_000])
def test_json_that_nobody_can_read_is_not_known(text: str) -> None:
    setting = {"SPRING_APPLICATION_JSON": text, "SERVER_SHUTDOWN": "graceful"}
    drain = stop_of({"env": setting}).drain
    assert drain is not None
    assert not drain.is_explicit


def test_users_add_programs() -> None:
    own = read_program(
        {
            "name": "drainer",
            "command": "drainer serve",
            "flag": "--drain",
            "env": "DRAIN",
            "unit": "go",
            "default": 7,
        }
    )
    programs = Programs([own])
    by_flag = stop_of({"command": ["drainer", "serve", "--drain=1m"]}, programs).drain
    by_variable = stop_of({"command": ["drainer", "serve"], "env": {"DRAIN": "9s"}}, programs)
    plain = stop_of({"command": ["drainer", "serve"]}, programs).drain
    assert by_flag is not None
    assert (by_flag.label, by_flag.span.low) == ("drainer --drain", 60)
    assert by_variable.drain is not None
    assert by_variable.drain.span.low == 9
    assert plain is not None
    assert (plain.is_explicit, plain.span.low) == (False, 7)
    assert stop_of({"command": ["drainer", "check"]}, programs).drain is None


def test_what_users_know_comes_first() -> None:
    programs = Programs([read_program({"name": "ours", "command": "gunicorn", "default": 3})])
    drain = stop_of({"command": ["gunicorn", "--graceful-timeout=45"]}, programs).drain
    assert drain is not None
    assert (drain.program.name, drain.span.low) == ("ours", 3)


def test_users_know_programs_by_images_and_variables() -> None:
    own = read_program(
        {
            "name": "store",
            "image": "shop/store",
            "variable": ["STORE=On", "STORE_WAIT"],
            "settings": [
                {"env": "STORE_*_WAIT", "unit": "go", "default": 3, "any-case": True},
                {"flag": ["-w", "--wait"], "default": {"unknown": "a clock in the wall"}},
            ],
            "besides": 2,
            "is-worker": True,
        }
    )
    programs = Programs([own])

    def takes(**container: Any) -> str | None:
        drain = stop_of(container, programs).drain
        return drain and f"{drain.program.name} {drain.span}"

    assert takes(image="registry.example/shop/store:1", args=["-w", "4"]) == "store 9"
    assert takes(image="other/store:1", args=["-w", "4"]) is None
    assert takes(env={"STORE": "on", "store_main_wait": "1m"}) == "store at least 62"
    assert takes(env={"STORE": "off"}) is None
    assert takes(env={"STORE": "ON"}) == "store at least 5"


def test_users_know_programs_beside_a_variable() -> None:
    rows = (
        {"name": "cold", "command": "work", "only-if": "MODE=cold", "default": 1},
        {"name": "warm", "command": "work", "default": 9, "refuses-new": True},
        {"name": "shop", "variable": "SHOP=*", "default": 4},
    )
    programs = Programs(map(read_program, rows))

    def drain_of(**container: Any) -> Any:
        drain = stop_of(container, programs).drain
        return drain and [drain.program.name, drain.span.low, drain.program.refuses_new]

    assert drain_of(command=["work"], env={"MODE": "cold"}) == ["cold", 1, False]
    assert drain_of(command=["work"], env={"MODE": "cool"}) == ["warm", 9, True]
    assert drain_of(command=["work"], env={"MODE": None}) == ["warm", 9, True]
    assert drain_of(env={"SHOP": "north"}) == ["shop", 4, False]
    assert drain_of(env={"SHOP": "north", "PM2_KILL_TIMEOUT": "9"}) == ["shop", 4, False]
    other = drain_of(env={"SHOP": "north", "KC_SHUTDOWN_TIMEOUT": "9"})
    assert other == ["Keycloak", 10, False]
