"""Metrics count what happened under few labels; whatever is given, their number stays bounded."""

import os
import subprocess
import sys

import pytest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from unified.telemetry import metrics
from unified.telemetry.metrics_folder import fresh_folder, remove_folder

LABELS = {"method", "route", "status", "provider", "outcome", "le"}


def sample(name, **labels):
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def families():
    return list(text_string_to_metric_families(metrics.exposition().decode()))


@pytest.fixture(autouse=True)
def fresh():
    """Metrics with nothing counted, and nothing of the test left behind."""
    counted = [one for one in vars(metrics).values() if isinstance(one, MetricWrapperBase) and one is not metrics.AUDIT_WAITING]
    for step in range(2):
        for one in counted:
            one.clear()
        for names in metrics._names.values():
            names.clear()
        metrics._of_request.cache_clear()
        metrics._of_call.cache_clear()
        if step == 0:
            yield


def test_requests_are_counted_with_their_time():
    labels = {"method": "GET", "route": "/crm/t1"}
    metrics.count_request("GET", "/crm/t1", 200, 0.03)
    metrics.count_request("GET", "/crm/t1", 200, 3.0)
    metrics.count_request("GET", "/crm/t1", 0, 0.03)
    assert sample("unified_requests_total", **labels, status="200") == 2
    assert sample("unified_requests_total", **labels, status="none") == 1
    assert sample("unified_request_seconds_count", **labels) == 3
    assert sample("unified_request_seconds_bucket", **labels, le="0.05") == 2


@pytest.mark.parametrize("outcome", metrics.CALL_OUTCOMES)
def test_calls_are_counted_by_outcome(outcome):
    metrics.count_call("t1", outcome, 0.2)
    assert sample("unified_provider_calls_total", provider="t1", outcome=outcome) == 1


def test_refreshes_deliveries_circuits_and_waiting():
    metrics.count_refresh("t2", "refreshed")
    metrics.count_delivery("delivered")
    metrics.change_open_circuits("t2", 1)
    metrics.change_waiting("t2", 1)
    metrics.change_waiting("t2", -1)
    metrics.set_audit_waiting(7)
    assert sample("unified_token_refreshes_total", provider="t2", outcome="refreshed") == 1
    assert sample("unified_webhook_deliveries_total", outcome="delivered") >= 1
    assert sample("unified_open_circuits", provider="t2") == 1
    assert sample("unified_calls_waiting", provider="t2") == 0
    assert sample("unified_audit_rows_waiting") == 7


def test_the_number_of_labels_is_bounded_whatever_comes():
    for number in range(2000):
        metrics.count_request(f"VERB{number}", f"/r/{number}", number, 0.1)
        metrics.count_call(f"p{number}", f"outcome {number}", 0.1)
        metrics.count_refresh(f"p{number}", f"outcome {number}")
        metrics.count_delivery(f"outcome {number}")
        metrics.change_open_circuits(f"p{number}", 0)
        metrics.change_waiting(f"p{number}", 0)
    for family in families():
        values = {}
        for one in family.samples:
            for name, value in one.labels.items():
                values.setdefault(name, set()).add(value)
        assert values.keys() <= LABELS
        assert {
            name: len(found) for name, found in values.items() if len(found) > metrics.MAX_NAMES + 1 and name != "status"
        } == {}
        assert all(one == "none" or 100 <= int(one) < 600 for one in values.get("status", ()))
        assert values.get("method", set()) <= {*metrics.METHODS, "OTHER"}
        assert not {one for one in values.get("outcome", ()) if one.startswith("outcome")}


def test_every_metric_is_ours_and_explained():
    for family in families():
        assert family.name.startswith("unified_")
        assert family.documentation.endswith(".")


COUNTING = """
import sys
from unified.telemetry import metrics
metrics.count_request("GET", "/health", 200, 0.01)
metrics.change_open_circuits("t", 1)
print(metrics.exposition().decode())
"""


def test_several_processes_count_together_and_a_dead_ones_circuits_end(tmp_path):
    from unified.telemetry.metrics_folder import forget_worker

    folder = fresh_folder(tmp_path)
    environment = {**os.environ, metrics.SHARED_FOLDER: str(folder)}
    pids = []
    for number in (1, 2):
        process = subprocess.Popen([sys.executable, "-c", COUNTING], env=environment, stdout=subprocess.PIPE, text=True)
        text, _ = process.communicate(timeout=60)
        pids.append(process.pid)
        assert f'unified_requests_total{{method="GET",route="/health",status="200"}} {number}.0' in text
        assert 'unified_open_circuits{provider="t"} 1.0' in text
        forget_worker(folder, process.pid)
    assert len(set(pids)) == 2


def test_folders_of_processes_that_are_gone_are_removed(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    above = tmp_path / "metrics"
    for name in (str(gone.pid), str(os.getppid()), "kept"):
        (above / name).mkdir(parents=True)
    folder = fresh_folder(tmp_path)
    assert {one.name for one in above.iterdir()} == {str(os.getppid()), str(os.getpid()), "kept"}
    remove_folder(folder)
    assert not folder.exists()
