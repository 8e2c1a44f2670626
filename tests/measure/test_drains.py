"""Files of measured drains: what is read, what is refused, and what more stops make of them."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from k8slint.errors import UsageError
from k8slint.measure.drains import write as drains
from k8slint.measure.drains.file import MOST_ROWS, parse_drains, read_drains
from k8slint.measure.drains.text import render_drains
from k8slint.measure.drains.write import (
    MOST_IMAGES,
    MOST_TIMES,
    MeasuredStop,
    check_drains,
    merge_stops,
    write_drains,
)
from k8slint.outside.files import DRAINS_LIMIT
from k8slint.shutdown.measured import MeasuredDrain
from tests.tables import check_keys, table

TABLE: dict[str, list[dict[str, Any]]] = table("drains.yaml")
GOOD = {
    "workload": "Deployment/shop/web",
    "container": "web",
    "image": "registry.example/shop/web:1.2",
    "by": "observe",
    "stops": 41,
    "first": "2026-10-01",
    "until": "2026-11-20",
    "drain": {"max": 11},
}
STOP = MeasuredStop(
    "Deployment/shop/web", "web", "registry.example/shop/web:1.2", "observe", "2026-11-20", 4.21
)


def text_of(*rows: dict[str, Any]) -> str:
    """A file with some rows, each of which begins three lines below the top or the one before."""
    lines = []
    for row in rows:
        shown = {key: value for key, value in row.items() if value is not None}
        body = "".join(f"  {key}: {flow(value)}\n" for key, value in shown.items())
        lines.append(f"-{body[1:]}")
    return "# a file\nversion: 1\ndrains:\n" + "".join(lines)


def flow(value: Any) -> str:
    """A value on one line; dates, which YAML has no need to quote, as they are."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(part)}" for key, part in value.items()) + "}"
    return str(value) if not isinstance(value, str) or value[:4] == "2026" else repr(value)


@pytest.mark.parametrize("case", TABLE["wrong"], ids=lambda case: case["says"])
def test_what_a_row_may_not_say(case: dict[str, Any]) -> None:
    check_keys(case, "drains.yaml", ("row", "says"))
    with pytest.raises(UsageError) as error:
        parse_drains(text_of(GOOD | case["row"]).encode(), "drains.yaml")
    assert str(error.value) == case["says"]


@pytest.mark.parametrize("case", TABLE["texts"], ids=lambda case: case["says"])
def test_what_is_not_such_a_file(case: dict[str, Any]) -> None:
    check_keys(case, "drains.yaml", ("text", "says"))
    with pytest.raises(UsageError) as error:
        parse_drains(case["text"].encode(), "drains.yaml")
    assert str(error.value) == case["says"]


def test_rows_say_what_was_measured_and_where_they_stand() -> None:
    assert [*TABLE] == ["wrong", "texts"]
    more = {"killed": 2, "drain": {"median": 4.2, "p99": 10.1, "max": 11}}
    whole = {"drain": None, "stop": {"max": 11}, "times": {"4.5": 40, "11": 1}}
    found = parse_drains(text_of(GOOD | more, GOOD | whole).encode(), "x.yaml").rows
    names = ("Deployment/shop/web", "web", "registry.example/shop/web:1.2", "observe")
    days = ("2026-10-01", "2026-11-20")
    assert found == (
        MeasuredDrain(*names, 41, *days, 11, killed=2, median=4.2, p99=10.1, place="x.yaml:4"),
        MeasuredDrain(
            *names, 41, *days, 11, covers_hook=True, times=((4.5, 40), (11, 1)), place="x.yaml:13"
        ),
    )


