"""Script text to a tree, through tree-sitter's bash grammar.

The grammar is not the shell: it takes `fi` for a command, hangs `!` on the first part of a
pipeline and a redirection on a whole list. What it gets wrong is put right here, and what cannot
be put right makes the script `Unreadable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from k8slint.shutdown.shell import syntax as s

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_LENGTH = 64 * 1024
MAX_NESTING = 200

CLOSERS = frozenset({"then", "do", "done", "fi", "else", "elif", "esac", "}"})
_KEYWORDS = frozenset({"if", "while", "until", "for", "case", "{", "!"}) | CLOSERS
_BASH_KEYWORDS = frozenset({"time", "coproc", "select", "function"})
_NOT_SIMPLE = _BASH_KEYWORDS | {"export", "local", "readonly", "declare", "typeset"}
_AFTER_KEYWORD = frozenset({b"", *(bytes([sign]) for sign in b" \t\n\r\f\v;&|()<>")})
_BEFORE_KEYWORD = frozenset({b"", *(bytes([sign]) for sign in b" \t\n\r\f\v;&|()`{}")})
_WITH_KEYWORDS = frozenset(
    {"if_statement", "while_statement", "for_statement", "case_statement", "compound_statement",
     "negated_command", "test_command", "function_definition"}
)  # fmt: skip
_BLANKS = " \t\n"
_DUPLICATE = re.compile(r"\d|-")
_SEPARATORS = frozenset({";", "\n", "&"})
_BRACKETS = re.compile(r"[(\[{`\"]|[)\]}]|\b(?:if|while|until|for|case|do)\b")
_OPENERS = ("(", "[", "{", "if", "while", "until", "for", "case", "do")
_PLAIN_WORD = re.compile(r"[\w./:=@%+,-]+", re.ASCII)
_PLAIN_SCRIPT = re.compile(r"\s*[\w./-]+(?:[ \t]+[\w./:=@%+,-]+)*\s*", re.ASCII)
_GLOB = re.compile(r"[*?\[]")
_PLAIN_PARAMETER = re.compile(r"\$\{([A-Za-z_]\w*)\}", re.ASCII)
_NOT_BARE = re.compile(r"[~{\"'`\\]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_BRACES = re.compile(r"[{][^}]*(?:,|\.\.)[^}]*[}]")
_OPEN_QUOTE = re.compile(r"(?<!\\)[\"'`]")
_ESCAPE = re.compile(r"\\(\n|.)", re.DOTALL)
_ESCAPE_IN_QUOTES = re.compile(r'\\([\\"$`\n])')
_OPERATORS = frozenset({"", ":-", "-", ":=", "=", ":+", "+"})


class Unreadable(Exception):
    """The script cannot be read; the message says why, in words for the user."""


@lru_cache(maxsize=256)  # charts give many workloads the same hook
def parse(script: str) -> s.Block:
    """The script as a tree; Unreadable when its syntax is not understood."""
    if len(script) <= MAX_LENGTH and _PLAIN_SCRIPT.fullmatch(script):
        return _plain(script)
    refuse_huge(script)
    # The scanner of tree-sitter-bash 0.25.1 looks a character up in a table of ctype.h, and reads
    # far behind it where one is beyond 255: `{` and U+F0000 end the process. All such characters
    # are plain to a shell; `%` is too, and no part of a name.
    source = (script if script.isascii() else _BEYOND_ASCII.sub("%", script)).encode()
    root = _parser().parse(source).root_node
    if root.has_error:
        raise Unreadable("its syntax is not understood")
    return _Lowering(script, source).block(root.children)


def refuse_huge(script: str) -> None:
    """The grammar's time grows with the square of the nesting: refuse before it starts."""
    if len(script) > MAX_LENGTH:
        raise Unreadable(f"the script is longer than {MAX_LENGTH // 1024} kB")
    if "\0" in script:
        raise Unreadable("the script has a NUL byte")
    if "\r" in script:
        raise Unreadable("the script has carriage returns")
    if sum(map(script.count, _OPENERS)) <= MAX_NESTING:
        return  # to measure the depth takes seven times as long as to see that it cannot be
    depth = deepest = 0
    for found in _BRACKETS.finditer(script):
        depth = max(0, depth - 1) if found[0] in ")]}" else depth + (found[0] not in '`"')
        deepest = max(deepest, depth)
    if deepest > MAX_NESTING:
        raise Unreadable(f"the script nests deeper than {MAX_NESTING} levels")


