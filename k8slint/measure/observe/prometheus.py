"""Sums of stops in the text format of Prometheus, version 0.0.4."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

from k8slint.measure.observe.tally import Tally, WorkloadTally
from k8slint.outside.terminal import backslashed, escaped
from k8slint.records import NamedTuple
from k8slint.shutdown.seconds import format_number

_QUANTILES = (0.5, 0.99, 1.0)


class _Metric(NamedTuple):
    """A number of a workload; no sample is written for None."""

    name: str
    type: str
    help: str
    value: Callable[[WorkloadTally], float | None]


_METRICS = (
    _Metric("stops_total", "counter", "Pods that stopped.", lambda one: one.stops),
    _Metric(
        "killed_total",
        "counter",
        "Pods with a container killed at the deadline.",
        lambda one: one.killed,
    ),
    _Metric(
        "not_seen_total",
        "counter",
        "Pods of which an end was not seen.",
        lambda one: one.not_seen,
    ),
    _Metric(
        "failed_hooks_total",
        "counter",
        "Pods with a failed preStop hook.",
        lambda one: one.failed_hooks,
    ),
    _Metric(
        "mismatches_total",
        "counter",
        "Pods that ended in another way than predicted.",
        lambda one: one.differing,
    ),
    _Metric(
        "predicted_low_seconds",
        "gauge",
        "The shortest stop that the model predicts.",
        lambda one: one.predicted.ends.low if one.predicted else None,
    ),
    _Metric(
        "predicted_high_seconds",
        "gauge",
        "The longest stop that the model predicts.",
        lambda one: one.predicted.ends.high if one.predicted else None,
    ),
)


def prometheus_text(tally: Tally) -> str:
    """Return all sums; a workload is named by the labels namespace, kind and name."""
    found = [*tally.in_order()]
    lines = [*_summary(found)]
    for metric in _METRICS:
        name = f"k8slint_observed_{metric.name}"
        lines += _head(name, metric.type, metric.help)
        for one in found:
            value = metric.value(one)
            if value is not None and not math.isinf(value):
                lines.append(f"{name}{_labels(one)} {format_number(value)}")
    return "".join(f"{line}\n" for line in lines)


def _summary(found: list[WorkloadTally]) -> Iterator[str]:
    name = "k8slint_observed_stop_seconds"
    yield from _head(name, "summary", "Seconds from the request until the last container ended.")
    for one in found:
        for part in _QUANTILES:
            if (length := one.quantile(part)) is not None:
                yield f"{name}{_labels(one, f'{part:g}')} {length}"
        total = sum(length * count for length, count in one.seconds.items())
        yield f"{name}_sum{_labels(one)} {total}"
        yield f"{name}_count{_labels(one)} {one.seconds.total()}"


def _head(name: str, kind: str, about: str) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"


def _labels(one: WorkloadTally, quantile: str = "") -> str:
    owner = one.owner
    pairs = [("namespace", owner.namespace), ("kind", owner.kind), ("name", owner.name)]
    pairs += [("quantile", quantile)] if quantile else []
    inside = ",".join(f'{name}="{_quote(text)}"' for name, text in pairs)
    return f"{{{inside}}}"


def _quote(text: str) -> str:
    """Return the value of a label: a backslash stands only before itself, a quote and `n`."""
    safe = escaped(text, lambda char: backslashed(char).replace("\\", "/"))
    return re.sub(r'["\\]', r"\\\g<0>", safe)
