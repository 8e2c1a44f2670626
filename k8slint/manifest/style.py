"""How new text looks: indentation, dashes, quotes and commas like those of the text around it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from k8slint.manifest.geometry import body_start, is_block, start_of, walk_nodes
from k8slint.manifest.kept import Data, Kept, as_new_data, kept_lines, needs_rewriting
from k8slint.manifest.lines import column, indentation, line_start, on_own_line
from k8slint.manifest.pyyaml import MappingNode, Node, ScalarNode, SequenceNode
from k8slint.manifest.scalars import resolve
from k8slint.manifest.splice import Refused
from k8slint.manifest.values import read_scalar
from k8slint.records import NamedTuple
from k8slint.type_names import TypeAlias

_PLAIN = r"(?a)(?:--?(?=[A-Za-z]))?[A-Za-z_/][\w./=-]*(?: [\w./=-]+)*|https://[\w./-]+"
# How much deeper mappings are; and lists, with the width of their dashes.
_Evidence: TypeAlias = tuple[int | None, tuple[int, int] | None]
_UNPRINTABLE = "[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]"


class BlockStyle(NamedTuple):
    """Indentation of nested block collections, and the quotes of their scalars."""

    step: int = 2
    offset: int = 0
    dash: int = 2
    quote: str = '"'


class FlowStyle(NamedTuple):
    """Spacing and quotes of a flow collection.

    Expanded mappings and lists have a line for each entry.
    """

    quote: str = '"'
    quoted: bool = False
    quotes_text: bool = False
    colon: str = ": "
    comma: str = ", "
    padding: str = ""
    step: str = "  "
    expands_mappings: bool = False
    expands_lists: bool = False
    trailing_comma: bool = False


def block_style(text: str, chain: Sequence[Node]) -> BlockStyle:
    """Indentation by the nearest evidence: a chain of nodes from its inner end, then the rest."""
    step, items = _nearest(
        _evidence(text, node) if node else _in_all(text, chain[0])
        for node in (*reversed(chain), None)
    )
    offset, dash = items or (0, 2)
    return BlockStyle(
        2 if step is None else step, max(offset, 0), dash, usual_quote(text, chain[0])
    )


def _nearest(found: Iterable[_Evidence]) -> _Evidence:
    """What is known of each, from the first that shows it."""
    step, items = None, None
    for a_step, some_items in found:
        step = a_step if step is None else step
        items = items or some_items
        if step is not None and items:
            break
    return step, items


@lru_cache(maxsize=1)
def _in_all(text: str, root: Node) -> _Evidence:
    return _nearest(_evidence(text, node) for node in walk_nodes(root))


@lru_cache(maxsize=64)
def _evidence(text: str, node: Node) -> _Evidence:
    """What the first collections in a mapping show about the indentation to use."""
    if not isinstance(node, MappingNode) or node.flow_style:
        return None, None
    blocks = ((key, value) for key, value in node.value if is_block(value) and value.value)
    return _nearest(_told_by(text, key, value) for key, value in blocks)


def _told_by(text: str, key: Node, value: Node) -> _Evidence:
    indent = column(text, body_start(value, text)) - column(text, start_of(key))
    if isinstance(value, SequenceNode):
        return None, (indent, _dash_width(text, value))
    return indent if indent > 0 else None, None


def _dash_width(text: str, items: SequenceNode) -> int:
    dash, first = body_start(items, text), start_of(items.value[0])
    inline = line_start(text, first) == line_start(text, dash)
    return max(first - dash, 2) if inline else 2


@lru_cache(maxsize=1)
def usual_quote(text: str, root: Node) -> str:
    """The quotes that most of a document's quoted scalars have."""
    if "'" not in text:
        return '"'
    counts = Counter(node.style for node in walk_nodes(root) if isinstance(node, ScalarNode))
    return "'" if counts["'"] > counts['"'] else '"'


