"""Error messages of helm, without the values in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_WORD = r"[\w./~+-]{1,300}"
# The parts of messages that contain no value, except for what they quote.
_TOLD = re.compile(
    rf"helm failed|template|{_WORD}:\d+:\d+|executing \"{_WORD}\" at <(.*)>"
    rf"|execution error at \({_WORD}:\d+:\d+\)|error calling \w+"
    r"|nil pointer evaluating (?:interface \{\}|\*?\w+(?:\.\w+)?)\.\w+"
    rf"|can't evaluate field \w+ in type [\w*.{{}}\[\] ]{{1,100}}|YAML parse error on {_WORD}"
    r"|error converting YAML to JSON|yaml|line \d+|mapping values are not allowed in this context"
    r"|(?:did not find|could not find) expected [\w ',\[\]{}<>-]+|cannot load [\w.]+"
    r"|error unmarshaling JSON|while decoding JSON|json"
    r"|cannot unmarshal \w+ into Go value of type .*"
    r"|chart requires kubeVersion|[\w<>=~^|. *-]+ which is incompatible with Kubernetes v[\d.]+"
    r"|(?:no )?template \"(.*)\" (?:not defined|associated with .*)"
    r"|Invalid Semantic Version|index of untyped nil|incompatible types for comparison"
    r"|wrong type for value; expected [\w.\[\]]+; got [\w.\[\]]+|invalid value; expected \w+"
    r"|wrong number of args for \w+|want (?:at least )?\d+ got \d+"
    r"|An error occurred while checking for chart dependencies\. You may need to run "
    r"`helm dependency build` to fetch missing dependencies"
    r"|found in Chart\.yaml, but missing in charts/ directory"
    rf"|error unpacking (?:subchart (?:tarball )?)?{_WORD}(?: in {_WORD})?"
    r"|values don't meet the specifications of the schema\(s\) in the following chart\(s\)"
    r"|unexpected EOF|gzip|invalid header|[Cc]hart\.yaml file is missing|validation"
    r"|chart\.metadata\.\w+ is required|exit \d+"
)
_PARSED = re.compile(rf"helm failed: (parse error at \({_WORD}:\d+\): .*)", re.DOTALL)
_UNFIT = re.compile(
    r"helm failed: (values don't meet the specifications of the schema\(s\) in the following "
    rf"chart\(s\):) ({_WORD}:) - at (.*)",
    re.DOTALL,
)
# What helm's validator says of a key; the names and values in it stand in the schema.
_QUOTED = r"'[^']{0,200}'(?:, '[^']{0,200}'){0,50}"
_OF_SCHEMA = re.compile(
    rf"missing propert(?:y|ies) {_QUOTED}|additional propert(?:y|ies) {_QUOTED} not allowed"
    rf"|value must be one of {_QUOTED}|value must be (?:true|false|null|\d{{1,9}})"
    r"|got \w+, want [\w ]+(?: or \w+)?|(?:min|max)\w+: got [\d.,]+, want [\d.,]+"
    r"|(?:validation|allOf|anyOf|oneOf|'not') failed(?:, none matched)?"
)
_ITEM = re.compile(r"('[^']{0,500}'): (.*)", re.DOTALL)


def without_values(reason: str, public: Sequence[str]) -> str:
    """Return a message of helm without the parts that may contain a value.

    Names of charts, files and keys stay, and parts that are in a `public` text as they are: a
    template may build others from anything.
    """
    if parsed := _PARSED.fullmatch(reason):  # It quotes the template, and nothing was rendered.
        return f"helm failed: {parsed[1]}"
    if unfit := _UNFIT.fullmatch(reason):
        items = re.split(r" - at (?=')", unfit[3])
        return f"helm failed: {unfit[1]} {unfit[2]} {'; '.join(map(_of_schema, items))}"
    said = ": ".join(
        part if _holds_no_value(part, public) else "..." for part in reason.split(": ")
    )
    return re.sub(r"\.\.\.(: \.\.\.)+", "...", said)


def _of_schema(item: str) -> str:
    """Return what a values schema says of a key, without its value."""
    match = _ITEM.fullmatch(item.strip())
    if match is None:
        return "..."
    return f"{match[1]}: {match[2] if _OF_SCHEMA.fullmatch(match[2]) else '...'}"


def _holds_no_value(part: str, public: Sequence[str]) -> bool:
    """Whether a part of a message is helm's own, or is in a public text as it is."""
    match = _TOLD.fullmatch(part)
    quoted = [one for one in match.groups() if one is not None] if match else [part]
    return all(_is_public(one, public) for one in quoted)


def _is_public(part: str, public: Sequence[str]) -> bool:
    """Whether a text, or each name in a list of names, is in a public text."""
    if any(part in text for text in public):
        return True
    names = part.split(", ")
    return len(names) > 1 and all(any(one in text for text in public) for one in names)


def addresses(schema: str) -> Iterator[str]:
    """Yield the addresses of schemas that a values schema names."""
    for match in re.finditer(r'"\$(?:ref|schema|id)"\s{0,9}:\s{0,9}"([^"\\]{1,300})"', schema):
        yield match[1]
