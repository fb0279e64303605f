"""`make bench-newcomer` takes its commands and its place from the pages; what the page says is the published run."""

import msgspec
import pytest

from benchmarks.newcomer_pages import LANGUAGES, MOST_SECONDS, PAGE, PUBLISHED, Step, Taken, Way, filled, sentence, steps

WAY = Way(
    taken="2026-01-01",
    commit="abc",
    machine={"processor": "P", "cores": "2", "load": "0.5 before the run"},
    steps=tuple(
        Taken(name=name, seconds=seconds)
        for name, seconds in (("clone", 1.2), ("demo", 40.1), ("Python", 9.0), ("TypeScript", 12.0))
    ),
)


def test_the_pages_tell_the_whole_way() -> None:
    found = {one.name: one.commands for one in steps()}
    assert list(found) == ["demo", "variables", *LANGUAGES]
    assert found["demo"] == "make demo\n"
    assert "demo-env" in found["variables"]
    assert "first_call.py" in found["Python"]
    assert "first_call.mjs" in found["TypeScript"]


def test_comments_of_a_page_are_not_commands(tmp_path) -> None:
    (tmp_path / "one.md").write_text("<!-- newcomer: demo -->\n```bash\nmake demo   # run it\n```\n", encoding="utf-8")
    assert steps((tmp_path / "one.md",)) == [Step("demo", "make demo\n")]


def test_pages_that_tell_a_step_in_two_ways_are_refused(tmp_path) -> None:
    pages = tmp_path / "one.md", tmp_path / "two.md"
    for page, command in zip(pages, ("make demo", "make run"), strict=True):
        page.write_text(f"<!-- newcomer: demo -->\n```bash\n{command}\n```\n", encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"two\.md: demo: expected what another page tells, 'make demo\\n'; found 'make run\\n'"
    ):
        steps(pages)


def test_a_way_has_what_all_share_and_its_own_language() -> None:
    assert WAY.ways() == pytest.approx({"Python": 50.3, "TypeScript": 53.3})
    assert sentence(WAY).splitlines() == [
        "Measured with empty caches: 50 seconds from the clone to the records in Python, 53 in TypeScript.",
        "Of these, the demo with its installation takes 40, and the client with its program 9 or 12.",
        "`make bench-newcomer` measures it on your machine (2026-01-01, P, 2 cores, load 0.5 before the run).",
    ]


def test_the_page_shows_the_published_run_which_keeps_the_promise() -> None:
    published = msgspec.json.decode(PUBLISHED.read_bytes(), type=Way)
    page = PAGE.read_text(encoding="utf-8")
    assert sentence(published) in page
    assert page == filled(page, published), "`make bench-newcomer PUBLISH=1` writes it again"
    assert max(published.ways().values()) < MOST_SECONDS
