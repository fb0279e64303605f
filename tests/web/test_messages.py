"""What people read: abilities, times and names, as text and nothing else."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from markupsafe import Markup

from tests.routes import API_TABLE, WEB_TABLE
from tests.world import catalog
from unified.errors.error import UnifiedError
from unified.models import MODELS
from unified.service.access.scope.scopes import PERMISSIONS
from unified.service.approvals import DECLINE_REASONS
from unified.service.runtime import approval_invalidation
from unified.service.runtime.events import EVENTS, TEST_EVENT
from unified.service.webhooks import delivery
from unified.store.approvals import STATUSES
from unified.store.deliveries import DeliveryStatus
from unified.transport import webhook_client
from unified.web.accounts.view import explain_reasons
from unified.web.html.formatting import exact, relative
from unified.web.html.messages import (
    ACTION_LABELS,
    CUSTOM_VERBS,
    DELIVERY_ERRORS,
    ENDINGS,
    EVENT_LABELS,
    MESSAGES,
    NOUNS,
    OUTCOMES,
    REASONS,
)
from unified.web.html.permission_summary import summarize_permissions
from unified.web.html.rendering import LONGEST, initial, listed, moment, shortened, t, t_plain
from unified.web.outcomes import build_notice

WEB = Path(__file__).parents[2] / "unified" / "web"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def lines(offered: dict) -> list[str]:
    return [f"{one.verb} {listed(one.things)}" for one in summarize_permissions(offered)]


def test_abilities_are_described_by_the_act() -> None:
    offered = {
        "crm.contacts": ("list", "get", "create", "update", "delete"),
        "crm.accounts": ("list", "create"),
        "crm.users": ("get",),
        "crm.leads": ("update", "convert"),
    }
    assert lines(offered) == [
        "Read companies, contacts and users",
        "Create and update contacts",
        "Create companies",
        "Update leads",
        "Delete contacts",
        "Convert leads",
    ]


def test_a_method_without_words_is_reported_by_its_name() -> None:
    assert lines({"crm.leads": ("set_aside",)}) == ["Set aside leads"]


def test_nothing_offered_is_nothing_told() -> None:
    assert lines({"crm.leads": ()}) == []


def test_every_model_and_every_method_of_the_catalog_has_words() -> None:
    assert set(NOUNS) == set(MODELS)
    installed = catalog()
    methods = {method for name in installed.providers() for one in installed.offered(name) for method in one.methods}
    assert methods - {"list", "get", "create", "update", "delete"} <= set(CUSTOM_VERBS)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(seconds=60), "in 1 minute"),
        (timedelta(minutes=-59, seconds=-59), "59 minutes ago"),
        (timedelta(hours=23), "in 23 hours"),
        (timedelta(days=-1), "1 day ago"),
        (timedelta(days=45), "in 1 month"),
        (timedelta(days=-800), "2 years ago"),
    ],
)
def test_times_are_relative(distance: timedelta, words: str) -> None:
    assert relative(NOW + distance, NOW) == words


def test_a_moment_carries_the_exact_time() -> None:
    assert exact(NOW) == "2026-11-24 12:00:00 UTC"
    assert moment(NOW, NOW + timedelta(hours=2)) == (
        '<time datetime="2026-11-24T12:00:00+00:00" title="2026-11-24 12:00:00 UTC">2 hours ago</time>'
    )


def test_names_in_words_are_escaped_and_set_apart() -> None:
    said = t("accounts.delete.title", name="<b>\u202e&")
    assert said == "Delete <bdi>&lt;b&gt; &amp;</bdi>?"
    assert isinstance(said, Markup)
    assert t_plain("accounts.delete.title", name="مثال") == "Delete \u2068مثال\u2069?"
    assert t_plain("accounts.delete.title", name="Ada {0} %s") == "Delete Ada {0} %s?"


@pytest.mark.parametrize(
    ("text", "shown"), [("a\x00\nb", "a  b"), ("x" * LONGEST, "x" * LONGEST), ("x" * 10_000, "x" * (LONGEST - 1) + "…")]
)
def test_names_fit_the_page(text: str, shown: str) -> None:
    assert shortened(text) == shown


@pytest.mark.parametrize(("title", "letter"), [("hubSpot", "H"), ("  <é", "É"), ("…", "·")])
def test_a_product_is_marked_by_its_letter(title: str, letter: str) -> None:
    assert initial(title) == letter


def test_reasons_are_codes_in_words() -> None:
    assert explain_reasons(None) == ""
    assert (
        explain_reasons("missing_scopes: a b; no_refresh_token") == f"{REASONS['missing_scopes']} {REASONS['no_refresh_token']}"
    )
    assert explain_reasons("something_new") == "something_new"


@pytest.mark.parametrize(("kind", "name"), [("", ""), ("<b>", "x"), ("works", "")])
def test_there_is_only_our_notice(kind: str, name: str) -> None:
    assert build_notice(kind, name=name) is None


def test_a_notice_of_a_check_says_what_was_found() -> None:
    found = build_notice("fails", name="Sales", reason="<b>")
    assert found is not None
    assert found.is_warning
    assert found.text == f"<bdi>Sales</bdi>: {MESSAGES['check.other']}"


def test_words_hold_no_markup() -> None:
    assert not [key for key, text in MESSAGES.items() if set("<>&") & set(text)]


def test_every_code_with_which_something_ends_has_words() -> None:
    codes, left = set(), [UnifiedError]
    while left:
        kind = left.pop()
        left += kind.__subclasses__()
        codes.add(kind.code)
    assert codes <= set(OUTCOMES)
    reasons = {value for name, value in vars(approval_invalidation).items() if name.isupper() and isinstance(value, str)}
    assert reasons | set(DECLINE_REASONS) <= set(ENDINGS)
    assert not {f"outcome.{one}" for one in STATUSES} - set(MESSAGES)


def test_every_change_that_the_trail_tells_of_has_words() -> None:
    """Calls of models, tools and the pass-through have words of their own."""
    calls = ("/proxy/", "/tools/", "{model:str}")
    changes = {
        f"{method} {re.sub(r':[a-z]+', '', one.path)}"
        for one in (*API_TABLE, *WEB_TABLE)
        for method in one.methods
        if method != "GET" and one.access in {"key", "admin", "session"} and not any(part in one.path for part in calls)
    }
    assert changes <= set(ACTION_LABELS)


def test_every_text_that_a_page_names_exists() -> None:
    """Those put together from a state are covered by `test_every_page.py`, which shows every state."""
    files = [one for one in WEB.rglob("*") if one.suffix in {".html", ".py"}]
    named = {
        (str(one.relative_to(WEB)), key)
        for one in files
        for key in re.findall(r"\b(?:t|t_plain)\(\"([a-z_]+(?:\.[a-z_]+)*)\"", one.read_text(encoding="utf-8"))
    }
    assert len(named) > 200
    assert {one for one in named if one[1] not in MESSAGES} == set()


def test_every_event_and_every_failed_delivery_has_words() -> None:
    assert set(EVENT_LABELS) >= {*EVENTS, TEST_EVENT}
    assert {f"permission.{one}" for one in PERMISSIONS} <= set(MESSAGES)
    sent = Path(webhook_client.__file__).read_text(encoding="utf-8") + Path(delivery.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r"error=\"(\w+)\"", sent)) | {webhook_client._code(one) for one in (302, 410, 500)}
    assert codes <= set(DELIVERY_ERRORS)
    assert {f"delivery.{one}" for one in msgspec.inspect.type_info(DeliveryStatus).values} <= set(MESSAGES)


def test_every_tag_of_the_catalog_has_words() -> None:
    installed = catalog()
    tags = {tag for one in installed.mappings() for tag in installed.compiled(*one).tags}
    assert {f"tag.{tag}" for tag in tags} <= set(MESSAGES)
