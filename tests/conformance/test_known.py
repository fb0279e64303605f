"""known.yaml: what it can say, and what its messages tell an author."""

import re

import pytest

from tests.cassettes.place import CHECKOUT
from tests.conformance import known
from tests.conformance.known import KEYS, KNOWN, SOURCES, mistakes, require_known
from tests.world import catalog
from unified.catalog.files.source import parse_source
from unified.models import MODELS

MODEL = {"crm.contacts": [one.name for one in MODELS["crm.contacts"].fields]}


@pytest.mark.parametrize("provider", KNOWN)
def test_every_entry_is_about_what_there_is(provider):
    models = {model: [one.name for one in MODELS[model].fields] for one, model in catalog().mappings() if one == provider}
    assert list(mistakes(SOURCES[provider], models)) == []


def test_the_page_has_every_key():
    text = (CHECKOUT / "docs/conformance.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(KEYS)


MISTAKES = [
    ("writen: {}\n", "known.yaml:1:1: unknown key `writen`. Did you mean 'written'? Known: "),
    (
        "written:\n  crm.contact: {}\n",
        "known.yaml:2:3: the provider has no mapping of `crm.contact`. Did you mean 'crm.contacts'?",
    ),
    ("written:\n  crm.contacts: {titel: why}\n", "known.yaml:2:18: the model has no field `titel`. Did you mean 'title'?"),
    ("written:\n  crm.contacts: why\n", "known.yaml:2:17: expected names, each with a reason"),
    ("beside_deleted: {crm.contacts: {a: b}}\n", "known.yaml:1:32: expected a reason"),
    ("custom_keys: {crm.contacts: a}\n", "known.yaml:1:29: expected a list of keys"),
    ("checksum_from: last\n", "known.yaml:1:16: expected the place of a character, such as -3"),
    ("- written\n", "known.yaml:1:1: expected keys such as "),
    ("written: [a]\n", "known.yaml:1:10: expected models, each with its entries"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_is_named_with_its_place(text, message):
    (found,) = mistakes(parse_source(text, name="known.yaml"), MODEL)
    assert found.startswith(message)


@pytest.fixture
def entries(monkeypatch):
    """The files of one provider instead of the installed ones."""

    def write(text):
        source = parse_source(text, name="cassettes/acme/known.yaml")
        monkeypatch.setattr(known, "SOURCES", {"acme": source})
        found = {
            key: {f"acme/{model}": one for model, one in (source.content or {}).get(key, {}).items()}
            for key in known.BY_SUBJECT
        }
        monkeypatch.setattr(known, "BY_SUBJECT", found)

    return write


def failure(*given, **more):
    with pytest.raises(pytest.fail.Exception) as caught:
        require_known(*given, **more)
    assert not caught.value.pytrace
    return str(caught.value)


def test_a_missing_entry_is_shown_as_it_would_stand_there(entries):
    entries("{}")
    assert failure("written", "acme/crm.contacts", {"title", "emails"}, "they do not come back as they were sent") == (
        "acme/crm.contacts: they do not come back as they were sent: emails, title.\n"
        "Correct the mapping or the stand-in. Where the provider itself is so, say why in cassettes/acme/known.yaml "
        "(docs/conformance.md):\n"
        "written:\n"
        "  crm.contacts:\n"
        "    emails: <the reason>\n"
        "    title: <the reason>"
    )
    assert failure("found_by_id", "acme/crm.contacts", ["crm.contacts"], "a record is read by its id").endswith(
        "found_by_id:\n  crm.contacts: <the reason>"
    )


def test_an_entry_that_is_needed_no_longer_is_named_with_its_place(entries):
    entries("only_in_get:\n  crm.contacts:\n    title: why\n    emails: why\n")
    assert failure("only_in_get", "acme/crm.contacts", {"title"}, "the list has another value") == (
        "cassettes/acme/known.yaml:4:5: this entry is needed no longer; take it out. "
        "acme/crm.contacts, emails, is not so: the list has another value"
    )
    require_known("only_in_get", "acme/crm.contacts", {"title"}, "told", all_needed=False)


def test_known_differences_are_not_failures(entries):
    entries("written: {crm.contacts: {title: why}}\nbeside_deleted: {crm.contacts: why}\n")
    require_known("written", "acme/crm.contacts", {"title"}, "told")
    require_known("beside_deleted", "acme/crm.contacts", ["crm.contacts"], "told")
    require_known("written", "acme/crm.accounts", (), "told")
