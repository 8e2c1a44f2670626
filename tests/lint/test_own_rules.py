"""Rules of one's own: loaded from `--rules`, checked, configured, and held against their pages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from k8slint.lint.pages import check_pages
from tests.command import check, environment, k8slint, make
from tests.manifests import CLEAN, ERROR, pod
from tests.places import DATA
from tests.tiers import long_except

LONG = pod(spec="terminationGracePeriodSeconds: 300\n")

RULE = '''\
"""A grace period that nobody waits for.

```yaml bad
kind: Pod
spec:
  terminationGracePeriodSeconds: 300  # <-- 300 s is more than 120 s
  containers: [{name: app}]
```

```yaml fixed
kind: Pod
spec:
  containers: [{name: app}]
```

```yaml good
kind: Pod
spec:
  terminationGracePeriodSeconds: 100
  containers: [{name: app}]
```

## Fix safety
Unsafe: somebody may have meant it.
"""

from collections.abc import Iterator

from k8slint.lint.rule import Finding, Spot, rule
from k8slint.shutdown.model import Shutdown
from k8slint.shutdown.repair import Need


@rule("ACME001", "endless-grace-period", severity="warning", since="1", fix="unsafe")
def check(shutdown: Shutdown, *, limit: int = 120) -> Iterator[Finding]:
    grace = shutdown.grace
    if grace.seconds and grace.seconds > limit:
        yield Finding(
            f"{grace.seconds} s is more than {limit} s",
            at=Spot(grace.value, grace.label),
            need=Need(grace_removed=True, unsafe="somebody may have meant it"),
        )
'''
PREVIEW = RULE.replace('since="1"', 'since="1", preview=True').replace("ACME", "BETA")
PREVIEW = PREVIEW.replace("endless-grace-period", "new-rule")
BETA = PREVIEW.replace("BETA001", "BETA002").replace("new-rule", "old-rule")
BETA = BETA.replace(", preview=True", "")
# Its annotations are texts.
BETA = BETA.replace(
    "from collections", "from __future__ import annotations\n\nfrom collections", 1
)

# What is found in a pod with a grace period of 300 s, by options and configuration.
RUNS: dict[str, tuple[str, str, str]] = {
    "not without the option": ("", "", ""),
    "on by default": ("--rules own", "", "ACME001"),
    "two folders": ("--rules own --rules more", "", "ACME001 BETA002"),
    "a folder twice": ("--rules own --rules ./own/", "", "ACME001"),
    "by code": ("--rules own --select ACME001", "", "ACME001"),
    "by name": ("--rules own --select endless-grace-period", "", "ACME001"),
    "by prefix": ("--rules own --select ACME", "", "ACME001"),
    "by longer prefix": ("--rules own --rules more --select ACME0", "", "ACME001"),
    "ignored": ("--rules own --ignore ACME", "", ""),
    "not by our prefix": ("--rules own --select GS", "", ""),
    "configured": ("--rules own", "rules: {ACME001: {limit: 300}}", ""),
    "configured by name": ("--rules own", "rules: {endless-grace-period: {limit: 300}}", ""),
    "off": ("--rules own", "rules: {ACME001: {severity: off}}", ""),
    "selected by the file": ("--rules own", "select: [ACME001]", "ACME001"),
    "ignored for files": ("--rules own", "per-file-ignores: {pod.yaml: [ACME]}", ""),
    "no preview in DEFAULT": ("--rules more", "", "BETA002"),
    "no preview in ALL": ("--rules more --select ALL", "", "BETA002"),
    "no preview in a prefix": ("--rules more --select BETA", "", "BETA002"),
    "preview": ("--rules more --preview", "", "BETA001 BETA002"),
    "preview by name": ("--rules more --preview --select new-rule", "", "BETA001"),
    "preview in the file": ("--rules more", "preview: true\nselect: [BETA001]", "BETA001"),
    "preview and the file": ("--rules more --preview", "select: [BETA001]", "BETA001"),
    "preview is not ALL": ("--rules more --preview --select GS", "", ""),
    "preview ignored": ("--rules more --ignore BETA001", "", "BETA002"),
    "preview configured": ("--rules more", "rules: {BETA001: {limit: 1}}", "BETA002"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(
        tmp_path,
        {
            "pod.yaml": LONG,
            "own/acme001.py": RULE,
            "own/_helper.py": "no Python",
            "more/beta001.py": PREVIEW,
            "more/beta002.py": BETA,
        },
    )
    return tmp_path


@pytest.mark.parametrize("name", RUNS)
def test_what_rules_of_ones_own_find(folder: Path, name: str) -> None:
    options, text, codes = RUNS[name]
    make(folder, {".k8slint.yaml": text})
    ran = check(folder, "pod.yaml", *options.split())
    assert [place.split()[1] for place in ran.places] == codes.split(), ran.err
    assert ran.code == bool(codes)


UNSELECTABLE: dict[str, tuple[str, str, str]] = {
    "a preview rule": ("--select BETA001", "", "'BETA001' is in preview: it can be selected with"),
    "by name": ("--extend-select new-rule", "", "'new-rule' is in preview"),
    "by prefix": ("--select BETA001,BETA0011", "", "'BETA001' is in preview"),
    "in the file": ("", "select:\n- GS1\n- BETA001", ".k8slint.yaml:3: 'BETA001' is in preview"),
    "a mistyped one": ("--select BETA003", "", "'BETA003'; did you mean BETA00"),
    "an unknown option": (
        "",
        "rules:\n  BETA001: {limt: 3}",
        ":2: unknown key 'limt' in rules",
    ),
    "a wrong option": (
        "",
        "rules: {BETA001: {limit: a}}",
        ":1: rules.BETA001.limit: 'a' is",
    ),
    "nothing else": ("--select ALL --ignore GS,BETA002", "", "no rule is selected"),
}


@pytest.mark.parametrize("name", UNSELECTABLE)
def test_a_rule_that_cannot_be_had_is_told(folder: Path, name: str) -> None:
    options, text, message = UNSELECTABLE[name]
    make(folder, {".k8slint.yaml": text})
    ran = check(folder, "pod.yaml", "--rules", "more", *options.split())
    assert (ran.code, ran.out) == (2, b"")
    assert message in ran.err


HEAD = """\
from k8slint.lint.rule import rule
from k8slint.shutdown.model import Shutdown
@rule("ACME002", "a", severity="info", since="1")
"""
BROKEN: dict[str, tuple[str, int | None, str]] = {
    "no Python": ("a = 1\nb = (\n", 2, "the rule cannot be loaded: '(' was never closed"),
    "a mistake at load": ("a = 1\n\nb = 1 / 0\n", 3, "ZeroDivisionError: division by zero"),
    "in a function": ("def a():\n    return b\n\na()\n", 2, "NameError: name 'b' is not defined"),
    "a missing import": ("\nimport no_such_thing\n", 2, "ModuleNotFoundError: No module named"),
    "an exit": ("import sys\nsys.exit()\n", 2, "the rule cannot be loaded: it ends the program: "),
    "an exit without findings": ("raise SystemExit(0)\n", 1, "it ends the program"),
    "what is no Exception": ("class E(BaseException): ...\nraise E('a')\n", 2, "E: a"),
    "a message of two lines": (
        "raise ValueError('a\\nb\\x1b[31m')\n",
        1,
        r"ValueError: a b\x1b[31m",
    ),
    "no rule": ("a = 1\n", None, "no rule: the function `check` with @rule above it is missing"),
    "no @rule": ("def check(pod): ...\n", None, "no rule: the function `check` with @rule"),
    "our letters": (RULE.replace("ACME001", "GS999"), 34, "not letters other than GS"),
    "no code": (RULE.replace("ACME001", "acme-1"), 34, "the code 'acme-1' of a custom rule"),
    "a number for a name": (
        RULE.replace('"endless-grace-period"', "5"),
        34,
        "the name 5 is not lower-case words joined by hyphens",
    ),
    "a number for a code": (
        RULE.replace('"ACME001"', "5"),
        34,
        "the code 5 of a custom rule",
    ),
    "no name": (
        RULE.replace("endless-", "Endless "),
        34,
        "is not lower-case words joined by hyphens",
    ),
    "our name": (
        RULE.replace("endless-grace-period", "zero-grace-period").replace("ACME001", "ACME002"),
        34,
        "zero-grace-period is taken by the rule in gs106_zero_grace_period.py",
    ),
    "a code of another one": (
        RULE.replace("endless", "other"),
        34,
        "ACME001 is taken by the rule",
    ),
    "a severity there is not": (
        RULE.replace('"warning"', '"fatal"'),
        34,
        "ValueError: 'fatal' is none of error, warning and info",
    ),
    "a fix there is not": (
        RULE.replace('fix="unsafe"', 'fix="none"'),
        34,
        "fix='none' is not safe or unsafe: leave it out where there is no fix",
    ),
    "about a word": (
        RULE.replace('since="1"', 'since="1", about="preStop"'),
        34,
        "about='preStop' is not a Feature, such as Feature.HOOK of k8slint.api",
    ),
    "widened by what there is not": (
        RULE.replace('since="1"', 'since="1", widened_by=("most",)'),
        34,
        "widened_by: no option is called most",
    ),
    "called with what there is not": (
        f"{HEAD}def check(a: int): ...",
        3,
        "the first parameter is not a Container, Pod, Shutdown or Workload",
    ),
    "called with a class of its own": (
        f"{HEAD}def check(a: Pod): ...".replace("@rule", "class Pod: ...\n@rule"),
        4,
        "the first parameter is not a Container, Pod, Shutdown or Workload",
    ),
    "called with what is no class": (
        f"{HEAD}def check(a: 'rule'): ...",
        3,
        "the first parameter is not a Container, Pod, Shutdown or Workload",
    ),
    "an option without a default": (
        f"{HEAD}def check(a: Shutdown, *, b): ...",
        3,
        "the option b has no default that is an int, a bool or a str",
    ),
    "an option of another type": (
        f"{HEAD}def check(a: Shutdown, *, b=1.5): ...",
        3,
        "the option b has no default that is an int, a bool or a str",
    ),
    "a reserved option": (
        f"{HEAD}def check(a: Shutdown, *, severity=1): ...",
        3,
        "no option can be called severity",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_exit_2_with_its_place(folder: Path, name: str) -> None:
    text, line, message = BROKEN[name]
    make(folder, {"bad/broken.py": text})
    place = f"{folder}/bad/broken.py{f':{line}' if line else ''}: "
    for command in (("check", "pod.yaml"), ("explain",), ("config", "schema"), ("timeline",)):
        ran = k8slint(folder, *command, "--rules", "own", "--rules", "bad")
        assert (ran.code, ran.out) == (2, b"")
        assert ran.err.startswith(f"k8slint: {place}")
        assert message in ran.err
        assert ran.err.count("\n") == 1


EVERY = """\
from k8slint.api import Feature, Finding, Pod, Spot, rule
@rule("ACME003", "every-pod", severity="info", since="1"{})
def check(pod: Pod, *, limit: int = 0): yield Finding("a pod", at=Spot(pod.spec))
"""
# Whether it is asked about a pod with nothing but a grace period of 300 s.
ASKED = {
    "": True,
    ", about=None": True,
    ", about=Feature.GRACE": True,
    ", about=Feature.HOOK": False,
    ", about=Feature.HOOK | Feature.GRACE": True,
    ", about=Feature.HOOK, widened_by=('limit',)": False,
}


@pytest.mark.parametrize("about", ASKED)
def test_such_a_rule_is_asked_about_what_it_is_about(folder: Path, about: str) -> None:
    make(folder, {"own/acme001.py": EVERY.format(about)})
    asked = ["pod.yaml"] if ASKED[about] else []
    call = ("pod.yaml", "--rules", "own", "--select", "ACME003")
    assert [place.partition(":")[0] for place in check(folder, *call).places] == asked
    make(folder, {".k8slint.yaml": "rules: {ACME003: {limit: 1}}"})
    is_wide = "widened_by" in about
    assert bool(check(folder, *call).places) is (ASKED[about] or is_wide)


NO_FOLDERS = {
    "nowhere": "is not a folder",
    "pod.yaml": "is not a folder",
    ".": "holds no rule file",
}


@pytest.mark.parametrize("name", NO_FOLDERS)
def test_a_folder_without_rules_is_exit_2(folder: Path, name: str) -> None:
    ran = check(folder, "pod.yaml", "--rules", name)
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.startswith("k8slint: --rules: ")
    assert NO_FOLDERS[name] in ran.err


def test_rules_are_never_loaded_from_a_configuration(folder: Path) -> None:
    make(folder, {"own/acme001.py": "open('ran', 'w')"})
    for key in ("rules: own", "rules: [own]", "rule-folders: [own]", "rules: {own: {}}"):
        make(folder, {".k8slint.yaml": key})
        assert check(folder, "pod.yaml").code == 2
    assert not (folder / "ran").exists()


def test_a_crash_of_such_a_rule_is_not_reported_to_us(folder: Path) -> None:
    make(folder, {"own/acme001.py": RULE.replace("grace.seconds >", "1 / 0 >")})
    ran = check(folder, "pod.yaml", "--rules", "own", "-q")
    assert ran.code == 2
    assert ran.err == (
        "pod.yaml: ACME001 (endless-grace-period) failed: ZeroDivisionError('division by zero'); "
        "the rule comes from --rules; -v shows where\n"
    )
    assert "own/acme001.py" in check(folder, "pod.yaml", "--rules", "own", "-v").err


NOT_FINDINGS = {
    "a text": ('yield "it is more"', "str yielded, not a Finding"),
    "a value as `at`": (
        'yield Finding("more", at=grace.value)',
        "Value as a place of a Finding, not a Spot",
    ),
    "a value as `because`": (
        'yield Finding("more", at=Spot(grace.value), because=grace.value)',
        "Value as a place of a Finding, not a Spot",
    ),
}


@pytest.mark.parametrize("name", NOT_FINDINGS)
def test_what_a_rule_yields_instead_of_a_finding_is_reported_as_its_mistake(
    folder: Path, name: str
) -> None:
    wrong, message = NOT_FINDINGS[name]
    make(folder, {"own/acme001.py": RULE.replace("    if grace", f"    {wrong}\n    if grace")})
    ran = check(folder, "pod.yaml", "--rules", "own", "-q")
    assert ran.code == 2
    assert ran.err == (
        f"pod.yaml: ACME001 (endless-grace-period) failed: TypeError('{message}'); "
        "the rule comes from --rules; -v shows where\n"
    )


def test_a_rule_that_ends_the_program_does_not_hide_the_findings(folder: Path) -> None:
    ends = RULE.replace("    if grace", "    raise SystemExit(0)\n    if grace")
    make(folder, {"own/acme001.py": ends})
    ran = check(folder, "pod.yaml", "--rules", "own")
    assert ran.code == 2
    assert "ACME001 (endless-grace-period) failed: SystemExit(0)" in ran.err


def test_what_a_rule_file_prints_is_no_part_of_a_report(folder: Path) -> None:
    make(
        folder,
        {
            "own/a.py": "print('hello')\n"
            + RULE.replace("ACME001", "ACME002").replace("endless", "a")
        },
    )
    ran = check(folder, "pod.yaml", "--rules", "own", "--output-format", "json")
    assert ran.data["findings"]
    assert ran.err.startswith("hello\n")


def test_such_a_rule_repairs(folder: Path) -> None:
    options = ("--rules", "own", "--fix", "--unsafe-fixes")
    assert check(folder, "pod.yaml", *options).code == 0
    assert (folder / "pod.yaml").read_text() == pod()


def test_such_a_rule_is_explained(folder: Path) -> None:
    page = k8slint(folder, "explain", "ACME001", "--rules", "own").text
    assert page.startswith(
        "# ACME001 endless-grace-period\n\nA grace period that nobody waits for"
    )
    assert page.endswith("## Options\n- `limit`: 120\n")
    table = k8slint(folder, "explain", "--rules", "own", "--rules", "more").text.splitlines()
    assert [line.split()[:4] for line in table[-3:]] == [
        ["ACME001", "endless-grace-period", "warning", "on"],
        ["BETA001", "new-rule", "warning", "preview"],
        ["BETA002", "old-rule", "warning", "on"],
    ]
    rows = k8slint(folder, "explain", "--rules", "own", "--output-format", "markdown").text
    assert rows.splitlines()[-1].startswith("| ACME001 | `endless-grace-period` |")
    assert k8slint(folder, "explain", "BETA001", "--rules", "more").text.count("in preview") == 1


def test_the_schema_has_the_options_of_such_a_rule(folder: Path) -> None:
    data = k8slint(folder, "config", "schema", "--rules", "own").data
    assert data["$defs"]["ACME001"]["properties"]["limit"]["default"] == 120
    make(folder, {".k8slint.yaml": "rules: {ACME001: {limit: 3}}"})
    shown = k8slint(folder, "config", "show", "--rules", "own").text
    assert "rules:\n  ACME001: {limit: 3}\n" in shown


@pytest.mark.parametrize("start", long_except(("fork", "spawn"), "spawn"))
def test_workers_know_the_rules(folder: Path, start: str) -> None:
    """Whatever they inherit: a worker that is started afresh loads the folder itself."""
    make(folder, {f"many/{number}.yaml": LONG for number in range(4)})
    program = (
        f"import multiprocessing; multiprocessing.set_start_method({start!r})\n"
        "from k8slint import cli\nfrom k8slint.lint import run, units\n"
        "run.POOL_ABOVE = units._BATCH = 1\ncli.main()\n"
    )
    arguments = ("check", "many", "--rules", "own", "-j", "2", "--output-format", "concise")
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.count(": ACME001 ") == 4


# A page with one thing changed, and what is said about it.
PAGES: dict[str, tuple[tuple[str, str], str]] = {
    "as it is": (("", ""), ""),
    "another line": (
        ("300  # <-- 300 s is more", "300\n# <-- 300 s is more"),
        "the rule reports lines",
    ),
    "other words": (
        ("<-- 300 s is more", "<-- it is more"),
        "line 3: the rule reports '300 s is more",
    ),
    "nothing to find": (("limit: int = 120", "limit: int = 400"), "reports lines []"),
    "too much to find": (
        ("limit: int = 120", "limit: int = 90"),
        "example 2 (good): the rule reports",
    ),
    "another repair": (
        ("yaml fixed\nkind: Pod", "yaml fixed\nkind: Job"),
        "--unsafe-fixes writes",
    ),
    "no bad one": (("  # <-- 300 s is more than 120 s", ""), "shows what the rule reports"),
    "no good one": (("```yaml good", "```yaml"), "no example shows what the rule does not"),
    "no fixed one": (("```yaml fixed", "```yaml"), "no example shows the fix"),
    "no reason": ((', fix="unsafe"', ""), "it does not say why there is no fix"),
    "a crash": (("grace.seconds >", "1 / 0 >"), "ACME001 (endless-grace-period) failed: ZeroDiv"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_held_against_its_rule(tmp_path: Path, name: str) -> None:
    change, message = PAGES[name]
    make(tmp_path, {"acme001.py": RULE.replace(*change) if message else RULE})
    found = check_pages(tmp_path)
    assert message in "\n".join(found)
    assert all(line.startswith(f"{tmp_path}/acme001.py: ") for line in found)
    assert bool(found) == bool(message)


def test_a_rule_without_a_reason_is_said_to_have_no_fix(tmp_path: Path) -> None:
    need = 'need=Need(grace_removed=True, unsafe="somebody may have meant it"),'
    pod = "kind: Pod\nspec: {terminationGracePeriodSeconds: 300, containers: [{name: app}]}\n"
    own = RULE.replace(need, "").replace(', fix="unsafe"', "")
    make(tmp_path, {"own/acme001.py": own, "pod.yaml": pod})
    assert (
        "= no fix: its rule has none\n" in k8slint(tmp_path, "check", "--rules", "own", ".").text
    )


def test_pages_of_preview_rules_are_checked(tmp_path: Path) -> None:
    make(tmp_path, {"beta001.py": PREVIEW})
    assert check_pages(tmp_path) == []
    make(tmp_path, {"more/beta001.py": PREVIEW.replace("limit: int = 120", "limit: int = 400")})
    assert check_pages(tmp_path / "more") != []


def test_other_findings_stay_as_they_are(folder: Path) -> None:
    make(folder, {"error.yaml": ERROR, "clean.yaml": CLEAN})
    ours = check(folder, "error.yaml", "clean.yaml")
    assert check(folder, "error.yaml", "clean.yaml", "--rules", "own") == ours


def test_reports_about_such_a_rule_lead_to_no_page_of_ours(folder: Path) -> None:
    arguments = ("check", "pod.yaml", "--rules", "own", "--output-format")
    log = k8slint(folder, *arguments, "sarif").data
    schema = json.loads((DATA / "sarif" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules if "helpUri" not in rule] == ["ACME001"]
    assert k8slint(folder, *arguments, "json").data["findings"][0]["url"] == ""
    assert "| ACME001 endless-grace-period |" in k8slint(folder, *arguments, "markdown").text
    for name in ("junit", "checkstyle", "gitlab", "github", "jsonl"):
        text = k8slint(folder, *arguments, name).text
        assert "ACME001" in text
        assert "/rules/acme" not in text
