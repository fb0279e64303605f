"""The pages for end users speak four languages: all texts are there in each, also those whose keys are made up at run time."""

import re
from importlib.resources import files

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.world import catalog
from unified.authoring.lint.rules.text_rules import shown_texts
from unified.errors.tree import every_error
from unified.models import MODELS
from unified.service.access.conditions.periods import WORDS as RELATIVE_TIMES
from unified.service.connect.failure_messages import CHECK_REASONS, CONSENT_ERRORS, TOKEN_REASONS, WORDS
from unified.service.languages import DEFAULT, LANGUAGES, operator_texts, preferred, texts, texts_below
from unified.transform.queries.query import OPERATORS as OPERATORS_OF_LISTS
from unified.transport.auth import KEYS, name_of
from unified.web import failures
from unified.web.html.formatting import _STEPS
from unified.web.html.messages import KINDS, MESSAGES, messages_in

END_USER_TEMPLATES = (
    "auto_redirect",
    "callback_failure",
    "connect",
    "connected",
    "failure",
    "link_over",
    "link_resources",
    "product_choice",
    "resource_picker",
)
OPERATORS = {"fault.role", "fault.scope", "fault.paused", "fault.hours"}
"""Errors that only signed-in people meet."""
ALIKE = 0.15
"""The part of the texts that may be the same in two languages, such as `CRM`, `Pipelines` or `{count} minutes`."""


def placeholders(text):
    return sorted(re.findall(r"{(\w*)}", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_placeholders(language):
    english, own = texts(DEFAULT), texts(language)
    assert list(own) == list(english), "the same keys, in the same order"
    assert {key: placeholders(text) for key, text in own.items()} == {key: placeholders(text) for key, text in english.items()}
    assert [key for key, text in own.items() if not text.strip() and key not in {"scope_between", "scope_last"}] == []
    assert [key for key, text in own.items() if re.search(r"<|>|&\w+;", text)] == [], "plain text only"
    same = [key for key, text in own.items() if text == english[key]]
    assert language == DEFAULT or len(same) < ALIKE * len(own), same


def keys_in(template):
    source = (files("unified.web") / "templates" / f"{template}.html").read_text(encoding="utf-8")
    return set(re.findall(r"""\bt(?:_plain)?\(\s*"([^"]+)"\s*[,)]""", source))


def test_every_text_of_a_page_for_end_users_is_in_the_files():
    found = {key for name in END_USER_TEMPLATES for key in keys_in(name)} - {"nav.accounts"}
    assert len(found) > 40
    assert found - set(texts(DEFAULT)) == set()


def made_up_keys():
    """Every key that code puts together, from what it is put together of."""
    known = catalog()
    kinds = {name_of(rules) for name in known.providers() for rules in known.provider(name).auth} | set(KEYS)
    customs = {method for one in known.mappings() for method in known.compiled(*one).methods}
    prefixes = set(failures.MESSAGE_PREFIXES.values()) - OPERATORS | {
        "fault.link",
        "fault.tries",
        "fault.guesses",
        "fault.other",
    }
    yield from (f"outcome.{reason}" for reason in {*WORDS, *CONSENT_ERRORS, *TOKEN_REASONS.values(), *CHECK_REASONS.values()})
    yield from (f"over.{reason}.{part}" for reason in ("expired", "used", "tries", "revoked") for part in ("title", "text"))
    yield from (f"{prefix}.{part}" for prefix in prefixes for part in ("title", "text"))
    yield from (f"connect.way.{kind}" for kind in kinds)
    yield from (f"connect.key.title.{kind}" for kind in kinds - {"oauth2"})
    yield from (f"noun.{model}" for model in MODELS)
    yield from (f"category.{model.partition('.')[0]}" for model in MODELS)
    yield from (f"verb.{kind}" for kind in KINDS)
    yield from (f"verb.custom.{method}" for method in customs - {"list", "get", "create", "update", "delete"})
    yield from (f"time.{unit}{plural}" for _, unit in _STEPS for plural in ("", "s"))
    yield from (f"field.{code}" for code in ("required", "invalid"))
    yield from (f"condition.{one}" for one in (*OPERATORS_OF_LISTS, *RELATIVE_TIMES, "within", "related", "me"))
    yield from (f"condition.time.{one}" for one in ("gt", "gte", "lt", "lte"))
    yield from (f"condition.day.{one}" for one in ("ago", "ahead"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_that_are_made_up_at_run_time_are_in_the_files(language):
    assert set(made_up_keys()) - set(texts(language)) == set()


def test_a_text_that_nothing_shows_is_not_kept():
    sources = [one for one in files("unified.web").rglob("*") if one.suffix in {".py", ".html"}]
    source = "".join(one.read_text(encoding="utf-8") for one in sources)
    used = set(made_up_keys()) | {key for key in texts(DEFAULT) if f'"{key}"' in source}
    used |= {f"check.{code}" for code in texts_below(texts(DEFAULT), "check.") if code == "other" or code in codes()}
    used |= {key for key in texts(DEFAULT) if key.startswith("connect.field.")}
    assert set(texts(DEFAULT)) - used == set()


def codes():
    return {"internal", *(one.code for one in every_error())}


def test_pages_that_only_operators_see_are_in_english():
    assert all(messages_in(language)["nav.accounts"] == MESSAGES["nav.accounts"] for language in LANGUAGES)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pt-BR,pt;q=0.9,es;q=0.5,en;q=0.4", "es"),
        ("en;q=0.3, fr;q=0.9", "fr"),
        ("FR-ca", "fr"),
        ("*", "en"),
        ("de;q=0", "en"),
        ("ja,zh;q=0.5", "en"),
        ("de;q=x, es;q=0.1", "es"),
    ],
)
def test_the_language_is_the_one_that_the_browser_prefers(accepted, language):
    assert preferred(accepted) == language


@given(st.text(max_size=300))
def test_any_header_gives_a_language(accepted):
    assert preferred(accepted) in LANGUAGES


def test_a_provider_file_with_translations_has_all_of_them_and_no_others():
    providers = [catalog().provider(name) for name in catalog().providers()]
    translated = [one for one in providers if one.translations]
    assert translated
    for one in translated:
        shown = set(shown_texts(one))
        assert set(one.translations) == set(LANGUAGES) - {DEFAULT}, one.name
        for language, found in one.translations.items():
            assert set(found) == shown, (one.name, language)
            assert all(found.values()), (one.name, language)


def test_no_text_is_in_two_files():
    folder = files("unified.service") / "texts"
    found = [msgspec.json.decode(one.read_bytes()) for one in (folder / "operators").iterdir()]
    assert len(found) > 5
    assert sum(map(len, found)) == len(operator_texts())
    assert operator_texts().keys().isdisjoint(texts(DEFAULT))
