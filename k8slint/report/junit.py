"""JUnit's XML: a suite for each file, with a failed test for each finding.

A file that cannot be checked or fixed is an error. Without findings and errors one test passes:
to CI, a report without tests looks like a job that did not run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from k8slint.lint.diagnosis import Diagnostic
from k8slint.lint.reports import Report
from k8slint.outside.terminal import printable
from k8slint.report.page import url
from k8slint.report.xml import document, xml_element


def render(report: Report) -> str:
    tests: dict[str, list[Element]] = defaultdict(list)
    for one in report.diagnoses:
        tests[one.at.path].append(_failed(one))
    for path, message in report.problems:
        tests[path].append(_broken(path, message))
    if not tests:
        tests["k8slint"].append(
            xml_element("testcase", {"name": "no findings", "classname": "k8slint"})
        )
    suites = [
        xml_element("testsuite", {"name": path, **_counts(cases)}, cases)
        for path, cases in sorted(tests.items())
    ]
    every = [case for cases in tests.values() for case in cases]
    return document(xml_element("testsuites", {"name": "k8slint", **_counts(every)}, suites))


def _failed(one: Diagnostic) -> Element:
    at = one.at
    place = printable(f"{at.place}: {one.sentence}")
    text = f"{place}\n{url(one.code)}".rstrip()
    failure = xml_element("failure", {"message": one.sentence, "type": one.severity}, text=text)
    attributes: dict[str, str | int] = {"name": one.code, "classname": at.path, "file": at.path}
    if at.line:
        attributes |= {"line": at.line, "column": at.column}
    return xml_element("testcase", attributes, [failure])


def _broken(path: str, message: str) -> Element:
    error = xml_element("error", {"message": message, "type": "error"})
    return xml_element("testcase", {"name": "k8slint", "classname": path, "file": path}, [error])


def _counts(cases: Sequence[Element]) -> dict[str, int]:
    kinds = [child.tag for case in cases for child in case]
    failures, errors = kinds.count("failure"), kinds.count("error")
    return {"tests": len(cases), "failures": failures, "errors": errors}
