"""The operators' page is true: its tables are those of the code."""

import re

from prometheus_client.metrics import MetricWrapperBase

from tests.docs.pages import ROOT
from unified.store.engine.failures import ADVICE
from unified.telemetry import metrics
from unified.telemetry.fields import FIELDS
from unified.telemetry.traces import ATTRIBUTES

OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def table(heading: str) -> list[tuple[str, ...]]:
    """The rows of the first table below a heading, without its head."""
    section = OPERATIONS.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = section[section.index("\n|") :].strip().split("\n\n")[0].splitlines()
    return [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines[2:]]


def test_the_log_fields_are_those_of_the_code() -> None:
    assert table("Logs") == [(f"`{name}`", field.meaning) for name, field in FIELDS.items()]


def test_the_metrics_are_those_of_the_code() -> None:
    found = [one for one in vars(metrics).values() if isinstance(one, MetricWrapperBase)]
    names = [f"`{one._name}{'_total' if one._type == 'counter' else ''}`" for one in found]
    labels = [" ".join(f"`{label}`" for label in one._labelnames) for one in found]
    shown = table("Metrics")
    assert [row[0] for row in shown] == names
    assert [row[1] for row in shown] == labels
    assert [row[2] for row in shown] == [f"{one._type}: {one._documentation}" for one in found]


def test_the_reasons_of_failures_are_those_of_the_code() -> None:
    rows = OPERATIONS.partition("\n| reason | do |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
    assert rows == [f"| `{reason}` | {advice} |" for reason, advice in ADVICE.items()]


def test_the_attributes_of_spans_are_those_of_the_code() -> None:
    assert table("Traces") == [(f"`{name}`", meaning) for name, meaning in ATTRIBUTES.items()]


def test_alerts_ask_for_metrics_that_exist() -> None:
    known = {one._name for one in vars(metrics).values() if isinstance(one, MetricWrapperBase)}
    asked = set(re.findall(r"unified_[a-z_]+", OPERATIONS.partition("Alerts to start with")[2].partition("\n## ")[0]))
    assert len(asked) > 5
    assert {re.sub("_(total|bucket)$", "", one) for one in asked} <= known
