"""Repositories with hostile names and texts in every place, and what no output may do with them.

Nothing here is taken from the code that is tested: what a terminal, a log, a forge or a browser
would do with a text is said once more.
"""

from __future__ import annotations

import copy
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any
from unicodedata import category
from xml.etree import ElementTree as ET

import jsonschema
import yaml
from markdown_it import MarkdownIt

from k8slint.cli import timeline
from k8slint.cli.check import options
from k8slint.lint.examples import read_examples
from k8slint.lint.rulebook import load_rules
from tests.command import Ran, k8slint, make
from tests.places import DATA, ROOT

SCHEMA = DATA / "sarif" / "sarif-schema-2.1.0.json"
PICTURE = ROOT / "k8slint" / "picture"

TEXTS = (
    "\x1b[2J\x1b[1;1Hgone",
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "a\rGS000 fine",
    "a\n::error file=x::y",
    "::add-mask::a",
    " ::stop-commands::x",
    "\u3000::warning::x",
    "##[error]x",
    "##vso[task.setvariable variable=x]y",
    "##teamcity[buildProblem]",
    "section_start:1:x\r\x1b[0K",
    "\u202eecnis\u2066\u2069",
    "\u200bzero\u200d\ufeff\u2060",
    "".join(chr(0xE0000 + ord(char)) for char in "hidden"),
    "a" + "".join(chr(0xFE00 + n % 16) + chr(0xE0100 + n) for n in range(40)),
    "e" + "\u0301" * 500,
    "\x7f\x80\x9b31m\x85\u2028\u2029",
    "\u3164\u115f\u034f\u2800",
    "@org/team #1 GH-1 org/repo#2 :tada: https://evil.example www.evil.example a@b.example",
    "![x](https://evil.example/x.png)[y](javascript:alert(1))\\](z)",
    "<img src=x onerror=alert(1)><script>alert(1)</script>--><!--",
    "`code` | *a* __b__ ~~c~~ $x$ \\| ``",
    "</svg></style></title>]]><![CDATA[ &amp; &#27;",
    "'\"><a href='javascript:alert(1)' onclick=alert(1)>",
    "%0A%25::x,y=z;",
    "../../../etc/passwd",
    "-rf",
    "--rules=x",
    "$(touch pwned)`touch pwned`",
    "{0} {x!r} %s %(x)s",
    "é 日本 שלום 🦊",
    "",
)
# What no name of a file can hold; YAML cannot hold the first as it is either.
NOT_IN_NAMES = "\0/"

# Characters that take no room, beside those of the categories of controls.
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0\U000e0100-\U000e01ef]"
)
COMMANDS = re.compile(r"##[\w.-]*\[")
LEVELS = ("error", "warning", "notice", "group", "stop-commands", "endgroup")


def pieces(random: Random) -> str:
    """A hostile text, now and then a very long one."""
    text = "".join(random.choices(TEXTS, k=random.choice((1, 1, 1, 2, 3))))
    if random.random() < 0.03:
        text += random.choice(("A", "A b ", "\u202e", "@a ", "<b>")) * 100_000
    return text


def repository(random: Random) -> dict[str, str | bytes]:
    """The files of a repository whose words are a stranger's."""
    files: dict[str, str | bytes] = {}
    renamed: dict[str, str] = {}
    for _ in range(random.randint(1, 4)):
        folder = f"{_file_name(random)}/" if random.random() < 0.5 else ""
        objects = copy.deepcopy(random.choice(_objects()))
        texts = [_written(_made_hostile(one, renamed, random), random) for one in objects if one]
        files[f"{folder}{_file_name(random)}.yaml"] = "---\n".join(texts)
    if random.random() < 0.3:
        files[f"{_file_name(random)}.yaml"] = f"kind: Pod\nspec: {{{{ {pieces(random)} }}}}\n[\n"
    if random.random() < 0.2:
        files[".k8slint-baseline.json"] = json.dumps(_baseline(random))
    if random.random() < 0.2:
        files[".k8slint.yaml"] = yaml.safe_dump(_settings(random), allow_unicode=True)
    if random.random() < 0.2:
        lines = (f"{pieces(random)} @{pieces(random)} a@b" for _ in range(3))
        files["CODEOWNERS"] = "".join(f"{line}\n" for line in ("* @all", *lines))
    if random.random() < 0.1:
        changes = {"namePrefix": pieces(random), "commonLabels": {pieces(random): pieces(random)}}
        files["kustomization.yaml"] = yaml.safe_dump({"resources": [*files][:1], **changes})
    return files