def test_numbers_of_stops_are_integers_however_they_are_written() -> None:
    numbers = {"stops": 41.0, "killed": 2.0, "times": {"11": 41.0}}
    (row,) = parse_drains(text_of(GOOD | numbers).encode(), "x.yaml").rows
    assert row.basis == "max of 41 stops until 2026-11-20, 2 of them killed"
    assert repr(row.times) == "((11.0, 41),)"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("1.23456789", "1.235"),
        ("1e-9", "0.001"),
        ("9876543.210987", "9876543.211"),
        ("2.125", "2.125"),
    ],
)
def test_times_that_are_written_anew_are_rounded_up(
    tmp_path: Path, written: str, kept: str
) -> None:
    """Rows on one line are written anew when stops are added to others."""
    file = tmp_path / "drains.yaml"
    row = ", ".join(f"{key}: {flow(value)}" for key, value in GOOD.items() if key != "drain")
    text = f"version: 1\ndrains: [{{{row}, drain: {{median: 0, max: {written}}}}}]\n"
    file.write_text(text, encoding="utf-8")
    write_drains(str(file), [STOP._replace(container="other")])
    assert f"  drain: {{median: 0, max: {kept}}}\n" in file.read_text(encoding="utf-8")


def test_the_same_stops_are_one_row() -> None:
    with pytest.raises(UsageError) as error:
        parse_drains(text_of(GOOD, GOOD).encode(), "x.yaml")
    assert str(error.value) == "x.yaml:12: drains: rows 1 and 2 are the same: join them"


def test_files_have_limits(tmp_path: Path) -> None:
    file = tmp_path / "drains.yaml"
    many = [GOOD | {"workload": f"Deployment/w{number}"} for number in range(MOST_ROWS + 1)]
    with pytest.raises(UsageError, match=f":3: drains: more than {MOST_ROWS} entries, the limit"):
        parse_drains(text_of(*many).encode(), "drains.yaml")
    file.write_bytes(b"#" * (DRAINS_LIMIT + 1))
    for call in (read_drains, check_drains):
        with pytest.raises(UsageError, match="cannot be read: it has more than 1 MB"):
            call(str(file))
    file.unlink()
    os.mkfifo(file)
    for call in (read_drains, check_drains):
        with pytest.raises(UsageError, match="it is a named pipe, not a regular file"):
            call(str(file))
    with pytest.raises(UsageError, match="named pipe"):
        write_drains(str(file), [STOP])


def test_stops_make_a_file_that_says_how_long_they_took(tmp_path: Path) -> None:
    file = tmp_path / "drains.yaml"
    stops = [STOP._replace(seconds=one) for one in (4.21, 4.3, 0, -1, 11.001)]
    killed = STOP._replace(container="log", seconds=28, killed=True, covers_hook=True)
    written = write_drains(str(file), [*stops, killed])
    text = file.read_text(encoding="utf-8")
    head, _, rows = text.partition("version: 1\ndrains:\n")
    assert all(line.startswith("# ") for line in head.splitlines())
    assert rows == (
        "- workload: Deployment/shop/web\n"
        "  container: log\n"
        "  image: registry.example/shop/web:1.2\n"
        "  by: observe\n"
        "  stops: 1\n"
        "  killed: 1\n"
        "  first: 2026-11-20\n"
        "  until: 2026-11-20\n"
        "  stop: {median: 28, p99: 28, max: 28}\n"
        "  times: {28: 1}\n"
        "- workload: Deployment/shop/web\n"
        "  container: web\n"
        "  image: registry.example/shop/web:1.2\n"
        "  by: observe\n"
        "  stops: 5\n"
        "  first: 2026-11-20\n"
        "  until: 2026-11-20\n"
        "  drain: {median: 4.3, p99: 11.1, max: 11.1}\n"
        "  times: {0: 2, 4.3: 2, 11.1: 1}\n"
    )
    read = [row._replace(place="") for row in read_drains(str(file))]
    assert read == [*written.changed]
    assert written.dropped == ()


def test_more_stops_are_added_to_their_row(tmp_path: Path) -> None:
    file = tmp_path / "drains.yaml"
    write_drains(str(file), [STOP._replace(seconds=number) for number in range(1, 100)])
    old = file.read_bytes()
    file.chmod(0o640)
    later = [STOP._replace(day="2026-12-01", seconds=200, killed=True)]
    earlier = [STOP._replace(day="2026-11-01", seconds=0.5)]
    write_drains(str(file), later)
    (row,) = write_drains(str(file), earlier).changed
    assert (row.stops, row.killed, row.longest) == (101, 1, 200)
    assert (row.first, row.until) == ("2026-11-01", "2026-12-01")
    assert sum(count for _, count in row.times) == 101
    assert len(row.times) == MOST_TIMES
    assert 50 <= (row.median or 0) <= 55
    assert file.read_bytes() != old
    assert file.stat().st_mode & 0o777 == 0o640


