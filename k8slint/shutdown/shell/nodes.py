"""The commands of a script, from the nodes of tree-sitter's bash grammar.

The grammar is not the shell: it takes `fi` for a command, hangs `!` on the first part of a
pipeline and a redirection on a whole list. What it gets wrong is put right here, and what cannot
be put right makes the script `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Callable

from k8slint.shutdown.shell import syntax as s
from k8slint.shutdown.shell.word_nodes import REDIRECTS, WordReader
from k8slint.type_names import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_AFTER_KEYWORD = frozenset({b"", *(bytes([sign]) for sign in b" \t\n\r\f\v;&|()<>")})
_BEFORE_KEYWORD = frozenset({b"", *(bytes([sign]) for sign in b" \t\n\r\f\v;&|()`{}")})
_WITH_KEYWORDS = frozenset(
    {"if_statement", "while_statement", "for_statement", "case_statement", "compound_statement",
     "negated_command", "test_command", "function_definition"}
)  # fmt: skip
_TOKENS = s.KEYWORDS | {"[[", "function", "in", "select"}
_SEPARATORS = frozenset({";", "\n", "&"})
_PARENTHESES = frozenset({"(", ")"})


class CommandReader:
    """Reads one script's nodes; `source` is what was parsed, of the same length as the script."""

    def __init__(self, script: str, source: bytes) -> None:
        self.script = script
        self.source = source
        self.words = WordReader(script, self.read_block)
        self.text = self.words.text
        self.read_word = self.words.read_word

    # Statements

    def read_block(self, nodes: list[Node]) -> s.Block:
        statements: list[s.Statement] = []
        heads = True
        for node in nodes:
            kind = node.type
            if kind in _SEPARATORS:
                if heads and kind != "\n":
                    raise s.Unreadable(f"`{kind}` has no command before it")
                if kind == "&":
                    statements[-1] = s.Statement(statements[-1].command, background=True)
                heads = True
            elif node.is_named and kind != "comment":
                statements.append(s.Statement(self.read_node(node)))
                heads = False
            elif kind == ";;":
                raise s.Unreadable("`;;` stands outside a `case`")
        return s.Block(tuple(statements))

    def read_body(self, node: Node, *without: str) -> s.Block:
        """The statements in a node, without the tokens that enclose them."""
        if node.type not in _WITH_KEYWORDS:  # else it has been looked at
            self.refuse_glued(node)
        block = self.read_block([child for child in node.children if child.type not in without])
        if not block.statements:
            raise s.Unreadable(f"`{self.text(node)[:20]}` has no command in it")
        return block

    def read_node(self, node: Node) -> s.Command:
        kind = node.type
        read = _KINDS.get(kind)
        if read is None:
            return self.leave_unread(node, f"`{s.first_line(self.text(node))}` is not read")
        if kind in _WITH_KEYWORDS:
            self.refuse_glued(node)
        return read(self, node)

    def refuse_glued(self, node: Node) -> None:
        """The grammar reads `inin` as `in` and `in`; a shell reads one word."""
        for child in node.children:
            kind = child.type
            if kind not in _TOKENS:
                continue
            start, end = child.start_byte, child.end_byte
            before = self.source[start - 1 : start] if start else b""
            if self.source[end : end + 1] not in _AFTER_KEYWORD or before not in _BEFORE_KEYWORD:
                raise s.Unreadable(f"`{kind}` does not stand alone")

    def refuse_broken(self, node: Node) -> None:
        """Now and then the grammar goes on with a command in the next line."""
        source = self.script[node.start_byte : node.end_byte]
        if "\n" not in source:
            return
        end = node.start_byte
        for child in node.children:
            if "\n" in self.script[end : child.start_byte].replace("\\\n", ""):
                raise s.Unreadable("its lines are not understood")
            end = child.end_byte

    def leave_unread(self, node: Node, why: str, *, bash_only: bool = True) -> s.Unread:
        self.words.bash_only |= bash_only
        return s.Unread(why, node.start_byte, node.end_byte)

    def read_simple(self, node: Node) -> s.Command:
        words: list[s.Word] = []
        assignments: list[s.Assignment] = []
        redirects: list[s.Redirect] = []
        differs = False
        self.refuse_broken(node)
        for child in node.children:
            kind = child.type
            if kind == "variable_assignment":
                assignments.append(self.words.read_assignment(child))
            elif kind in REDIRECTS:
                redirects.extend(self.words.read_redirects(child))
            else:
                word = self.read_word(child)
                differs = differs or (word.parts != () and word.source[:1] in _PARENTHESES)
                words.append(word)
        name = words[0].source if words else ""
        if name in s.KEYWORDS:
            raise s.Unreadable(f"`{name}` stands where a command should be")
        if differs or name in s.BASH_KEYWORDS:
            why = f"`{s.first_line(self.text(node))}` differs between shells"
            return self.leave_unread(node, why, bash_only=differs)
        start, end = node.start_byte, node.end_byte
        return s.Simple(tuple(words), tuple(assignments), tuple(redirects), start, end)

    def read_variable_assignment(self, node: Node) -> s.Command:
        return self.read_variable_assignments(node, [node])

    def read_variable_assignments(self, node: Node, parts: list[Node] | None = None) -> s.Command:
        assignments = tuple(
            [self.words.read_assignment(part) for part in parts or node.named_children]
        )
        start, end = node.start_byte, node.end_byte
        return s.Simple((), assignments, (), start, end)

    def read_declaration_command(self, node: Node) -> s.Command:
        assignments: list[s.Assignment] = []
        names: list[str] = []
        for child in node.children[1:]:
            if child.type == "variable_assignment":
                assignments.append(self.words.read_assignment(child))
            elif child.type == "variable_name":
                names.append(self.text(child))
            else:
                return self.leave_unread(node, f"`{s.first_line(self.text(node))}` is not read")
        return s.Declaration(node.children[0].type, tuple(assignments), tuple(names))

    def read_unset_command(self, node: Node) -> s.Command:
        words = tuple(self.read_word(child) for child in node.children)
        return s.Simple(words, (), (), node.start_byte, node.end_byte)

    def read_list(self, node: Node) -> s.Command:
        """A list or a part of one; the grammar groups `a | (b | c || d)`, as no shell does."""
        tokens: list[s.Command | str] = []
        self.flatten(node, tokens)
        if "|&" in tokens:
            return self.leave_unread(node, "`|&` differs between shells")
        return _read_tokens(tokens)

    def flatten(self, node: Node, tokens: list[s.Command | str]) -> None:
        """The commands of a list as they are written, with the operators between them."""
        match node.type:
            case "list" | "pipeline":
                end = node.start_byte
                for child in node.children:
                    if child.is_named and child.type != "comment":
                        self.flatten(child, tokens)
                        end = child.end_byte
                    elif child.type in {"|", "|&", "&&", "||"}:
                        # Behind a comment the grammar takes an operator in the next line.
                        if "\n" in self.script[end : child.start_byte].replace("\\\n", ""):
                            raise s.Unreadable("its lines are not understood")
                        tokens.append(child.type)
            case "negated_command":
                self.refuse_glued(node)
                tokens.append("!")
                self.flatten(node.named_children[0], tokens)
            case "redirected_statement":
                self.flatten_redirected(node, tokens)
            case _:
                tokens.append(self.read_node(node))

    def flatten_redirected(self, node: Node, tokens: list[s.Command | str]) -> None:
        """The grammar hangs a redirection on the whole list; the shell means its last command."""
        redirects: list[s.Redirect] = []
        bodies = [child for child in node.named_children if child.type not in REDIRECTS]
        if len(bodies) > 1:
            raise s.Unreadable("its redirections are not understood")
        for body in bodies:
            self.flatten(body, tokens)
        for child in node.named_children:
            if child.type in REDIRECTS:
                redirects.extend(self.words.read_redirects(child))
        last: s.Command | str = s.Simple((), (), (), node.start_byte, node.end_byte)
        if bodies:
            last = tokens.pop()
        assert not isinstance(last, str)
        tokens.append(_redirect(last, tuple(redirects)))

    def read_subshell(self, node: Node) -> s.Command:
        if self.script.startswith("((", node.start_byte):
            # bash takes it for arithmetic first, and refuses some that are not.
            raise s.Unreadable("`((` differs between shells")
        return s.Subshell(self.read_body(node, "(", ")"))

    def read_compound_statement(self, node: Node) -> s.Command:
        if node.children[0].type == "((":
            inner = node.children[0].end_byte, node.children[-1].start_byte
            return s.Calculation(self.words.read_span(node, *inner))
        return s.Group(self.read_body(node, "{", "}"))

    def read_test_command(self, node: Node) -> s.Command:
        opening = node.children[0].type
        if opening == "((":
            return self.read_compound_statement(node)
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
            words.append(self.read_word(node))
        else:
            words.append(self.words.read_plain(node))

    # Compound commands

    def read_if_statement(self, node: Node) -> s.Command:
        branches: list[tuple[s.Block, s.Block]] = []
        otherwise: s.Block | None = None
        own: list[Node] = []
        for child in node.children:
            if child.type == "elif_clause":
                self.refuse_glued(child)
                branches.append(self.read_branch(child, "elif"))
            elif child.type == "else_clause":
                otherwise = self.read_body(child, "else")
            else:
                own.append(child)
        branches.insert(0, self.read_split_branch(own, "if"))
        return s.If(tuple(branches), otherwise)

    def read_branch(self, node: Node, keyword: str) -> tuple[s.Block, s.Block]:
        return self.read_split_branch(node.children, keyword)

    def read_split_branch(self, nodes: list[Node], keyword: str) -> tuple[s.Block, s.Block]:
        then = next(i for i, node in enumerate(nodes) if node.type == "then")
        condition = [node for node in nodes[:then] if node.type != keyword]
        body = [node for node in nodes[then + 1 :] if node.type != "fi"]
        blocks = self.read_block(condition), self.read_block(body)
        if not (blocks[0].statements and blocks[1].statements):
            raise s.Unreadable(f"`{keyword}` has no command in it")
        return blocks

    def read_while_statement(self, node: Node) -> s.Command:
        opening, body = node.children[0], node.children[-1]
        condition = self.read_block(node.children[1:-1])
        if not condition.statements:
            raise s.Unreadable(f"`{opening.type}` has no condition")
        return s.Loop(
            condition,
            self.read_body(body, "do", "done"),
            opening.type == "until",
            self.text(node),
            *self.extent(node),
        )

    def read_for_statement(self, node: Node) -> s.Command:
        if node.children[0].type != "for":
            return self.leave_unread(node, f"`{node.children[0].type}` differs between shells")
        body = node.children[-1]
        if any(child.type in {"&", ";;"} for child in node.children):
            raise s.Unreadable("the words of its `for` do not end with `;`")
        if body.type != "do_group":
            return self.leave_unread(node, "a `for` without `do` differs between shells")
        name = self.text(node.children[1])
        words: tuple[s.Word, ...] | None = None
        if any(child.type == "in" for child in node.children):
            values = node.children_by_field_name("value")
            words = tuple(self.read_word(value) for value in values)
        return s.For(name, words, self.read_body(body, "do", "done"), *self.extent(node))

    def read_case_statement(self, node: Node) -> s.Command:
        if any(child.type in {"&", ";", ";;"} for child in node.children):
            raise s.Unreadable("the head of its `case` is not understood")
        items: list[tuple[tuple[s.Word, ...], s.Block]] = []
        for item in node.named_children[1:]:
            if item.type == "comment":
                continue
            if any(child.type in {";&", ";;&"} for child in item.children):
                return self.leave_unread(node, "`;&` differs between shells")
            close = next(i for i, child in enumerate(item.children) if child.type == ")")
            patterns = [child for child in item.children[:close] if child.type not in "(|"]
            if any(set(self.text(pattern)) & set("()") for pattern in patterns):
                raise s.Unreadable("the patterns of its `case` are not understood")
            rest = [child for child in item.children[close + 1 :] if child.type != ";;"]
            items.append(
                (tuple(self.read_word(child) for child in patterns), self.read_block(rest))
            )
        return s.Case(self.read_word(node.named_children[0]), tuple(items))

    def read_function_definition(self, node: Node) -> s.Command:
        if node.children[0].type == "function":
            # To dash the brace belongs to its words, and the closing one to what is around.
            raise s.Unreadable("`function` differs between shells")
        body = node.child_by_field_name("body")
        if body is None or node.children_by_field_name("redirect"):
            return self.leave_unread(
                node, "a function with redirections is not read", bash_only=False
            )
        return s.Function(self.text(node.children[0]), self.read_node(body))

    def extent(self, node: Node) -> tuple[int, int]:
        """From the start of a compound command to the end of its first line."""
        start, end = node.start_byte, node.end_byte
        newline = self.script.find("\n", start, end)
        return start, end if newline < 0 else newline


