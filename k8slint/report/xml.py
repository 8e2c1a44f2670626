"""XML elements and documents, for the formats in XML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, indent, tostring

from k8slint.outside.terminal import backslashed, escaped

# XML 1.0 cannot hold them, not even as character references.
_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_element(
    tag: str, attributes: Mapping[str, object], children: Iterable[Element] = (), text: str = ""
) -> Element:
    made = Element(tag, {name: _clean(str(value)) for name, value in attributes.items()})
    made.text = _clean(text) or None
    made.extend(children)
    return made


def document(root: Element) -> str:
    indent(root)
    text = escaped(tostring(root, encoding="unicode"), lambda char: f"&#{ord(char)};", "\n")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _clean(text: str) -> str:
    return _REFUSED.sub(lambda match: backslashed(match[0]), text)