def plain_or_quoted(value: str | int, quote: str = '"') -> str:
    """A scalar in its shortest safe spelling."""
    if isinstance(value, int):
        return str(value).lower()  # True is an int.
    if re.fullmatch(_PLAIN, value) and isinstance(resolve(value), str):
        return value
    return _quoted(value, quote)


def word(value: str, quote: str, *, quoted: bool) -> str:
    """An item of a list of words, in quotes where the others are."""
    return _quoted(value, quote) if quoted else plain_or_quoted(value, quote)


def _quoted(value: str, quote: str) -> str:
    if quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return _double_quoted(value)


def _double_quoted(value: str) -> str:
    if value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    import json  # Few words need it.

    written = json.dumps(value, ensure_ascii=False)
    if written.isprintable():
        return written
    return re.sub(_UNPRINTABLE, lambda match: f"\\u{ord(match[0]):04x}", written)


def block_lines(value: Data, style: BlockStyle, text: str) -> Iterator[str]:
    """A value as block text, line by line, the first line at column 0."""
    if isinstance(value, Kept):
        yield from kept_lines(value, text)
    elif isinstance(value, (str, int)):
        yield plain_or_quoted(value, style.quote)
    elif not value:
        yield "{}" if isinstance(value, Mapping) else "[]"
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from pair_lines(plain_or_quoted(key, style.quote), child, style, text)
    else:
        for child in value:
            head, *rest = block_lines(child, style, text)
            yield f"-{' ' * (style.dash - 1)}{head}"
            yield from _indented(rest, style.dash)


def pair_lines(key: str, value: Data, style: BlockStyle, text: str) -> Iterator[str]:
    """`key: value` as block text, nested collections on the lines below the key."""
    if is_inline(value):
        head, *rest = block_lines(value, style, text)
        yield f"{key}: {head}"
        yield from rest
        return
    yield f"{key}:"
    lines = block_lines(value, style, text)
    yield from _indented(lines, style.offset if is_list(value) else style.step)


def is_inline(value: Data) -> bool:
    """Whether a value begins on the line of its key."""
    if isinstance(value, Kept):
        return not is_block(value.node)
    return isinstance(value, (str, int)) or not value


def is_list(value: Data) -> bool:
    if isinstance(value, Kept):
        return isinstance(value.node, SequenceNode)
    return isinstance(value, Sequence) and not isinstance(value, str)


def _indented(lines: Iterable[str], width: int) -> Iterator[str]:
    for line in lines:
        yield " " * width + line if line else line


def flow_text(value: Data, style: FlowStyle, text: str, eol: str, indent: str = "") -> str:
    """A value as flow text; `indent` is that of the line it starts on."""
    if isinstance(value, Kept):
        if needs_rewriting(value.node):
            return flow_text(as_new_data(value.node, text), style, text, eol, indent)
        return _kept_text(value, style, text, eol, indent)
    if isinstance(value, str) and (style.quoted or style.quotes_text):
        return _quoted(value, '"' if style.quoted else style.quote)
    if isinstance(value, (str, int)):
        return plain_or_quoted(value, style.quote)
    inner = indent + style.step
    if isinstance(value, Mapping):
        entries = [
            f"{flow_key(key, style)}{style.colon}{flow_text(child, style, text, eol, inner)}"
            for key, child in value.items()
        ]
        if style.expands_mappings and entries:
            return "{" + _expanded(entries, style, eol, indent) + "}"
        padding = style.padding if entries else ""
        return "{" + padding + style.comma.join(entries) + padding + "}"
    # The words of a command are quoted alike, as people write them: ["sleep", "5"].
    looks = style if style.quoted else style._replace(quotes_text=True)
    items = [flow_text(item, looks, text, eol, inner) for item in value]
    if style.expands_lists and items:
        return "[" + _expanded(items, style, eol, indent) + "]"
    return "[" + style.comma.join(items) + "]"


def flow_key(key: str, style: FlowStyle) -> str:
    return _double_quoted(key) if style.quoted else plain_or_quoted(key, style.quote)


