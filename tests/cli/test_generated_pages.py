from pathlib import Path

import pytest
from typer.main import get_command

from unified.authoring.lint import RULES
from unified.authoring.reference_pages.provider_page import FOLDER
from unified.cli.docs import generated
from unified.cli.main import app

REPOSITORY = Path(__file__).parents[2]
PAGES = generated(REPOSITORY, get_command(app))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_current(page):
    assert (REPOSITORY / page).read_text(encoding="utf-8") == PAGES[page], f"{page} is not current: run `unified docs`"


def test_every_command_and_rule_is_on_its_page():
    assert "## `unified keys add [options]`" in PAGES["docs/reference/cli.md"]
    assert "## `unified map PROVIDER MODEL BODY.json [options]`" in PAGES["docs/reference/cli.md"]
    assert [rule.code for rule in RULES if f"| {rule.code} |" not in PAGES["docs/reference/lint.md"]] == []


def test_every_provider_with_mappings_has_a_page_and_no_other_has():
    mapped = {one.name for one in (REPOSITORY / "mappings").iterdir() if one.is_dir()}
    assert {one.stem for one in (REPOSITORY / FOLDER).iterdir()} == mapped
    assert {name for name in mapped if f"({FOLDER}/{name}.md)" in PAGES["README.md"]} == mapped
