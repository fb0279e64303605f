"""Tables: ratios to the rows that there are, and a reason for a peer that is missing."""

from benchmarks.tables import NONE, latency_grid, markdown, milliseconds, processor_grid
from tests.unit.benchmarks.measured import latency, results, row


def test_rows_are_multiples_of_the_peers_that_were_measured() -> None:
    found = results(row("nginx", 0.05, title="nginx: pass-through"), row("pass", 2.0, title="Unified: pass-through"))
    grid = processor_grid(found, found.tables[0])
    assert [line[4] for line in grid.lines] == [NONE, "40.0 × nginx"]


def test_a_missing_peer_has_a_row_with_the_reason() -> None:
    found = results(row("pass", 2.0), missing={"nginx": "not installed"})
    grid = processor_grid(found, found.tables[0])
    assert grid.lines[-1][:2] == ("nginx", "not installed")
    assert grid.lines[0][4] == "nginx: not installed"
    assert {len(line) for line in grid.lines} == {len(grid.heads)}


def test_a_rate_that_a_path_did_not_keep_up_with_is_a_dash() -> None:
    found = results(row("pass", 1.0), latencies=(latency("pass", 50, 1.25, 4.0), latency("pass", 100, None, None)))
    assert latency_grid(found, "p50_ms").lines == (("pass", "1.2", "–"),)


def test_markdown_puts_numbers_on_the_right() -> None:
    found = results(row("pass", 1.0), latencies=(latency("pass", 50, 1.0, 4.0),))
    assert markdown(latency_grid(found, "p99_ms")) == "| path | 50 |\n| --- | ---: |\n| pass | 4.0 |"


def test_milliseconds_have_three_digits_that_count() -> None:
    assert [milliseconds(one) for one in (0.0361, 2.345, 17.04)] == ["0.036", "2.35", "17.0"]