def _expanded(entries: Sequence[str], style: FlowStyle, eol: str, indent: str) -> str:
    last = "," if style.trailing_comma else ""
    lines = f",{eol}{indent}{style.step}".join(entries)
    return f"{eol}{indent}{style.step}{lines}{last}{eol}{indent}"


def _kept_text(value: Kept, style: FlowStyle, text: str, eol: str, indent: str) -> str:
    node = value.node
    if style.quoted and isinstance(node, ScalarNode) and node.style != '"':
        if text.startswith(("&", "!"), value.start):
            raise Refused("the part to be moved has an anchor or a tag")
        scalar = read_scalar(node)
        if scalar is None or isinstance(scalar, (str, int)):
            import json

            return json.dumps(scalar, ensure_ascii=False)
        raise Refused("a number of the part to be moved has no form in JSON")
    first, *rest = kept_lines(value, text)
    if not first:
        return "null"
    return eol.join([first, *(indent + line if line else line for line in rest)])


def flow_style(text: str, chain: Sequence[Node]) -> FlowStyle:
    """Spacing and quotes by the nearest evidence: the mapping a chain of nodes ends with."""
    mapping = chain[-1]
    pairs = mapping.value
    body = text[body_start(mapping, text) + 1 : mapping.end_mark.index - 1]
    if not pairs:
        inside = len(chain) > 1 and isinstance(chain[-2], MappingNode) and chain[-2].flow_style
        outer = flow_style(text, chain[:-1]) if inside else FlowStyle(usual_quote(text, chain[0]))
        return outer._replace(padding=" ") if body == " " else outer
    quoted = all(isinstance(key, ScalarNode) and key.style == '"' for key, _ in pairs)
    (first_key, first_value), (last_key, last_value) = pairs[0], pairs[-1]
    compact = quoted and text[first_key.end_mark.index : start_of(first_value)] == ":"
    behind = text[last_value.end_mark.index : mapping.end_mark.index - 1]
    style = FlowStyle(
        usual_quote(text, chain[0]),
        quoted,
        _quotes_text(chain),
        colon=":" if compact else ": ",
        comma="," if compact else ", ",
        padding=" " if body.startswith(" ") and "\n" not in body else "",
        trailing_comma="\n" in body and behind.lstrip().startswith(","),
    )
    if not all(on_own_line(text, start_of(key)) for key, _ in pairs[1:] or pairs):
        return style
    inner, outer_indent = (
        indentation(text, start_of(last_key)),
        indentation(text, start_of(mapping)),
    )
    step = inner.removeprefix(outer_indent) or "  "
    mappings = (v for _, v in pairs if isinstance(v, MappingNode))
    lists = (one for node in reversed(chain) if (one := _first_list(node)))
    return style._replace(
        step=step,
        expands_mappings=_expands(text, mappings),
        expands_lists=_expands(text, lists),
    )


@lru_cache(maxsize=64)
def _first_list(node: Node) -> SequenceNode | None:
    """The first list in a part that is in brackets and has items."""
    lists = (one for one in walk_nodes(node) if isinstance(one, SequenceNode))
    return next((one for one in lists if one.value and not is_block(one)), None)


def _expands(text: str, nodes: Iterable[Node]) -> bool:
    """Whether collections like these have a line for each entry; yes without evidence."""
    for node in nodes:
        if node.value and not is_block(node):
            return "\n" in text[start_of(node) : node.end_mark.index]
    return True


def _quotes_text(chain: Sequence[Node]) -> bool:
    """Whether the nearest texts in flow mappings are all in double quotes."""
    for node in reversed(chain):
        if not isinstance(node, MappingNode) or not node.flow_style:
            return False
        scalars = [value for _, value in node.value if isinstance(value, ScalarNode)]
        texts = [scalar for scalar in scalars if isinstance(read_scalar(scalar), str)]
        if texts:
            return all(scalar.style == '"' for scalar in texts)
    return False