def _plain(script: str) -> s.Block:
    """A single command of plain words, for which no grammar is needed."""
    words = tuple(
        s.Word((s.Text(found[0]),), found[0], found.start(), found.end(), found[0])
        for found in _PLAIN_WORD.finditer(script)
    )
    name = words[0].source
    if name in _KEYWORDS:
        raise Unreadable(f"`{name}` stands where a command should be")
    start, end = words[0].start, words[-1].end
    if name in _NOT_SIMPLE:
        return s.Block((s.Statement(s.Unread(f"`{name}` is not read", start, end)),))
    return s.Block((s.Statement(s.Simple(words, (), (), start, end)),))


@cache
def _parser() -> Parser:
    # Loading the grammar costs more than a whole run without a script: only when one is met.
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


class _Lowering:
    """One script's nodes to our tree."""

    def __init__(self, script: str, source: bytes) -> None:
        self.script = script
        self.source = source

    def text(self, node: Node) -> str:
        return self.script[node.start_byte : node.end_byte]

    # Statements

    def block(self, nodes: list[Node]) -> s.Block:
        statements: list[s.Statement] = []
        heads = True
        for node in nodes:
            kind = node.type
            if kind in _SEPARATORS:
                if heads and kind != "\n":
                    raise Unreadable(f"`{kind}` has no command before it")
                if kind == "&":
                    statements[-1] = s.Statement(statements[-1].command, background=True)
                heads = True
            elif node.is_named and kind != "comment":
                statements.append(s.Statement(self.command(node)))
                heads = False
            elif kind == ";;":
                raise Unreadable("`;;` stands outside a `case`")
        return s.Block(tuple(statements))

    def body(self, node: Node, *without: str) -> s.Block:
        """The statements in a node, without the tokens that enclose them."""
        self.refuse_glued(node)
        block = self.block([child for child in node.children if child.type not in without])
        if not block.statements:
            raise Unreadable(f"`{self.text(node)[:20]}` has no command in it")
        return block

    def command(self, node: Node) -> s.Command:
        kind = node.type
        lower = getattr(self, f"_{kind}", None)
        if lower is None:
            return self.unread(node, f"`{first_line(self.text(node))}` is not read")
        if kind in _WITH_KEYWORDS:
            self.refuse_glued(node)
        command: s.Command = lower(node)
        return command

    def refuse_glued(self, node: Node) -> None:
        """The grammar reads `inin` as `in` and `in`; a shell reads one word."""
        for child in node.children:
            if child.is_named:
                continue
            kind = child.type
            if not kind.isalpha() and kind not in {"{", "}", "[[", "!"}:
                continue
            start, end = child.start_byte, child.end_byte
            before = self.source[start - 1 : start] if start else b""
            if self.source[end : end + 1] not in _AFTER_KEYWORD or before not in _BEFORE_KEYWORD:
                raise Unreadable(f"`{kind}` does not stand alone")

    def unread(self, node: Node, why: str) -> s.Unread:
        return s.Unread(why, node.start_byte, node.end_byte)

    def _command(self, node: Node) -> s.Command:
        words: list[s.Word] = []
        assignments: list[s.Assignment] = []
        redirects: list[s.Redirect] = []
        differs = False
        for child in node.children:
            kind = child.type
            if kind == "variable_assignment":
                assignments.append(self.assignment(child))
            elif kind.endswith("_redirect"):
                redirects.extend(self.redirects(child))
            else:
                word = self.word(child)
                differs |= word.source.startswith(("(", ")"))
                words.append(word)
        name = words[0].source if words else ""
        if name in _KEYWORDS:
            raise Unreadable(f"`{name}` stands where a command should be")
        if differs or name in _BASH_KEYWORDS:
            return self.unread(node, f"`{first_line(self.text(node))}` differs between shells")
        start, end = node.start_byte, node.end_byte
        return s.Simple(tuple(words), tuple(assignments), tuple(redirects), start, end)

    def _variable_assignment(self, node: Node) -> s.Command:
        return self._variable_assignments(node, [node])

    def _variable_assignments(self, node: Node, parts: list[Node] | None = None) -> s.Command:
        assignments = tuple([self.assignment(part) for part in parts or node.named_children])
        start, end = node.start_byte, node.end_byte
        return s.Simple((), assignments, (), start, end)

    def _declaration_command(self, node: Node) -> s.Command:
        assignments: list[s.Assignment] = []
        names: list[str] = []
        for child in node.children[1:]:
            if child.type == "variable_assignment":
                assignments.append(self.assignment(child))
            elif child.type == "variable_name":
                names.append(self.text(child))
            else:
                return self.unread(node, f"`{first_line(self.text(node))}` is not read")
        return s.Declaration(node.children[0].type, tuple(assignments), tuple(names))

    def _unset_command(self, node: Node) -> s.Command:
        words = tuple(self.word(child) for child in node.children)
        return s.Simple(words, (), (), node.start_byte, node.end_byte)

    def _negated_command(self, node: Node) -> s.Command:
        inner = self.command(node.named_children[0])
        if isinstance(inner, s.Pipeline):
            if inner.negated:
                raise Unreadable("`!` stands twice")
            return s.Pipeline(inner.commands, negated=True)
        return s.Pipeline((inner,), negated=True)

    def _pipeline(self, node: Node) -> s.Command:
        commands: list[s.Command] = []
        negated = False
        children = node.children
        kinds = [child.type for child in children]
        if "|&" in kinds:
            return self.unread(node, "`|&` differs between shells")
        for child, kind in zip(children, kinds, strict=True):
            if kind == "comment" or not child.is_named:
                continue
            if kind == "negated_command":
                if commands:
                    raise Unreadable("`!` stands inside a pipeline")
                negated = True
                child = child.named_children[0]
            part = self.command(child)
            if isinstance(part, s.Pipeline) and not part.negated:
                commands.extend(part.commands)
            else:
                commands.append(part)
        return s.Pipeline(tuple(commands), negated)

    def _list(self, node: Node) -> s.Command:
        children = [child for child in node.children if child.type not in {"comment", "\n"}]
        if len(children) != 3:
            raise Unreadable("its syntax is not understood")
        left, operator, right = children
        first, rest = self.command(left), (operator.type, self.command(right))
        if isinstance(first, s.AndOr):
            return s.AndOr(first.first, (*first.rest, rest))
        return s.AndOr(first, (rest,))

    def _redirected_statement(self, node: Node) -> s.Command:
        body: s.Command | None = None
        redirects: list[s.Redirect] = []
        for child in node.named_children:
            if child.type.endswith("_redirect"):
                redirects.extend(self.redirects(child))
            elif body is None:
                body = self.command(child)
            else:
                raise Unreadable("its redirections are not understood")
        if body is None:
            start, end = node.start_byte, node.end_byte
            return s.Simple((), (), tuple(redirects), start, end)
        return _redirect_last(body, tuple(redirects))

    def _subshell(self, node: Node) -> s.Command:
        return s.Subshell(self.body(node, "(", ")"))

    def _compound_statement(self, node: Node) -> s.Command:
        if node.children[0].type == "((":
            inner = node.children[0].end_byte, node.children[-1].start_byte
            return s.Calculation(self.span_word(node, *inner))
        return s.Group(self.body(node, "{", "}"))

    def _test_command(self, node: Node) -> s.Command:
        opening = node.children[0].type
        if opening == "((":
            return self._compound_statement(node)
        words: list[s.Word] = []
        for child in node.children[1:-1]:
            self.add_operands(child, words)
        return s.Test(tuple(words), double=opening == "[[")

    def add_operands(self, node: Node, words: list[s.Word]) -> None:
        """The words of a test, which the grammar has made an expression of."""
        kind = node.type
        if kind.endswith("_expression"):
            for child in node.children:
                self.add_operands(child, words)
        elif node.is_named and kind != "test_operator":
            words.append(self.word(node))
        else:
            words.append(self.plain(node))

    # Compound commands

    def _if_statement(self, node: Node) -> s.Command:
        branches: list[tuple[s.Block, s.Block]] = []
        otherwise: s.Block | None = None
        own: list[Node] = []
        for child in node.children:
            if child.type == "elif_clause":
                self.refuse_glued(child)
                branches.append(self.branch(child, "elif"))
            elif child.type == "else_clause":
                otherwise = self.body(child, "else")
            else:
                own.append(child)
        branches.insert(0, self.split_branch(own, "if"))
        return s.If(tuple(branches), otherwise)

    def branch(self, node: Node, keyword: str) -> tuple[s.Block, s.Block]:
        return self.split_branch(node.children, keyword)

    def split_branch(self, nodes: list[Node], keyword: str) -> tuple[s.Block, s.Block]:
        then = next(i for i, node in enumerate(nodes) if node.type == "then")
        condition = [node for node in nodes[:then] if node.type != keyword]
        body = [node for node in nodes[then + 1 :] if node.type != "fi"]
        blocks = self.block(condition), self.block(body)
        if not (blocks[0].statements and blocks[1].statements):
            raise Unreadable(f"`{keyword}` has no command in it")
        return blocks

    def _while_statement(self, node: Node) -> s.Command:
        opening, body = node.children[0], node.children[-1]
        condition = self.block(node.children[1:-1])
        if not condition.statements:
            raise Unreadable(f"`{opening.type}` has no condition")
        return s.Loop(
            condition,
            self.body(body, "do", "done"),
            opening.type == "until",
            self.text(node),
            *self.extent(node),
        )

    def _for_statement(self, node: Node) -> s.Command:
        if node.children[0].type != "for":
            return self.unread(node, f"`{node.children[0].type}` differs between shells")
        body = node.children[-1]
        if any(child.type in {"&", ";;"} for child in node.children):
            raise Unreadable("the words of its `for` do not end with `;`")
        if body.type != "do_group":
            return self.unread(node, "a `for` without `do` differs between shells")
        name = self.text(node.children[1])
        words: tuple[s.Word, ...] | None = None
        if any(child.type == "in" for child in node.children):
            values = node.children_by_field_name("value")
            words = tuple(self.word(value) for value in values)
        return s.For(name, words, self.body(body, "do", "done"), *self.extent(node))

    def _case_statement(self, node: Node) -> s.Command:
        if any(child.type in {"&", ";", ";;"} for child in node.children):
            raise Unreadable("the head of its `case` is not understood")
        items: list[tuple[tuple[s.Word, ...], s.Block]] = []
        for item in node.named_children[1:]:
            if item.type == "comment":
                continue
            if any(child.type in {";&", ";;&"} for child in item.children):
                return self.unread(node, "`;&` differs between shells")
            close = next(i for i, child in enumerate(item.children) if child.type == ")")
            patterns = [child for child in item.children[:close] if child.type not in "(|"]
            if any(set(self.text(pattern)) & set("()") for pattern in patterns):
                raise Unreadable("the patterns of its `case` are not understood")
            rest = [child for child in item.children[close + 1 :] if child.type != ";;"]
            items.append((tuple(self.word(child) for child in patterns), self.block(rest)))
        return s.Case(self.word(node.named_children[0]), tuple(items))

    def _function_definition(self, node: Node) -> s.Command:
        if node.children[0].type == "function":
            return self.unread(node, "`function` differs between shells")
        body = node.child_by_field_name("body")
        if body is None or node.children_by_field_name("redirect"):
            return self.unread(node, "a function with redirections is not read")
        return s.Function(self.text(node.children[0]), self.command(body))

    def extent(self, node: Node) -> tuple[int, int]:
        """From the start of a compound command to the end of its first line."""
        start, end = node.start_byte, node.end_byte
        newline = self.script.find("\n", start, end)
        return start, end if newline < 0 else newline

    # Assignments and redirections

    def assignment(self, node: Node) -> s.Assignment:
        name, operator, *value = node.children
        appends = operator.type == "+="
        if name.type != "variable_name" or (value and value[0].type == "array"):
            return s.Assignment(self.text(name).split("[")[0], None, appends)
        if not value or value[0].start_byte != operator.end_byte:
            nothing = s.Word((), "", node.end_byte, node.end_byte, "")
            return s.Assignment(self.text(name), nothing, appends)
        return s.Assignment(self.text(name), self.word(value[0]), appends)

    def redirects(self, node: Node) -> Iterator[s.Redirect]:
        fd = next((self.text(c) for c in node.children if c.type == "file_descriptor"), "")
        operator = next(c.type for c in node.children if not c.is_named)
        target: s.Word | None = None
        for child in node.named_children:
            if child.type == "heredoc_body":
                target = self.span_word(child, child.start_byte, child.end_byte)
            elif child.type.endswith("_redirect"):
                yield from self.redirects(child)
            elif child.type in {"file_descriptor", "heredoc_start", "heredoc_end"}:
                continue
            elif node.type == "heredoc_redirect":
                raise Unreadable("a here-document inside a list is not read")
            elif target is None:
                target = self.word(child)
            else:
                raise Unreadable("its redirections are not understood")
        if node.type == "heredoc_redirect":
            quoted = any(
                c.type == "heredoc_start" and set(self.text(c)) & set("'\"\\")
                for c in node.named_children
            )
            target = None if quoted else target
            if not any(c.type == "heredoc_end" for c in node.named_children):
                raise Unreadable("a here-document has no end")
        if operator in {">&", "<&"} and (
            target is None or not _DUPLICATE.fullmatch(target.source)
        ):
            # BusyBox refuses two digits, and to bash a name is a file for both streams.
            raise Unreadable(f"`{self.text(node)}` differs between shells")
        yield s.Redirect(operator, fd, target)

    # Words

    def plain(self, node: Node) -> s.Word:
        text = self.text(node)
        start, end = node.start_byte, node.end_byte
        return s.Word((s.Text(text),), text, start, end, text)

    def word(self, node: Node) -> s.Word:
        start, end = node.start_byte, node.end_byte
        source = self.script[start:end]
        if _PLAIN_WORD.fullmatch(source):
            return s.Word((s.Text(source),), source, start, end, source)
        if node.type == "command_name":
            node = node.children[0]
        parts = tuple(self.parts(node, quoted=False))
        literal: str | None = ""
        for part in parts:
            if not isinstance(part, s.Text) or (not part.quoted and _GLOB.search(part.text)):
                literal = None
                break
            literal = f"{literal}{part.text}"
        return s.Word(parts, source, start, end, literal)

    def span_word(self, node: Node, start: int, end: int) -> s.Word:
        """Text in which only expansions are special: arithmetic or a here-document."""
        parts = tuple(self.expansions(node, start, end))
        return s.Word(parts, self.script[start:end], start, end)

    def parts(self, node: Node, *, quoted: bool) -> list[s.Part]:
        kind = node.type
        if kind == "string":
            return self.string(node)
        if kind in _EXPANSIONS:
            return [self.expansion(node, quoted=quoted)]
        if kind == "concatenation":
            parts: list[s.Part] = []
            end = node.start_byte
            for child in node.children:
                if child.start_byte != end:
                    raise Unreadable("its words are not understood")
                end = child.end_byte
                if child.is_named:
                    parts += self.parts(child, quoted=quoted)
                else:
                    parts += self.bare(self.text(child))
            return parts
        if kind == "raw_string":
            return [s.Text(self.text(node)[1:-1], quoted=True)]
        if (kind in _BARE and not node.named_child_count) or kind == "regex":
            return self.bare(self.text(node))
        return [s.Opaque(f"`{first_line(self.text(node))}` differs between shells", quoted)]

    def bare(self, source: str) -> list[s.Part]:
        if not _NOT_BARE.search(source):
            return [s.Text(source)] if source else []
        if source.startswith("~") or _BRACES.search(source):
            return [s.Opaque(f"`{source}` depends on the shell")]
        if _OPEN_QUOTE.search(source):
            raise Unreadable("its quotes are not understood")
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

    def string(self, node: Node) -> list[s.Part]:
        if self.script[node.start_byte] != '"':
            return [s.Opaque('`$"` differs between shells', quoted=True)]
        return [_QUOTED_NOTHING, *self.expansions(node, node.start_byte + 1, node.end_byte - 1)]

    def expansions(self, node: Node, start: int, end: int) -> Iterator[s.Part]:
        """The text between two bytes with the expansions in it, however deep they hang."""
        for found in _outermost_expansions(node, start, end):
            # In quotes the grammar takes the blanks before an expansion for a part of it.
            text = self.text(found)
            begin = found.start_byte + len(text) - len(text.lstrip(_BLANKS))
            if begin > start:
                yield self.between(start, begin)
            yield self.expansion(found, quoted=True)
            start = found.end_byte
        if start < end:
            yield self.between(start, end)

    def between(self, start: int, end: int) -> s.Text:
        text = self.script[start:end]
        if "\\" in text:
            text = _ESCAPE_IN_QUOTES.sub(_unescape, text)
        return s.Text(text, quoted=True)

    def expansion(self, node: Node, *, quoted: bool) -> s.Part:
        kind = node.type
        if kind == "simple_expansion":
            return s.Variable(self.text(node).lstrip(_BLANKS)[1:], quoted=quoted)
        if kind == "expansion":
            return self.parameter(node, quoted=quoted)
        if kind == "arithmetic_expansion":
            if node.children[0].type != "$((":
                return s.Opaque("`$[...]` differs between shells", quoted)
            inner = node.children[0].end_byte, node.children[-1].start_byte
            return s.Arithmetic(self.span_word(node, *inner), quoted)
        source = self.text(node).lstrip(_BLANKS)
        if source.startswith("`") and "\\" in source:
            return s.Opaque("backslashes in backquotes are not read", quoted)
        children = [child for child in node.children if child.type not in {"$(", "`", ")"}]
        if any(child.type == "file_redirect" for child in children):
            return s.Opaque(f"`{first_line(source)}` differs between shells", quoted)
        return s.Substitution(self.block(children), source, quoted)

    def parameter(self, node: Node, *, quoted: bool) -> s.Part:
        """`${...}`; an operator that is not followed leaves the value open."""
        if plain := _PLAIN_PARAMETER.fullmatch(self.text(node).lstrip(_BLANKS)):
            return s.Variable(plain[1], quoted=quoted)
        children = node.children[1:-1]
        kinds = [child.type for child in children]
        if kinds == ["#", "variable_name"]:
            return s.Variable(self.text(children[1]), "#", None, quoted)
        if not kinds or not kinds[0].endswith("variable_name"):
            return s.Opaque(f"`{self.text(node)}` is not read", quoted)
        name = self.text(children[0])
        operator = kinds[1] if len(kinds) > 1 else ""
        if operator not in _OPERATORS or len(children) > 3:
            opaque = any(child.type in _EXPANSIONS for child in children[1:])
            return (
                s.Variable(name, "?", None, quoted)
                if not opaque
                else s.Opaque(f"`{self.text(node)}` is not read", quoted)
            )
        if not operator:
            return s.Variable(name, quoted=quoted)
        if len(children) == 3:
            return s.Variable(name, operator, self.word(children[2]), quoted)
        end = node.end_byte
        return s.Variable(name, operator, s.Word((), "", end, end, ""), quoted)