def test_without_the_times_of_old_stops_there_is_no_median(tmp_path: Path) -> None:
    file = tmp_path / "drains.yaml"
    file.write_text(text_of(GOOD | {"drain": {"median": 4, "max": 11.03}}), encoding="utf-8")
    (row,) = write_drains(str(file), [STOP]).changed
    assert (row.stops, row.median, row.p99, row.longest, row.times) == (42, None, None, 11.1, ())
    assert "  drain: {max: 11.1}\n" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("workload", "Deployment/shop/api"),
        ("container", "log"),
        ("image", "registry.example/shop/web:1.3"),
        ("by", "drill"),
        ("covers_hook", True),
    ],
)
def test_other_stops_are_another_row(key: str, value: Any) -> None:
    other = STOP._replace(**{key: value})
    rows, written = merge_stops([], [STOP, other, STOP])
    assert sorted(row.stops for row in rows) == [1, 2]
    assert len(written.changed) == 2
    assert [getattr(row, key) for row in rows if row.stops == 1] == [value]


def test_rows_of_old_images_are_dropped(tmp_path: Path) -> None:
    file = str(tmp_path / "drains.yaml")
    for number in range(MOST_IMAGES + 2):
        day = (date(2026, 11, 1) + timedelta(number)).isoformat()
        found = write_drains(file, [STOP._replace(image=f"web:1.{number}", day=day)])
        old = number - MOST_IMAGES
        assert [row.image for row in found.dropped] == ([f"web:1.{old}"] if old >= 0 else [])
    assert [row.image for row in read_drains(file)] == ["web:1.2", "web:1.3", "web:1.4"]
    written = write_drains(file, [STOP._replace(image="web:1.0", day="2026-10-01")])
    assert [row.image for row in written.changed] == ["web:1.0"]
    assert [row.image for row in written.dropped] == ["web:1.2"]
    many = [STOP._replace(image=f"api:{number}") for number in range(MOST_IMAGES + 1)]
    rows, written = merge_stops([], many)
    assert [row for row in rows if row in written.dropped] == []
    assert len(rows) == len(written.changed) == MOST_IMAGES


COMMENTED = """\
# Ours
version: 1

drains:   # by workload
# The shop.
  # Slow since the migration.
  - workload: Deployment/shop/web   # two lines
    container: web
    # this one
    image: "registry.example/shop/web:1.2"
    by: observe
    stops: 41
    first: 2026-10-01
    until: 2026-11-20
    drain: {max: 11}

  # Its worker.
  - {workload: Deployment/shop/worker, container: app, image: worker:1, by: drill, stops: 20,
     first: 2026-10-01, until: 2026-11-20, drain: {max: 100}}
# The end.
"""


def test_comments_stay_with_their_rows(tmp_path: Path) -> None:
    file = tmp_path / "drains.yaml"
    file.write_text(COMMENTED, encoding="utf-8", newline="")
    write_drains(str(file), [STOP, STOP._replace(workload="Deployment/shop/wait")])
    text = file.read_text(encoding="utf-8")
    own, worker = COMMENTED.index("  - workload"), COMMENTED.index("\n  # Its worker")
    head, rest = text[: COMMENTED.index("# The shop")], text[COMMENTED.index("# The shop") :]
    assert COMMENTED.startswith(head)
    assert rest.startswith("  - workload: Deployment/shop/wait\n    container: web\n")
    above = COMMENTED[COMMENTED.index("# The shop") : own]
    assert (
        f"{above}    # this one\n  - workload: Deployment/shop/web\n    container: web\n" in rest
    )
    assert rest.endswith(COMMENTED[worker:])
    assert "    stops: 42\n" in rest


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_nothing_else_of_a_file_changes(tmp_path: Path, end: str) -> None:
    file = tmp_path / "drains.yaml"
    text = COMMENTED.replace("\n", end)
    file.write_text(text, encoding="utf-8", newline="")
    write_drains(str(file), [STOP._replace(workload="StatefulSet/x")])
    new = file.read_bytes().decode()
    place = text.index("# The end.")
    assert new.startswith(text[:place])
    assert new.endswith(text[place:])
    assert new.count("\n") == new.count(end)
    before = file.stat().st_ino
    write_drains(str(file), [])
    assert file.stat().st_ino == before


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\ndrains: []\n# note\n",
        "drains: []\nversion: 1\n# note\n",
        '# note\n{"version": 1, "drains": []}',
        f"# note\nversion: 1\ndrains: {[GOOD | {'container': 'a'}, GOOD | {'container': 'b'}]}",
        "version: 1\ndrains:\n-\n  # note\n " + text_of(GOOD).partition("drains:\n-")[2],
    ],
)
def test_any_style_is_understood(tmp_path: Path, text: str) -> None:
    file = tmp_path / "drains.yaml"
    file.write_text(text, encoding="utf-8")
    rows = parse_drains(text.encode(), "x").rows
    write_drains(str(file), [STOP._replace(workload="StatefulSet/x")])
    new = file.read_text(encoding="utf-8")
    found = read_drains(str(file))
    assert [one._replace(place="") for one in found[:-1]] == [
        one._replace(place="") for one in rows
    ]
    assert found[-1].workload == "StatefulSet/x"
    assert "# note\n" in new


