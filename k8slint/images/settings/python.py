"""Settings that are Python modules: a number that is written at the top of one."""

from __future__ import annotations

from k8slint.images.settings.found import FoundSetting


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
    is_open = any(_may_set_anything(node) for node in nodes)
    named = [node for node in nodes if isinstance(node, ast.Name) and node.id == name]
    stored = [node for node in named if not isinstance(node.ctx, ast.Load)]
    if not stored and not is_open:
        return None
    value = written[-1].value if written else None
    line = written[-1].lineno if written else 1
    if is_open or len(stored) != len(written) or not isinstance(value, ast.Constant):
        return FoundSetting(name, None, line)
    number = value.value
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return FoundSetting(name, None, line)
    return FoundSetting(name, float(number), line)


def _may_set_anything(node: object) -> bool:
    import ast

    match node:
        case ast.ImportFrom(names=names):
            return any(one.name == "*" for one in names)
        case ast.Name(id=name):
            return name in ("globals", "locals", "vars", "exec", "eval", "setattr")
        case ast.Global() | ast.Nonlocal():
            return True
    return False
