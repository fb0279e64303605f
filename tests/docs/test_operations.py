"""The operators' pages are true: their tables are those of the code, and the tests that they name are there."""

import re
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from tests.docs.pages import ROOT
from unified.telemetry import metrics
from unified.telemetry.fields import FIELDS
from unified.telemetry.traces import ATTRIBUTES

OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
REVIEW = (ROOT / "docs/security-review.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(?P<name>test_\w+)` in \[[\w.]+\]\((?P<file>[^)]+)\)")


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


def test_the_attributes_of_spans_are_those_of_the_code() -> None:
    assert table("Traces") == [(f"`{name}`", meaning) for name, meaning in ATTRIBUTES.items()]


def test_alerts_ask_for_metrics_that_exist() -> None:
    known = {one._name for one in vars(metrics).values() if isinstance(one, MetricWrapperBase)}
    asked = set(re.findall(r"unified_[a-z_]+", OPERATIONS.partition("Alerts to start with")[2].partition("\n## ")[0]))
    assert len(asked) > 5
    assert {re.sub("_(total|bucket)$", "", one) for one in asked} <= known


@pytest.mark.parametrize(("name", "file"), sorted(set(NAMED.findall(REVIEW))))
def test_a_claim_names_a_test_that_is_there(name: str, file: str) -> None:
    text = (Path(ROOT / "docs") / file).resolve().read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE)


def test_claims_are_found_and_each_has_a_test() -> None:
    rows = [line for line in REVIEW.splitlines() if "_test" in line or "`test_" in line]
    assert len(rows) == len(NAMED.findall(REVIEW)) >= 25