_QUOTED_NOTHING = s.Text("", quoted=True)
_EXPANSIONS = frozenset(
    {"simple_expansion", "expansion", "arithmetic_expansion", "command_substitution"}
)
_BARE = frozenset(
    {
        "word",
        "number",
        "extglob_pattern",
        "variable_name",
        "test_operator",
        "special_variable_name",
    }
)


def _outermost_expansions(node: Node, start: int, end: int) -> Iterator[Node]:
    for child in node.children:
        if child.end_byte <= start or child.start_byte >= end:
            continue
        if child.type in _EXPANSIONS:
            yield child
        elif child.child_count:
            yield from _outermost_expansions(child, start, end)


def _redirect_last(command: s.Command, redirects: tuple[s.Redirect, ...]) -> s.Command:
    """The grammar hangs a redirection on the whole list; the shell means its last command."""
    if isinstance(command, s.AndOr):
        *rest, (operator, last) = command.rest
        return s.AndOr(command.first, (*rest, (operator, _redirect_last(last, redirects))))
    if isinstance(command, s.Pipeline):
        *parts, last = command.commands
        return s.Pipeline((*parts, _redirect_last(last, redirects)), command.negated)
    if isinstance(command, s.Simple):
        all_redirects = (*command.redirects, *redirects)
        return s.Simple(
            command.words, command.assignments, all_redirects, command.start, command.end
        )
    return s.Redirected(command, redirects)


def _unescape(escape: re.Match[str]) -> str:
    return "" if escape[1] == "\n" else escape[1]


def first_line(text: str) -> str:
    """What a message quotes of a long piece of script."""
    line = text.strip().split("\n")[0]
    return line if len(line) <= 60 else f"{line[:57]}..."
