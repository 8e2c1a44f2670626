"""Settings files of known programs: what they say, and what nobody can tell from them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from k8slint.images.settings.files import FILES
from k8slint.images.settings.found import FoundSetting
from k8slint.shutdown.programs.known import KNOWN
from tests.tables import check_keys, table

TEXTS: dict[str, list[dict[str, Any]]] = table("settings.yaml")
CASES = [(name, case) for name, cases in TEXTS.items() for case in cases]
READERS = {name: row.read for row in FILES for name in (row.names or (row.program,))}


def said(found: FoundSetting | None) -> object:
    if found is None:
        return None
    return "unknown" if found.seconds is None else [found.seconds, found.line]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_what_a_file_says(name: str, case: dict[str, Any]) -> None:
    check_keys(case, f"settings.yaml, {name}", ["text", "says"])
    assert said(READERS[name](case["text"])) == case["says"]


def test_every_reader_has_texts() -> None:
    assert {READERS[name] for name in TEXTS} == {row.read for row in FILES}


def test_every_row_is_about_a_known_program() -> None:
    names = {program.name for program in KNOWN}
    for row in FILES:
        assert row.program in names
        assert row.source
        assert row.date


HOSTILE = (
    *(one * 65_000 for one in "{}\"'\\#;\n[(-9 ="),
    *(one * 8_000 for one in ("a{", "${", "a: {", "spring.", ".if\n", "global\n", "timeout:")),
    *("worker_shutdown_timeout " * 2_700, "hard-stop-after 9" + "9" * 60_000),
    *(f"graceful_timeout = {one * 30_000}1" for one in ("-", "1+")),
    "\0graceful_timeout = 1",
    *('"\\' * 32_000, "'" + "\\'" * 32_000, "x${" * 20_000),
    # Aliases of aliases.
    *(
        "\n".join(
            (
                "spring0: &a0 {spring: x}",
                *(
                    f"{top}{level}: &a{level} "
                    f"{{{', '.join(f'k{key}: *a{level - 1}' for key in range(40))}}}"
                    for level in range(1, 9)
                ),
            )
        )
        for top in ("spring", "a")
    ),
)


@pytest.mark.parametrize("name", READERS)
def test_no_text_takes_long(name: str) -> None:
    for text in HOSTILE:
        begun = time.process_time()
        READERS[name](text)
        assert time.process_time() - begun < 2, text[:20]