def _read_tokens(tokens: list[s.Command | str]) -> s.Command:
    pipelines: list[tuple[str, s.Command]] = []
    parts: list[s.Command] = []
    operator, negated = "", False
    for token in (*tokens, ""):
        if not isinstance(token, str):
            parts.append(token)
        elif token == "!":
            if parts or negated:
                where = "inside a pipeline" if parts else "twice"
                raise s.Unreadable(f"`!` stands {where}")
            negated = True
        elif token != "|":
            is_one = len(parts) == 1 and not negated
            pipelines.append(
                (operator, parts[0] if is_one else s.Pipeline(tuple(parts), negated=negated))
            )
            parts, operator, negated = [], token, False
    (_, first), *rest = pipelines
    return s.AndOr(first, tuple(rest)) if rest else first


def _redirect(command: s.Command, redirects: tuple[s.Redirect, ...]) -> s.Command:
    if isinstance(command, s.Simple):
        together = (*command.redirects, *redirects)
        return s.Simple(command.words, command.assignments, together, command.start, command.end)
    return s.Redirected(command, redirects)


_KINDS: dict[str, Callable[[CommandReader, Node], s.Command]] = {
    "command": CommandReader.read_simple,
    "variable_assignment": CommandReader.read_variable_assignment,
    "variable_assignments": CommandReader.read_variable_assignments,
    "declaration_command": CommandReader.read_declaration_command,
    "unset_command": CommandReader.read_unset_command,
    "negated_command": CommandReader.read_list,
    "pipeline": CommandReader.read_list,
    "list": CommandReader.read_list,
    "redirected_statement": CommandReader.read_list,
    "subshell": CommandReader.read_subshell,
    "compound_statement": CommandReader.read_compound_statement,
    "test_command": CommandReader.read_test_command,
    "if_statement": CommandReader.read_if_statement,
    "while_statement": CommandReader.read_while_statement,
    "for_statement": CommandReader.read_for_statement,
    "case_statement": CommandReader.read_case_statement,
    "function_definition": CommandReader.read_function_definition,
}
