"""What the API server takes below `lifecycle`: the keys, their types, and the values of some.

Sources: `Lifecycle` and the types it holds in `core/v1/types.go` of k8s.io/api v0.37.2;
`validateHandler` and `ValidatePortNumOrName` in `pkg/apis/core/validation/validation.go`,
`IsValidPortName` and `IsHTTPHeaderName` in `pkg/util/validation/validation.go` of apimachinery.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum

from k8slint.manifest.pyyaml import MappingNode, SequenceNode
from k8slint.manifest.scalars import as_int64, is_placeholder
from k8slint.manifest.values import Value, is_placeholder_node
from k8slint.records import NamedTuple
from k8slint.type_names import TypeAlias


class Type(Enum):
    """The type of a scalar field."""

    STRING = "a string"
    INTEGER = "an integer"  # How it is written is GS004's matter.
    PORT = "a port number or name"  # IntOrString
    ANY = "anything"


class ListOf(NamedTuple):
    """The type of a field that takes a list."""

    item: Schema


Schema: TypeAlias = "Type | ListOf | Mapping[str, Schema]"

HANDLER: Mapping[str, Schema] = {
    "exec": {"command": ListOf(Type.STRING)},
    "httpGet": {
        "path": Type.STRING,
        "port": Type.PORT,
        "host": Type.STRING,
        "scheme": Type.STRING,
        "protocol": Type.STRING,
        "httpHeaders": ListOf({"name": Type.STRING, "value": Type.STRING}),
    },
    "tcpSocket": {"port": Type.PORT, "host": Type.STRING},
    "sleep": {"seconds": Type.INTEGER},
}
LIFECYCLE: Mapping[str, Schema] = {
    "preStop": HANDLER,
    "postStart": HANDLER,
    "stopSignal": Type.STRING,
}
# What stands beside the hooks, each of which is checked for itself.
BESIDE_HOOKS: Mapping[str, Schema] = {**LIFECYCLE, "preStop": Type.ANY, "postStart": Type.ANY}
_FIELDS = frozenset({*HANDLER, "command", "port", "seconds"})
SCHEMES = ("HTTP", "HTTPS")
PORTS = range(1, 65536)

_LONGEST_PORT_NAME = 15
_INT32 = range(-(2**31), 2**31)


class Mistake(NamedTuple):
    """A value of another type than its field, or of a field that does not exist.

    `expected` is the type of the field; None where there is none, beside the `fields` there are.
    """

    value: Value
    expected: Schema | None
    fields: Mapping[str, Schema] = {}


def find_mistakes(value: Value, schema: Schema) -> Iterator[Mistake]:
    """What strict decoding refuses in a value; what a template decides is passed over."""
    node = value.node
    if node is None or not value.is_written or is_placeholder_node(node):
        return
    if value.text is not None and is_placeholder(value.text):
        return
    if isinstance(schema, Mapping) and value.is_mapping:
        for name, inner in value.entries():
            if name in schema:
                yield from find_mistakes(inner, schema[name])
            elif not is_placeholder(name) or name.lower() in map(str.lower, schema):
                yield Mistake(inner, None, schema)
    elif isinstance(schema, ListOf) and isinstance(node, SequenceNode):
        for item in value.items():
            yield from find_mistakes(item, schema.item)
    elif not isinstance(schema, Type) or not _is_of(schema, value):
        yield Mistake(value, schema)


def holds_template(value: Value) -> bool:
    """Whether a template decides a handler or what is below one, in part at least."""
    if value.text is not None:
        return is_placeholder(value.text)
    names = [name for name, _ in value.entries()]
    node = value.node
    if isinstance(node, MappingNode) and node.flow_style and is_placeholder_node(node):
        return _FIELDS.isdisjoint(names)
    return any(map(is_placeholder, names))


def _is_of(expected: Type, value: Value) -> bool:
    scalar = value.scalar
    if expected in (Type.INTEGER, Type.ANY) or isinstance(scalar, str):
        return True
    number = as_int64(scalar) if expected is Type.PORT else None
    return number is not None and number in _INT32


def port_problem(port: Value) -> str | None:
    """Why the API server refuses a port, in words; None where it takes it, or may."""
    if isinstance(port.scalar, str):
        name = port.scalar
        return None if is_placeholder(name) else _port_name_problem(name)
    if not port.is_written:
        return "is missing"
    number = as_int64(port.scalar)
    return None if number is None or number in PORTS else "is not between 1 and 65535"


def _port_name_problem(name: str) -> str | None:
    if name.isdecimal():
        return "is a string of digits"
    if len(name) > _LONGEST_PORT_NAME:
        return f"is longer than {_LONGEST_PORT_NAME} characters"
    if not re.fullmatch("[-a-z0-9]+", name) or not re.search("[a-z]", name):
        return "is not a port name (lowercase letters, digits and hyphens, one letter at least)"
    if "--" in name or name.startswith("-") or name.endswith("-"):
        return "is not a port name (hyphens stand alone, between letters or digits)"
    return None


def is_header_name(name: str) -> bool:
    return re.fullmatch("[-A-Za-z0-9]+", name) is not None