def _file_name(random: Random) -> str:
    text = pieces(random)
    if random.random() < 0.1:
        text += "\udcff\udc9b"
    for char in NOT_IN_NAMES:
        text = text.replace(char, "_")
    # No more than 255 bytes, and neither nothing nor a dot.
    data = os.fsencode(text)[:180]
    return f"{os.fsdecode(data.decode('utf-8', 'ignore').encode() if data else b'')}n"


@cache
def _objects() -> list[list[Any]]:
    """Manifests for which the rules have something to say, as data."""
    found = []
    for rule in load_rules().rules:
        for example in read_examples(rule):
            try:
                found.append([*yaml.safe_load_all(example.text)])
            except yaml.YAMLError:  # Pages have broken ones too.
                continue
    return found


# What must stay for the object to be one.
_KEPT = ("apiVersion", "kind", "containers", "spec", "template", "metadata")


def _made_hostile(value: Any, renamed: dict[str, str], random: Random) -> Any:
    """Data with words changed: each the same way in all objects, so that they still join."""
    if isinstance(value, dict):
        made = {}
        for key, child in value.items():
            if key in ("apiVersion", "kind") and random.random() < 0.98:
                made[key] = child
                continue
            is_kept = key in _KEPT or random.random() < 0.97
            made[key if is_kept else f"{key}{pieces(random)}"] = _made_hostile(
                child, renamed, random
            )
        if random.random() < 0.05:
            made[pieces(random)] = pieces(random)
        if "name" in made and "containers" not in made and random.random() < 0.1:
            made["annotations"] = {
                "k8slint/ignore": f"GS101,{pieces(random)}: {pieces(random)}",
                pieces(random): pieces(random),
            }
        return made
    if isinstance(value, list):
        return [_made_hostile(child, renamed, random) for child in value]
    if isinstance(value, str) and random.random() < 0.4:
        return renamed.setdefault(value, f"{value}{pieces(random)}")
    if isinstance(value, int) and random.random() < 0.02:
        return random.choice((pieces(random), -1, 10**30, "1" * 5_000))
    return value


def _written(value: Any, random: Random) -> str:
    """An object as YAML or JSON, with comments."""
    if random.random() < 0.2:
        return json.dumps(value, ensure_ascii=random.random() < 0.5) + "\n"
    text: str = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=10**9)
    lines = text.split("\n")
    for _ in range(random.randint(0, 3)):
        ours = random.choice(
            ("", " k8slint: ignore[GS101] ", f" k8slint: ignore[{pieces(random)}]")
        )
        comment = re.sub(r"[\r\n\x85\u2028\u2029]", " ", f"#{ours}{pieces(random)}")
        at = random.randrange(len(lines))
        indent = len(lines[at]) - len(lines[at].lstrip(" "))
        lines.insert(at, " " * indent + comment)
    return "\n".join(lines)


def _baseline(random: Random) -> dict[str, Any]:
    names = ("path", "resource", "code", "pointer")
    entries = [{name: pieces(random) for name in names} for _ in range(3)]
    entries[0] |= {"code": "GS101", "path": f"gone\ud800{pieces(random)}"}
    return {"version": 1, "entries": entries}


def _settings(random: Random) -> dict[str, Any]:
    """A configuration; in most there is a mistake."""
    program = {"name": pieces(random), "command": pieces(random) or "x", "flag": pieces(random)}
    every: dict[str, Any] = {
        "exclude": [pieces(random)],
        "context": [pieces(random)],
        "extends": pieces(random),
        "per-file-ignores": {pieces(random): [random.choice(("GS101", pieces(random)))]},
        "programs": [program],
        "pod-templates": [{"kind": pieces(random), "group": "x.y", "paths": [pieces(random)]}],
        "select": [random.choice(("ALL", pieces(random)))],
        "kubernetes-version": random.choice(("1.30", pieces(random))),
        "rules": {random.choice(("GS101", pieces(random))): {"severity": pieces(random)}},
        pieces(random): pieces(random),
    }
    return {key: every[key] for key in random.sample([*every], random.randint(1, 2))}


# What no output may do.


def watch_lines(text: str) -> None:
    """A text whose lines are ours alone: for a terminal, and for a log in which commands count."""
    watch_characters(text)
    for line in text.split("\n"):
        assert not line.lstrip().startswith("::"), f"a command: {line[:200]!r}"


