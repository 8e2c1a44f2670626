"""Settings that are Python modules: a number that is written at the top of one."""

from __future__ import annotations

from k8slint.images.settings.found import FoundSetting

# A longer time, which may be infinite, is no time that anybody means.
_MOST = 1e9
_WAYS_ROUND = (
    *("globals", "locals", "vars", "exec", "eval", "setattr"),
    *("modules", "__dict__"),
)


def read_python(text: str, name: str) -> FoundSetting | None:
    """Read a module without running it."""
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            nodes = [*ast.walk(tree)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return FoundSetting(name, None)
    written = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign)
        and [one.id for one in node.targets if isinstance(one, ast.Name)] == [name]
        and len(node.targets) == 1
    ]
    is_open = any(_may_set_anything(node, name) for node in nodes)
    named = [node for node in nodes if isinstance(node, ast.Name) and node.id == name]
    stored = [node for node in named if not isinstance(node.ctx, ast.Load)]
    if not stored and not is_open:
        return None
    value = written[-1].value if written else None
    line = written[-1].lineno if written else 1
    if is_open or len(stored) != len(written) or not isinstance(value, ast.Constant):
        return FoundSetting(name, None, line)
    number = value.value
    if isinstance(number, bool) or not isinstance(number, (int, float)) or number > _MOST:
        return FoundSetting(name, None, line)
    return FoundSetting(name, float(number), line)


def _may_set_anything(node: object, name: str) -> bool:
    """Whether a node may set a name in another way than by an assignment."""
    import ast

    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return any((one.asname or one.name) in ("*", name) for one in names)
        case ast.FunctionDef(name=own) | ast.AsyncFunctionDef(name=own) | ast.ClassDef(name=own):
            return own == name
        case ast.Name(id=own) | ast.Attribute(attr=own):
            return own in _WAYS_ROUND
        case ast.Global() | ast.Nonlocal():
            return True
    return False
