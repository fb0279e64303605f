import functools
from pathlib import Path

from typer.main import get_command

from unified.authoring.lint.all_rules import RULES
from unified.authoring.reference_pages.provider_page import FOLDER
from unified.cli.authors.docs import generated
from unified.cli.main import app

REPOSITORY = Path(__file__).parents[2]


@functools.cache
def pages():
    return generated(REPOSITORY, get_command(app))


def test_every_page_is_current():
    old = [page for page, text in pages().items() if (REPOSITORY / page).read_text(encoding="utf-8") != text]
    assert old == [], "these pages are not current: run `unified docs`"


def test_every_command_and_rule_is_on_its_page():
    assert "## `unified keys add [options]`" in pages()["docs/reference/cli.md"]
    assert "## `unified map PROVIDER MODEL BODY.json [options]`" in pages()["docs/reference/cli.md"]
    assert [rule.code for rule in RULES if f"| {rule.code} |" not in pages()["docs/reference/lint.md"]] == []


def test_every_provider_with_mappings_has_a_page_and_no_other_has():
    mapped = {one.name for one in (REPOSITORY / "mappings").iterdir() if one.is_dir()}
    assert {one.stem for one in (REPOSITORY / FOLDER).iterdir()} == mapped
    assert {name for name in mapped if f"({FOLDER}/{name}.md)" in pages()["README.md"]} == mapped
