"""Words, assignments and redirections, from the nodes of tree-sitter's bash grammar."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from k8slint.shutdown.shell import syntax as s
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_BLANKS = " \t\n"
_DUPLICATE = re.compile(r"\d|-")
_PLAIN_PARAMETER = re.compile(r"\$\{([A-Za-z_]\w*)\}", re.ASCII)
_NOT_BARE = re.compile(r"[~{\"'`\\]")
# Compiled where they are asked for: few scripts have braces, or what is not read.
_BRACES = r"[{][^}]*(?:,|\.\.)[^}]*[}]"
_OPEN_QUOTE = r"(?<!\\)[\"'`]"
_SUBSTITUTION = r"[$<>]\((?!\()|`"
_ESCAPE = re.compile(r"\\(\n|.)", re.DOTALL)
_ESCAPE_IN_QUOTES = re.compile(r'\\([\\"$`\n])')
_OPERATORS = frozenset({"", ":-", "-", ":=", "=", ":+", "+"})
_TRIMS = frozenset({"%", "%%", "#", "##"})
_QUOTED_NOTHING = s.Text("", quoted=True)
_EXPANSIONS = frozenset(
    {"simple_expansion", "expansion", "arithmetic_expansion", "command_substitution"}
)
REDIRECTS = frozenset({"file_redirect", "heredoc_redirect", "herestring_redirect"})
_BARE = frozenset(
    {"word", "number", "extglob_pattern", "variable_name", "test_operator",
     "special_variable_name"}
)  # fmt: skip


class WordReader:
    """Reads the words of one script; `read_block` reads what is in a substitution."""

    def __init__(self, script: str, read_block: Callable[[list[Node]], s.Block]) -> None:
        self.script = script
        self.read_block = read_block
        self.bash_only = False

    def text(self, node: Node) -> str:
        return self.script[node.start_byte : node.end_byte]

    def runs(self, node: Node) -> bool:
        """Whether a part that is not read may run a command; the grammar finds not all."""
        return re.search(_SUBSTITUTION, self.text(node)) is not None

    def read_assignment(self, node: Node) -> s.Assignment:
        name, operator, *value = node.children
        appends = operator.type == "+="
        if name.type != "variable_name" or (value and value[0].type == "array"):
            self.bash_only = True
            return s.Assignment(self.text(name).split("[")[0], None, appends)
        if not value or value[0].start_byte != operator.end_byte:
            nothing = s.Word((), "", node.end_byte, node.end_byte, "")
            return s.Assignment(self.text(name), nothing, appends)
        return s.Assignment(self.text(name), self.read_word(value[0]), appends)

    def read_redirects(self, node: Node) -> Iterator[s.Redirect]:
        fd = next((self.text(c) for c in node.children if c.type == "file_descriptor"), "")
        operator = next(c.type for c in node.children if not c.is_named)
        self.bash_only |= operator == "<<<"
        target: s.Word | None = None
        for child in node.named_children:
            if child.type == "heredoc_body":
                target = self.read_span(child, child.start_byte, child.end_byte)
            elif child.type in REDIRECTS:
                yield from self.read_redirects(child)
            elif child.type in {"file_descriptor", "heredoc_start", "heredoc_end"}:
                continue
            elif node.type == "heredoc_redirect":
                raise s.Unreadable("a here-document inside a list is not read")
            elif target is None:
                target = self.read_word(child)
            else:
                raise s.Unreadable("its redirections are not understood")
        if node.type == "heredoc_redirect":
            quoted = any(
                c.type == "heredoc_start" and set(self.text(c)) & set("'\"\\")
                for c in node.named_children
            )
            target = None if quoted else target
            ends = [c.end_byte for c in node.named_children if c.type == "heredoc_end"]
            # The grammar takes `END;` for an end as well.
            if not ends or self.script[ends[0] : ends[0] + 1] not in {"", "\n"}:
                raise s.Unreadable("a here-document has no end")
        if operator in {">&", "<&"} and (
            target is None or not _DUPLICATE.fullmatch(target.source)
        ):
            # BusyBox refuses two digits, and to bash a name is a file for both streams.
            raise s.Unreadable(f"`{self.text(node)}` differs between shells")
        yield s.Redirect(operator, fd, target)

    # Words

    def read_plain(self, node: Node) -> s.Word:
        text = self.text(node)
        start, end = node.start_byte, node.end_byte
        return s.Word((), text, start, end, text)

    def read_word(self, node: Node) -> s.Word:
        start, end = node.start_byte, node.end_byte
        source = self.script[start:end]
        if s.PLAIN_WORD.fullmatch(source):
            return s.Word((), source, start, end, source)
        # The grammar takes a backslash in the next line for a part of this one.
        if source.startswith("\n"):
            raise s.Unreadable("its lines are not understood")
        if node.type == "command_name":
            node = node.children[0]
        parts = self.read_parts(node, quoted=False)
        literal: str | None = ""
        for part in parts:
            if not isinstance(part, s.Text) or (not part.quoted and _matches_files(part.text)):
                literal = None
                break
            literal = f"{literal}{part.text}"
        return s.Word(tuple(parts), source, start, end, literal)

    def read_span(self, node: Node, start: int, end: int) -> s.Word:
        """Text in which only expansions are special: arithmetic or a here-document."""
        parts = tuple(self.read_expansions(node, start, end))
        return s.Word(parts, self.script[start:end], start, end)

    def read_parts(self, node: Node, *, quoted: bool) -> list[s.Part]:
        kind = node.type
        if kind == "string":
            return self.read_string(node)
        if kind in _EXPANSIONS:
            return [self.read_expansion(node, quoted=quoted)]
        if kind == "concatenation":
            parts: list[s.Part] = []
            end = node.start_byte
            if "{" in self.text(node) and self.has_braces(node):
                return [
                    s.Opaque(f"`{self.text(node)}` depends on the shell", runs=self.runs(node))
                ]
            for child in node.children:
                if child.start_byte != end:
                    raise s.Unreadable("its words are not understood")
                end = child.end_byte
                if child.is_named:
                    parts += self.read_parts(child, quoted=quoted)
                else:
                    parts += self.read_bare(self.text(child))
            return parts
        if kind == "raw_string":
            return [s.Text(self.text(node)[1:-1], quoted=True)]
        if (kind in _BARE and not node.named_child_count) or kind == "regex":
            return self.read_bare(self.text(node))
        if kind == "process_substitution" or "(" in self.text(node):
            self.bash_only = True
        why = f"`{s.first_line(self.text(node))}` differs between shells"
        return [s.Opaque(why, quoted, self.runs(node))]

    def has_braces(self, node: Node) -> bool:
        """Whether some shells make several words of the parts of one."""
        bare = [self.text(c) if _is_bare(c) else "x" for c in node.children]
        return re.search(_BRACES, "".join(bare)) is not None

    def read_bare(self, source: str) -> list[s.Part]:
        if not _NOT_BARE.search(source):
            return [s.Text(source)] if source else []
        if source.startswith("~") or ("{" in source and re.search(_BRACES, source)):
            return [s.Opaque(f"`{source}` depends on the shell")]
        if re.search(_OPEN_QUOTE, source):
            raise s.Unreadable("its quotes are not understood")
        parts: list[s.Part] = []
        end = 0
        for escape in _ESCAPE.finditer(source):
            if escape.start() > end:
                parts.append(s.Text(source[end : escape.start()]))
            if escape[1] != "\n":
                parts.append(s.Text(escape[1], quoted=True))
            end = escape.end()
        if end < len(source):
            parts.append(s.Text(source[end:]))
        return parts

    def read_string(self, node: Node) -> list[s.Part]:
        if self.script[node.start_byte] != '"':
            return [s.Opaque('`$"` differs between shells', quoted=True)]
        parts = self.read_expansions(node, node.start_byte + 1, node.end_byte - 1)
        return [_QUOTED_NOTHING, *parts]

    def read_expansions(self, node: Node, start: int, end: int) -> list[s.Part]:
        """The text between two bytes with the expansions in it, however deep they hang."""
        parts: list[s.Part] = []
        for found in _outermost_expansions(node, start, end):
            # In quotes the grammar takes the blanks before an expansion for a part of it.
            text = self.text(found)
            begin = found.start_byte + len(text) - len(text.lstrip(_BLANKS))
            if begin > start:
                parts.append(self.read_between(start, begin))
            parts.append(self.read_expansion(found, quoted=True))
            start = found.end_byte
        if start < end:
            parts.append(self.read_between(start, end))
        return parts

    def read_between(self, start: int, end: int) -> s.Text:
        text = self.script[start:end]
        if "\\" in text:
            text = _ESCAPE_IN_QUOTES.sub(_unescape, text)
        return s.Text(text, quoted=True)

    def read_expansion(self, node: Node, *, quoted: bool) -> s.Part:
        kind = node.type
        if kind == "simple_expansion":
            return s.Variable(self.text(node).lstrip(_BLANKS)[1:], quoted=quoted)
        if kind == "expansion":
            return self.read_parameter(node, quoted=quoted)
        if kind == "arithmetic_expansion":
            if node.children[0].type != "$((":
                return s.Opaque("`$[...]` differs between shells", quoted, self.runs(node))
            inner = node.children[0].end_byte, node.children[-1].start_byte
            return s.Arithmetic(self.read_span(node, *inner), quoted)
        source = self.text(node).lstrip(_BLANKS)
        if source.startswith("`") and "\\" in source:
            return s.Opaque("backslashes in backquotes are not read", quoted, runs=True)
        if "<<" in source and _has_here_document(node):
            # bash 5.2 forgets what stands after one.
            return s.Opaque("a here-document in a substitution is not read", quoted, runs=True)
        children = [child for child in node.children if child.type not in {"$(", "`", ")"}]
        if any(child.type == "file_redirect" for child in children):
            return s.Opaque(f"`{s.first_line(source)}` differs between shells", quoted)
        return s.Substitution(self.read_block(children), source, quoted)

    def read_parameter(self, node: Node, *, quoted: bool) -> s.Part:
        """`${...}`; an operator that is not followed leaves the value open."""
        if plain := _PLAIN_PARAMETER.fullmatch(self.text(node).lstrip(_BLANKS)):
            return s.Variable(plain[1], quoted=quoted)
        children = node.children[1:-1]
        kinds = [child.type for child in children]
        if kinds == ["#", "variable_name"]:
            return s.Variable(self.text(children[1]), "#", None, quoted)
        if not kinds or not kinds[0].endswith("variable_name"):
            return s.Opaque(f"`{self.text(node)}` is not read", quoted, self.runs(node))
        name = self.text(children[0])
        operator = kinds[1] if len(kinds) > 1 else ""
        if operator not in _OPERATORS or len(children) > 3:
            if {"$", "`"} & {*self.text(node).lstrip(_BLANKS)[1:]}:
                self.bash_only |= operator not in _TRIMS
                return s.Opaque(f"`{self.text(node)}` is not read", quoted, self.runs(node))
            if operator not in {"?", ":?"}:
                operator = "%" if operator in _TRIMS else "/"
            return s.Variable(name, operator, None, quoted)
        if not operator:
            return s.Variable(name, quoted=quoted)
        if len(children) == 3:
            return s.Variable(name, operator, self.read_word(children[2]), quoted)
        end = node.end_byte
        return s.Variable(name, operator, s.Word((), "", end, end, ""), quoted)


def _has_here_document(node: Node) -> bool:
    return any(
        child.type == "heredoc_redirect" or _has_here_document(child) for child in node.children
    )


def _is_bare(node: Node) -> bool:
    """Whether a part of a word is neither quoted nor expanded."""
    return not node.is_named or node.type in _BARE


def _outermost_expansions(node: Node, start: int, end: int) -> list[Node]:
    found: list[Node] = []
    for child in node.children:
        if not child.child_count or child.end_byte <= start or child.start_byte >= end:
            continue
        if child.type in _EXPANSIONS:
            found.append(child)
        else:
            found += _outermost_expansions(child, start, end)
    return found


def _matches_files(text: str) -> bool:
    return "*" in text or "?" in text or "[" in text


def _unescape(escape: re.Match[str]) -> str:
    return "" if escape[1] == "\n" else escape[1]