def test_a_file_that_changes_meanwhile_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "drains.yaml"
    write_drains(str(file), [STOP])

    def slow(*args: Any) -> str:
        file.write_text("version: 1\ndrains: []\n", encoding="utf-8")
        return render_drains(*args)

    monkeypatch.setattr(drains, "render_drains", slow)
    with pytest.raises(UsageError, match="cannot be written: it changed on disk"):
        write_drains(str(file), [STOP])
    assert read_drains(str(file)) == ()


@pytest.mark.parametrize("blank", ["", "\n \n"])
def test_stops_can_be_added_to_a_blank_file(tmp_path: Path, blank: str) -> None:
    files = tmp_path / "made.yaml", tmp_path / "blank.yaml"
    files[1].write_text(blank, encoding="utf-8")
    for file in files:
        check_drains(str(file))
        write_drains(str(file), [STOP])
    assert files[0].read_text("utf-8") == files[1].read_text("utf-8")


def test_what_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    missing = str(tmp_path / "no" / "drains.yaml")
    for call in (check_drains, lambda path: write_drains(path, [STOP])):
        with pytest.raises(UsageError, match="cannot be written: there is no folder"):
            call(missing)
    check_drains(str(tmp_path / "new.yaml"))
    assert [*tmp_path.iterdir()] == []


def test_stops_of_an_unknown_image_are_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "drains.yaml"
    with pytest.raises(UsageError) as error:
        write_drains(str(file), [STOP, STOP._replace(image="web:${TAG}")])
    assert str(error.value) == (
        f"{file}: cannot be written: Deployment/shop/web runs 'web:${{TAG}}', which is not the "
        f"name of an image, and no row can be about it"
    )
    assert not file.exists()


@given(
    st.lists(
        st.builds(
            MeasuredStop,
            st.sampled_from(["Deployment/web", "StatefulSet/shop/a.b-c"]),
            st.sampled_from(["web", "1e3", "null", "0"]),
            st.sampled_from(["web", "web:1", "1234", f"web@sha256:{'0' * 64}", "1:1"]),
            st.sampled_from(["observe", "drill"]),
            st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(str),
            st.floats(0, 5000),
            st.booleans(),
            st.booleans(),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_what_is_written_is_what_is_read(stops: list[MeasuredStop]) -> None:
    rows, _ = merge_stops([], stops)
    text = render_drains(rows, None)
    assert [row._replace(place="") for row in parse_drains(text.encode(), "x").rows] == rows
    assert len(yaml.safe_load(text)["drains"]) == len(rows)
    again, written = merge_stops(rows, stops)
    for row in again:
        once = next(
            one
            for one in rows
            if one.image == row.image and one[:4] == row[:4] and one.covers_hook == row.covers_hook
        )
        assert (row.stops, row.killed, row.longest) == (
            2 * once.stops,
            2 * once.killed,
            once.longest,
        )
        assert (row.median or 0) <= (row.p99 or 0) <= row.longest
    assert {one.stops for one in written.changed} == {one.stops for one in again}
