"""A drill in JUnit's XML: a test for each thing that can go wrong."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from k8slint.measure.drill.run import Drill
from k8slint.measure.drill.words import Remark, remarks
from k8slint.outside.terminal import clipped, printable
from k8slint.report.xml import document, xml_element


def drill_junit(drill: Drill, title: str) -> str:
    found = [*remarks(drill)]
    cases = [_case("ends by itself in time", title, found, ("end",))]
    if drill.traffic:
        cases.append(_case("loses no request", title, found, ("requests",)))
    if drill.exercise.busy:
        cases.append(_case("loses no work", title, found, ("work",)))
    counts = {"tests": len(cases), "failures": sum(map(len, cases)), "errors": 0}
    output = xml_element("system-out", {}, text="\n".join(map(_line, found)))
    attributes = {"name": title, **counts, "time": round(drill.ended, 3)}
    suite = xml_element("testsuite", attributes, [*cases, output])
    return document(xml_element("testsuites", {"name": "k8slint drill", **counts}, [suite]))


def _case(name: str, title: str, found: Sequence[Remark], about: Sequence[str]) -> Element:
    failed = [one for one in found if one.is_problem and one.about in about]
    text = "\n".join(map(_line, failed))
    message = clipped("; ".join(one.text for one in failed))
    failures = [xml_element("failure", {"message": message, "type": "drill"}, text=text)]
    attributes = {"name": name, "classname": title}
    return xml_element("testcase", attributes, failures if failed else [])


def _line(remark: Remark) -> str:
    return printable(f"{remark.about}: {clipped(remark.text)}")
