"""Several workers on one port: they share the work, are replaced when they die, and see each other's changes."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx2
import pytest

from tests.process.conftest import prepare, serving, until

SCRAPES = "planted-metrics-token"

pytestmark = pytest.mark.slow

NOTICED_S = 20.0
"""Every worker refuses a revoked key within two seconds, the lifetime of cached keys; the rest is room for a busy machine."""


@pytest.fixture(scope="module")
def two(prepared):
    """A service with two workers, for tests that leave it running."""
    with serving(prepared, "--workers", "2", UNIFIED_METRICS_TOKEN=SCRAPES) as service:
        yield service


def test_two_workers_answer_and_one_scrape_counts_both(two):
    assert len(two.workers()) == 2
    asked = 0
    while asked < 400 and len(_who_answered(two)) < 2:
        asked += _burst(two, 20)
    assert len(_who_answered(two)) == 2, "one worker took all requests"
    text = two.get("/metrics", SCRAPES).text
    counted = next(line for line in text.splitlines() if 'route="/health",status="200"' in line and "_total" in line)
    assert float(counted.rpartition(" ")[2]) == asked


def test_the_workers_count_in_a_private_folder(two):
    folder = two.prepared.home / "metrics"
    assert [one.stat().st_mode & 0o777 for one in (folder, *folder.iterdir())] == [0o700, 0o700]


def test_no_process_may_write_a_core_file(two):
    for pid in (two.process.pid, *two.workers()):
        limits = Path(f"/proc/{pid}/limits").read_text(encoding="ascii").splitlines()
        (limit,) = (line.split()[4:6] for line in limits if line.startswith("Max core file size"))
        assert limit == ["0", "0"]


def _burst(service, size):
    answers = []

    def ask():
        answers.append(service.get("/health").status_code)

    threads = [threading.Thread(target=ask) for _ in range(size)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert answers == [200] * size
    return size


def _who_answered(service):
    """Process ids of the workers that have counted a request, from the names of their files."""
    folder = service.prepared.home / "metrics" / str(service.process.pid)
    return {file.stem.rpartition("_")[2] for file in folder.glob("counter_*.db")}


def test_a_killed_worker_is_replaced_and_the_service_continues(two):
    first = two.workers()
    os.kill(first[0], signal.SIGKILL)
    assert two.get("/ready").status_code == 200
    until(lambda: len(set(two.workers()) - set(first)) == 1 and first[1] in two.workers())
    until(lambda: [one for one in two.log() if one["event"] == "worker_ready" and one["pid"] not in first])
    assert two.contacts().status_code == 200
    ended = [one for one in two.log() if one["event"] == "worker_ended"]
    assert [(one["pid"], one["exit_code"]) for one in ended] == [(first[0], -signal.SIGKILL)]


def test_nothing_of_the_metrics_is_left_after_a_stop(two):
    assert two.stop() == 0
    assert list((two.prepared.home / "metrics").iterdir()) == []


def test_workers_end_with_the_process_that_watches_them(prepared):
    with serving(prepared, "--workers", "2") as service:
        workers = service.workers()
        service.process.kill()
        service.process.wait()
        until(lambda: not [pid for pid in workers if Path(f"/proc/{pid}").exists()], what="a worker outlived its supervisor")


def test_a_worker_that_cannot_start_ends_the_service_and_says_why(prepared, tmp_path):
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("UNIFIED_")}
    ended = subprocess.run(
        [sys.executable, "-m", "unified.cli.main", "serve", "--port", "0", "--workers", "2"],
        env={**inherited, **prepared.environment, "UNIFIED_CATALOG": str(catalog)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == "unified: a worker did not start; see the log for the cause"
    assert '"event": "not_started"' in ended.stderr
    assert str(catalog) in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_revoked_key_is_refused_by_every_process_in_time(database, tmp_path, sandbox):
    prepared = prepare(tmp_path / "home", sandbox, database)
    with serving(prepared) as one, serving(prepared) as other:
        assert (one.contacts().status_code, other.contacts().status_code) == (200, 200)
        path = f"/api-keys/{prepared.app_key_id}"
        revoked = httpx2.delete(one.base_url + path, headers={"Authorization": f"Bearer {prepared.admin_key}"})
        began = time.monotonic()
        assert revoked.status_code == 204
        assert one.contacts().status_code == 401
        until(lambda: other.contacts().status_code == 401, NOTICED_S, "the other process still takes the key")
        assert time.monotonic() - began < NOTICED_S
