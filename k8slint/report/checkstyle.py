"""Checkstyle's XML, which Jenkins and reviewdog read."""

from __future__ import annotations

from itertools import groupby
from xml.etree.ElementTree import Element

from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.reports import Report
from k8slint.report.xml import document, xml_element


def render(report: Report) -> str:
    files = groupby(report.diagnoses, key=lambda one: one.at.path)
    elements = [xml_element("file", {"name": path}, map(_error, found)) for path, found in files]
    return document(xml_element("checkstyle", {"version": "4.3"}, elements))


def _error(one: Diagnostic) -> Element:
    place = {"line": one.at.line, "column": one.at.column} if one.at.line else {}
    attributes = {
        **place,
        "severity": one.severity,
        "message": one.sentence,
        "source": f"k8slint.{one.code}",
    }
    return xml_element("error", attributes)
