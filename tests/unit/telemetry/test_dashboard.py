"""The dashboard in deploy/ asks only for metrics and labels that exist, and for all of them."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client import Counter, Gauge, Histogram

from unified.telemetry import metrics

DASHBOARD = json.loads((Path(__file__).parents[3] / "deploy" / "grafana-dashboard.json").read_text(encoding="utf-8"))
PANELS = [one for one in DASHBOARD["panels"] if one["type"] != "row"]
METRIC = re.compile(r"\bunified_[a-z_]+")
OWN = {"le"}
"""Labels that the system of metrics adds."""


def known():
    """The labels of every metric, under each name that a query can have for it."""
    found = {}
    for one in vars(metrics).values():
        if isinstance(one, Counter | Gauge | Histogram):
            (family,) = list(one.describe())
            ends = {Counter: ("_total",), Gauge: ("",), Histogram: ("_bucket", "_sum", "_count")}[type(one)]
            found |= {f"{family.name}{end}": {*one._labelnames} for end in ends}
    return found


def queries():
    return [(panel["title"], target["expr"], target["legendFormat"]) for panel in PANELS for target in panel["targets"]]


@pytest.mark.parametrize(("title", "query", "legend"), queries(), ids=lambda one: one[:40])
def test_a_query_names_only_what_exists(title, query, legend):
    names = set(METRIC.findall(query))
    assert names
    assert names <= known().keys(), title
    labels = set().union(*(known()[name] for name in names)) | OWN
    for listed in re.findall(r"by \((.*?)\)", query):
        assert {one.strip() for one in listed.split(",")} <= labels, title
    assert set(re.findall(r"(\w+)=~?\"", query)) <= labels, title
    assert set(re.findall(r"\{\{(\w+)\}\}", legend)) <= labels, title


def test_every_metric_is_on_it():
    asked = {name for _, query, _ in queries() for name in METRIC.findall(query)}
    families = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in known()}
    assert {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in asked} == families


def test_panels_do_not_overlap_and_say_what_they_show():
    taken = set()
    for panel in PANELS:
        assert panel["description"]
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