def watch_characters(text: str) -> None:
    """No character moves the cursor, turns or hides text, and none is a command of a log."""
    kinds = {char: category(char) for char in {*text} - {"\n"}}
    for char, kind in kinds.items():
        at = text.index(char)
        is_odd = kind[0] == "C" or kind in ("Zl", "Zp")
        assert not is_odd, f"{char!r} in {text[max(0, at - 60) : at + 20]!r}"
    marks = "".join(char for char, kind in kinds.items() if kind in ("Mn", "Me"))
    heap = re.search(f"[{re.escape(marks)}]{{5}}", text) if marks else None
    assert not heap, f"marks in {text[max(0, heap.start() - 60) : heap.end()]!r}"
    assert not (found := UNSEEN.search(text)), ascii(text[found.start() - 60 : found.end()])
    assert not (found := COMMANDS.search(text)), text[found.start() - 60 : found.end() + 20]


def watch_source_lines(text: str) -> None:
    """As `watch_lines`, where source lines keep their tabs."""
    watch_lines(text.replace("\t", " "))


def watch_github(text: str) -> None:
    """As the runner reads it: commands of ours, and none between ours that is a stranger's."""
    watch_characters(text)
    token = None
    for line in text.split("\n"):
        start = line.lstrip()
        if token:
            token = None if start == f"::{token}::" else token
        elif start.startswith("::"):
            name, _, rest = start[2:].partition("::")
            assert name.split(" ")[0] in LEVELS, line[:200]
            assert start == line
            assert not re.search("[\r\n]", rest)
            token = rest if name == "stop-commands" else None
    assert token is None


def watch_json(text: str) -> None:
    watch_characters(text)
    json.loads(text)


def watch_json_lines(text: str) -> None:
    watch_characters(text)
    for line in text.split("\n")[:-1]:
        json.loads(line)


def watch_sarif(text: str) -> None:
    watch_characters(text)
    data = json.loads(text)
    _validator().validate(data)
    (run,) = data["runs"]
    for result in run["results"]:
        assert "](" not in result["message"]["text"]
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"(file://)?[\w./~%-]+", uri, re.ASCII), uri


@cache
def _validator() -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def watch_xml(text: str) -> None:
    watch_lines(text)
    ET.fromstring(text)


# What forges make of text outside of code, once Markdown is read.
ALIVE = re.compile(r"@\w|#\d|GH-\d|://|www\.|mailto:|:[a-z]+:", re.IGNORECASE)


def watch_markdown(text: str) -> None:
    watch_lines(text)
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = [inner for token in reader.parse(text) for inner in (token.children or [token])]
    for before, token in zip([None, *tokens], tokens, strict=False):
        assert token.type not in ("image", "html_inline", "html_block", "fence"), token.content
        if token.type == "link_open":
            page = "https://k8slint.github.io/k8slint/rules/"
            assert str(token.attrs["href"]).startswith(page), token.attrs
        elif token.type == "text":
            assert not ALIVE.search(token.content), token.content
        assert token.type not in ("em_open", "strong_open", "s_open"), before
    rows = [line for line in text.split("\n") if line.startswith("|")]
    for row in rows:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 5, row


MARKS = re.compile(r"(<!-- k8slint:[0-9a-f]{64} -->\n)+")
SUGGESTION = re.compile(r"\n(`{3,})suggestion\n((?:(?! {0,3}\1).*\n)*)\1\n\Z")


def watch_review(text: str) -> None:
    watch_characters(text)
    review = json.loads(text)
    watch_markdown(review["body"])
    for comment in review["comments"]:
        body, marks = MARKS.subn("", comment["body"], count=1)
        assert marks == 1
        if suggested := SUGGESTION.search(body):
            watch_characters(suggested[2].replace("\t", " "))
            body = body[: suggested.start()]
        watch_markdown(body)


def watch_svg(text: str) -> None:
    watch_characters(text.replace("\xa0", " "))
    _watch_tree(ET.fromstring(text))


def _watch_tree(tree: ET.Element) -> None:
    for one in tree.iter():
        name = one.tag.rpartition("}")[2]
        assert name not in ("script", "a", "image", "foreignObject", "use"), name
        assert not [key for key in one.attrib if key.startswith("on") or "href" in key]


