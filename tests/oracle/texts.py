"""Oddities of YAML and JSON, as changes of a text that has the line below once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import yaml

from tests.oracle.drafts import GRACE

LINE = f"{GRACE}: 45"
Change = Callable[[str], str | bytes]


def line(new: str) -> Change:
    """Put a text in the place of the line, all its lines at the same indentation."""

    def change(text: str) -> str:
        return re.sub(
            rf"^( *){LINE}$",
            lambda found: found[1] + new.replace("\n", "\n" + found[1]),
            text,
            flags=re.MULTILINE,
        )

    return change


def before(head: str) -> Change:
    return lambda text: head + text


def behind(tail: str) -> Change:
    return lambda text: text + tail


def then(separator: str) -> Change:
    """Put a second document behind the first, whose grace period is a string."""
    return lambda text: text + separator + text.replace(LINE, f'{GRACE}: "45"')


def ends(newline: str) -> Change:
    return lambda text: text.replace("\n", newline)


def encoded(encoding: str, mark: bytes = b"") -> Change:
    return lambda text: mark + text.encode(encoding)


def binary(old: bytes, new: bytes) -> Change:
    return lambda text: text.encode().replace(old, new)


def dedented(text: str) -> str:
    return re.sub(rf"^  ( *){LINE}$", rf"\1{LINE}", text, flags=re.MULTILINE)


def listed(text: str) -> str:
    items = text.rstrip("\n").replace("\n", "\n  ")
    return f"apiVersion: v1\nkind: List\nitems:\n- {items}\n"


def headed(text: str) -> str:
    first, rest = text.split("\n", 1)
    return f"--- {first}\n{rest}"


YAML: dict[str, Change] = {
    "two byte order marks": before("\ufeff\ufeff"),
    "byte order mark": before("\ufeff"),
    "byte order mark inside": line(f"\ufeff{LINE}"),
    "CRLF": ends("\r\n"),
    "CR": ends("\r"),
    "NEL": ends("\x85"),
    "line separator": ends("\u2028"),
    "no final newline": lambda text: text.rstrip("\n"),
    "no-break space": line(f"{GRACE}:\u00a045"),
    "no-break space behind": line(f"{LINE}\u00a0"),
    "tab behind the colon": line(f"{GRACE}:\t45"),
    "tab before the colon": line(f"{GRACE}\t: 45"),
    "tab behind the value": line(f"{LINE}\t"),
    "tab and comment": line(f"{LINE}\t# seconds"),
    "tab as indentation": lambda text: re.sub(rf" {{2}}({LINE})", "\t\\1", text),
    "line of tabs": line(f"{LINE}\n\t\t"),
    "space before the colon": line(f"{GRACE} : 45"),
    "no space": line(f"{GRACE}:45"),
    "no colon": line(f"{GRACE} 45"),
    "equals sign": line(f"{GRACE}=45"),
    "comment without space": line(f"{LINE}#seconds"),
    "quoted key": line(f'"{GRACE}": 45'),
    "escaped key": line('"\\x74erminationGracePeriodSeconds": 45'),
    "tagged key": line(f"!!str {GRACE}: 45"),
    "complex key": line(f"? {GRACE}\n: 45"),
    "value on the next line": line(f"{GRACE}:\n  45"),
    "value not indented": line(f"{GRACE}:\n45"),
    "one space more": line(f" {LINE}"),
    "two spaces less": dedented,
    "anchored": line(f"{GRACE}: &g 45"),
    "alias before its anchor": line(f"{GRACE}: *g\nhostname: &g web"),
    "alias of itself": line(f"{GRACE}: &g [*g]"),
    "alias of a string": line(f"hostname: &g web\n{GRACE}: *g"),
    "merged": line(f"<<: {{{LINE}}}"),
    "merged before": line(f"<<: {{{GRACE}: 60}}\n{LINE}"),
    "merged behind": line(f"{LINE}\n<<: {{{GRACE}: 60}}"),
    "merged list": line(f"<<: [{{{LINE}}}, {{{GRACE}: 60}}]"),
    "merged twice": line(f"<<: {{{LINE}}}\n<<: {{{GRACE}: 60}}"),
    "merged in a merge": line(f"<<: {{<<: {{{LINE}}}}}"),
    "merged string": line(f'<<: {{{GRACE}: "45"}}'),
    "merged number": line("<<: 45"),
    "merged null": line("<<: null"),
    "merged empty list": line("<<: []"),
    "quoted merge": line(f'"<<": {{{LINE}}}'),
    "tagged merge": line(f"!!merge <<: {{{LINE}}}"),
    "integer key": line(f"{LINE}\n7: a"),
    "boolean key": line(f"{LINE}\nyes: a"),
    "null key": line(f"{LINE}\n~: a"),
    "float key": line(f"{LINE}\n1.5: a"),
    "list as key": line(f"{LINE}\n[a]: b"),
    "mapping as key": line(f"{LINE}\n{{a: b}}: c"),
    "deep value": line(f"{GRACE}: {'[' * 1100}{']' * 1100}"),
    "unclosed quote": line(f'{GRACE}: "45'),
    "unclosed bracket": line(f"{GRACE}: [45"),
    "tag without a handle": line(f"{GRACE}: !n!int 45"),
    "%YAML 1.1": before("%YAML 1.1\n---\n"),
    "%YAML 1.2": before("%YAML 1.2\n---\n"),
    "%YAML 2.0": before("%YAML 2.0\n---\n"),
    "%TAG": before("%TAG ! tag:example.com,2026:\n---\n"),
    "unknown directive": before("%SHUTDOWN soon\n---\n"),
    "marker": before("---\n"),
    "marker with a comment": before("--- # web\n"),
    "marker with content": headed,
    "marker with a mapping": before("--- {}\n---\n"),
    "blank lines and marker": before("\n\n---\n"),
    "document of null": before("null\n---\n"),
    "document of text": before("text\n---\n"),
    "document of a list": before("- a\n---\n"),
    "broken document before": before("a: [b\n---\n"),
    "empty documents": before("---\n---\n# nothing\n---\n"),
    "end marker": behind("...\n"),
    "indented marker behind": behind("  ---\n"),
    "brace behind": behind("}\n"),
    "tab behind": behind("\t\n"),
    "NUL behind": behind("\0"),
    "second kind": behind("kind: Service\n"),
    "second document": then("---\n"),
    "second document, comment": then("--- # next\n"),
    "second document, space": then("--- \n"),
    "second document, tab": then("---\t\n"),
    "second document, end marker": then("...\n---\n"),
    "only an end marker": then("...\n"),
    "four dashes": then("----\n"),
    "list of objects": listed,
    "list of bad objects": lambda text: listed(text.replace(LINE, f'{GRACE}: "45"')),
    "space before the kind": lambda text: re.sub("(?m)^kind: (.*)$", r'kind: " \1"', text),
    "UTF-16": encoded("utf-16"),
    "UTF-16LE": encoded("utf-16-le"),
    "UTF-16BE": encoded("utf-16-be"),
    "UTF-16BE with mark": encoded("utf-16-be", b"\xfe\xff"),
    "UTF-32": encoded("utf-32"),
    "Latin-1": binary(LINE.encode(), LINE.encode() + b" # \xe9"),
    "bad UTF-8": binary(LINE.encode(), LINE.encode() + b" # \xff"),
    "surrogate": binary(LINE.encode(), LINE.encode() + b" # \xed\xa0\x80"),
    "NUL in a comment": line(f"{LINE} # \0"),
    "bell in a comment": line(f"{LINE} # \a"),
    "DEL in a comment": line(f"{LINE} # \x7f"),
    "emoji in a comment": line(f"{LINE} # \N{FOX FACE}"),
}


def as_json(text: str, indent: str | None = None) -> str:
    return json.dumps(yaml.load(text, yaml.CSafeLoader), indent=indent)


def in_json(old: str, new: str) -> Change:
    return lambda text: as_json(text).replace(old, new)


FIELD = f'"{GRACE}": 45'
JSON: dict[str, Change] = {
    "JSON": as_json,
    "JSON, tabs": lambda text: as_json(text, "\t"),
    "JSON, byte order mark": lambda text: "\ufeff" + as_json(text),
    "JSON, float": in_json(FIELD, f"{FIELD}.0"),
    "JSON, half": in_json(FIELD, f"{FIELD}.5"),
    "JSON, exponent": in_json(FIELD, f"{FIELD}e0"),
    "JSON, octal": in_json(FIELD, f'"{GRACE}": 045'),
    "JSON, string": in_json(FIELD, f'"{GRACE}": "45"'),
    "JSON, negative": in_json(FIELD, f'"{GRACE}": -45'),
    "JSON, null": in_json(FIELD, f'"{GRACE}": null'),
    "JSON, twice": in_json(FIELD, f'{FIELD}, "{GRACE}": 50'),
    "JSON, other case": in_json(GRACE, GRACE.lower()),
    "JSON, single quotes": in_json('"', "'"),
    "JSON, comment": lambda text: "// web\n" + as_json(text),
    "JSON, trailing comma": lambda text: as_json(text)[:-1] + ",}",
    "JSON, escaped slash": in_json("/", "\\/"),
    "JSON, escaped key": in_json(GRACE, "\\u0074" + GRACE[1:]),
    "JSON, two objects": lambda text: as_json(text) + "\n" + as_json(text),
    "JSON, bad second": lambda text: (
        as_json(text) + "\n" + as_json(text).replace(FIELD, f'"{GRACE}": "45"')
    ),
}


def changed(change: Change, text: str) -> bytes:
    made: Any = change(text)
    return made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass")
