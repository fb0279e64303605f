"""Tiers of providers: each rule finds what it is for, an exemption needs a reason, and what is read again is what there is."""

import pytest
from typer.testing import CliRunner

from tests.small_catalog import Folder
from unified.authoring.lint.tier_report import quality_of
from unified.authoring.quality.quality_file import load_quality
from unified.authoring.quality.rules import RULES
from unified.authoring.quality.tiers import missing_for_next
from unified.cli.main import app
from unified.errors.configuration import CatalogError

P, M, T = "providers/shelf.yaml", "mappings/shelf/crm.contacts.yaml", "mappings/shelf/crm.contacts.test.yaml"
Q = "mappings/shelf/quality.yaml"
FACTS = """\
maintainer: The team of Shelf
facts:
  - {about: address, says: The base URL is that of a site, source: "https://shelf.example.com/docs", read: "2026-11-24"}
  - {about: credentials, says: A token is a bearer token, source: "https://shelf.example.com/docs", read: "2026-11-24"}
  - {about: pages, says: The next page begins after a cursor, source: "https://shelf.example.com/docs", read: "2026-11-24"}
"""


@pytest.fixture
def gold(tmp_path):
    """A small catalog that lacks nothing for gold."""
    folder = Folder(tmp_path)
    folder.write("cassettes/shelf/crm.contacts.json", '{"list": {}, "get": {}, "create": {}}')
    folder.write("cassettes/shelf/recordings.yaml", "models: {}\n")
    folder.write("providers/shelf.sandbox.yaml", "docs: x\n")
    folder.write(Q, FACTS)
    ((_, text),) = missing_for_next(quality_of(tmp_path, "shelf"))[1]
    assert text == "no one has read what agents see a second time"
    folder.write(Q, f'{FACTS}second_reading: {{review: "sha256:{"0" * 64}", read: "2026-11-30"}}\n')
    ((_, text),) = missing_for_next(quality_of(tmp_path, "shelf"))[1]
    digest = text.rpartition(" ")[2]
    folder.write(Q, f'{FACTS}second_reading: {{review: "{digest}", read: "2026-11-30"}}\n')
    return folder


def missing(folder: Folder) -> list[tuple[str, str, str]]:
    tier, found = missing_for_next(quality_of(folder.path, "shelf"))
    return [(tier, rule.name, text) for rule, text in found]


def test_nothing_is_missing(gold) -> None:
    assert missing(gold) == []
    run = CliRunner().invoke(app, ["check", "shelf", "--tier"], env={"UNIFIED_CATALOG": str(gold.path)})
    assert (run.exit_code, run.stdout, run.stderr) == (0, "", "Nothing is missing for gold.\n")


DAMAGE = [
    ("lint", lambda one: one.edit(P, "check:", "chek:"), None),
    (
        "golden-cases",
        lambda one: one.edit(T, "path: /people/1", "path: /people/2"),
        ("bronze", "1 golden case fails (run `unified test`)"),
    ),
    (
        "cassettes",
        lambda one: one.write("cassettes/shelf/crm.contacts.json", '{"list_recent": {}, "create": {}}'),
        ("silver", "cassettes/shelf/ has no cassette of crm.contacts.get"),
    ),
    (
        "demo",
        lambda one: (one.path / "providers/shelf.sandbox.yaml").unlink(),
        ("gold", "providers/shelf.sandbox.yaml is missing, so the demo does not have the provider"),
    ),
    (
        "recorded-bodies",
        lambda one: (one.path / "cassettes/shelf/recordings.yaml").unlink(),
        ("gold", "cassettes/shelf/recordings.yaml is missing: it says what recorded bodies of the provider are"),
    ),
    (
        "facts",
        lambda one: one.edit(Q, "about: pages", "about: limits"),
        ("gold", "mappings/shelf/quality.yaml has no fact about pages"),
    ),
]


@pytest.mark.parametrize(("name", "damage", "expected"), DAMAGE)
def test_a_rule_that_is_broken_is_named(gold, name, damage, expected) -> None:
    damage(gold)
    if expected is None:
        with pytest.raises(CatalogError, match="unknown key `chek`"):
            missing(gold)
    else:
        tier, text = expected
        assert missing(gold) == [(tier, name, text)]


def test_a_tool_that_changes_needs_another_reading(gold) -> None:
    gold.edit(M, "write: |", "describe: {list: People of the library}\nwrite: |")
    gold.review()
    ((tier, name, text),) = missing(gold)
    assert (tier, name) == ("gold", "second-reading")
    assert text.startswith(
        "what agents see has changed since its second reading: read it again, and set `second_reading.review`"
    )


def test_files_of_tickets_are_offered_or_have_a_reason(gold) -> None:
    gold.write("mappings/shelf/ticketing.tags.yaml", 'record: \'{"id": id, "name": name}\'\nlist: [{request: GET /tags}]\n')
    gold.write("mappings/shelf/ticketing.tags.test.yaml", "- {name: all, list: {}, sends: {path: /tags}}\n")
    gold.write("cassettes/shelf/ticketing.tags.json", '{"list": {}}')
    gold.review()
    found = {name: text for _, name, text in missing(gold)}
    assert found["attachments"] == "there is no mapping of ticketing.attachments, and `not_offered` gives no reason"
    gold.edit(P, "check:", "not_offered: {ticketing.attachments: Tickets have no files}\ncheck:")
    assert "attachments" not in {name for _, name, _ in missing(gold)}


def test_an_exemption_has_a_reason_and_a_rule_that_allows_it(gold) -> None:
    (gold.path / "cassettes/shelf/recordings.yaml").unlink()
    text = (gold.path / Q).read_text(encoding="utf-8")
    gold.write(Q, text + "exempt: {recorded-bodies: No one has recorded any body of it}\n")
    assert missing(gold) == []
    gold.write(Q, text + "exempt: {recorded-bodies: No one has recorded any body of it, lint: It is too strict for us}\n")
    assert [text for _, _, text in missing(gold)] == ["no provider can be exempt from `lint`"]
    gold.write(Q, text + "exempt: {recorded-bodies: none}\n")
    with pytest.raises(CatalogError, match=r"mappings/shelf/quality.yaml:\d+:\d+: "):
        load_quality(gold.path, "shelf")


def test_the_command_names_the_rules_of_the_next_tier(gold) -> None:
    (gold.path / "providers/shelf.sandbox.yaml").unlink()
    run = CliRunner().invoke(app, ["check", "shelf", "--tier"], env={"UNIFIED_CATALOG": str(gold.path)})
    assert run.exit_code == 1
    assert run.stdout == "gold: demo: providers/shelf.sandbox.yaml is missing, so the demo does not have the provider\n"
    assert run.stderr == "docs/quality-scale/gold.md explains the rules\n"


def test_rules_have_their_own_names() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.tier == "gold" for rule in RULES if rule.may_be_exempt)