class _Page(HTMLParser):
    """What a browser would run of a page, or fetch for it."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("img", "iframe", "object", "link", "base", "embed"), tag
        for name, value in attrs:
            assert not name.startswith("on"), attrs
            assert name not in ("src", "srcdoc", "style", "action", "formaction"), attrs
            if "href" in name:
                assert tag == "a", attrs
                assert re.fullmatch(
                    r"https://k8slint\.github\.io/k8slint/rules/gs\d+/", value or ""
                )
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts.append(data)


def watch_html(text: str) -> None:
    watch_characters(re.sub("[\xa0\t]", " ", text))
    page = _Page()
    page.feed(text)
    assert "".join(page.scripts) == (PICTURE / "page.js").read_text(encoding="utf-8")


WATCHED: dict[str, Callable[[str], None]] = {
    "full": watch_source_lines,
    "concise": watch_lines,
    "grouped": watch_lines,
    "json": watch_json,
    "jsonl": watch_json_lines,
    "sarif": watch_sarif,
    "github": watch_github,
    "gitlab": watch_json,
    "junit": watch_xml,
    "checkstyle": watch_xml,
    "markdown": watch_markdown,
    "github-review": watch_review,
    "text": watch_lines,
    "svg": watch_svg,
    "html": watch_html,
}
FORMATS = tuple(filter(WATCHED.__contains__, options.FORMATS))
DRAWN = tuple(filter(WATCHED.__contains__, timeline.DRAWN))


def watch(folder: Path, *paths: str) -> int:
    """Call everything that prints or writes, in a folder; how many findings there are."""
    owners = ["--codeowners"] if (folder / "CODEOWNERS").exists() else []
    wanted = ("--select", "ALL", *owners, *_to_files(FORMATS))
    ran = k8slint(folder, "check", "-v", *wanted, "--", *paths)
    _watch_streams(ran)
    _watch_streams(k8slint(folder, "config", "show"))
    if ran.err.startswith("k8slint: "):  # A configuration with mistakes, each told in a line.
        lines = ran.err.removesuffix("\n").split("\n")
        assert all(line.startswith("k8slint: ") for line in lines)
        assert (ran.code, ran.out, len(lines) <= 21) == (2, b"", True)
        return 0
    data = json.loads((folder / "out" / "json").read_bytes())
    count = len(data["findings"])
    _watch_files(folder, FORMATS, _most(data))
    _watch_data(folder, data)
    for arguments in (
        ("check", "--diff", "--unsafe-fixes", "--select", "ALL", "--output-format", "github"),
        ("check", "--show-files"),
        ("check", "--statistics", "--color", "always"),
        ("check", "--write-baseline", "--baseline", "out/baseline"),
    ):
        _watch_streams(k8slint(folder, *arguments, "--", *paths))
    baseline = folder / "out" / "baseline"
    if baseline.exists():
        watch_json(baseline.read_text(encoding="utf-8"))
    _watch_streams(k8slint(folder, "facts", "--", *paths))
    watch_json(k8slint(folder, "facts", "--output-format", "json", "--", *paths).text)
    _watch_streams(k8slint(folder, "timeline", *_to_files(DRAWN), "--", *paths))
    _watch_files(folder, DRAWN, _most(data))
    return count


def _most(data: dict[str, Any]) -> int:
    """How long a report may be: rules and styles, what each finding takes, and exact edits."""
    edits = [edit for found in data["findings"] for edit in (found["fix"] or {}).get("edits", ())]
    exact = sum(len(json.dumps(edit["content"])) for edit in edits)
    return 400_000 + 60_000 * len(data["findings"]) + exact


def _to_files(formats: tuple[str, ...]) -> list[str]:
    return [f"--output-format={name}=out/{name}" for name in formats]


def _watch_streams(ran: Ran) -> None:
    assert "Traceback" not in ran.err, ran.err[-3_000:]
    text = ran.out.decode()
    if text.startswith("::"):
        watch_github(text.replace("\t", " "))  # A patch has tabs.
    else:
        watch_source_lines(re.sub(r"\x1b\[[\d;]*m", "", text))
    watch_lines(ran.err)


def _watch_files(folder: Path, formats: tuple[str, ...], most: int) -> None:
    for name in formats:
        file = folder / "out" / name
        if file.exists():
            text = file.read_bytes().decode()
            WATCHED[name](text)
            assert len(text) <= most, (name, len(text))
            file.unlink()


def _watch_data(folder: Path, data: dict[str, Any]) -> None:
    """What programs read is exact: files that are there, and texts to put into them."""
    for found in data["findings"]:
        if "\ufffd" not in found["path"]:
            assert (folder / found["path"]).is_file(), found["path"]
        assert len(found["message"]) <= 1_000


def one(random: Random) -> tuple[bytes, Callable[[], str]]:
    """A repository, and the watching of it, as the fuzzer takes them."""
    files = repository(random)

    def run() -> str:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            try:
                make(folder, files)
            except OSError:
                return "no such names here"
            (folder / "out").mkdir(exist_ok=True)
            return f"{'some' if watch(folder, '.') else 'no'} findings"

    return repr(files).encode("utf-8", "surrogatepass"), run


def named(texts: tuple[str, ...] = TEXTS) -> Iterator[str]:
    """Each hostile text as the name of a file."""
    for text in texts:
        name = re.sub("[\0/]", "_", text)[:60]
        yield f"{name}.yaml"
