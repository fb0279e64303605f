"""An account in words: when its access ends or is renewed, and how many calls are left."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest

from unified.service.runtime.refreshes.leased_refresh import INTERRUPTED
from unified.service.runtime.refreshes.leased_refresh import REASONS as REASONS_OF_REFRESH
from unified.store.accounts import AccountRow
from unified.web.accounts.view import CallsLeft, account_view, calls_left
from unified.web.html.messages import REASONS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROW = AccountRow(
    id="acc_1",
    tenant_id="ten_1",
    provider="hubspot",
    name="Sales",
    external_id=None,
    settings={},
    resources=None,
    status="active",
    status_reason=None,
    credentials="sealed",
    credentials_type="oauth2",
    credentials_masked="…w7Qz",
    credentials_issued_at=NOW - timedelta(minutes=30),
    credentials_expires_at=NOW + timedelta(minutes=30),
    credentials_version=1,
    credentials_refreshable=True,
    connections=1,
    refresh_unfinished=0,
    refresh_lease_until=None,
    refresh_not_before=None,
    version=1,
    created_at=NOW,
    updated_at=NOW,
)


def access(**changes) -> str:
    view = account_view(msgspec.structs.replace(ROW, **changes), "HubSpot", None, NOW)
    return view.access.striptags()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Sign-in …w7Qz, renews in 28 minutes"),
        ({"credentials_expires_at": NOW + timedelta(minutes=1)}, "Sign-in …w7Qz, renewing now"),
        ({"refresh_not_before": NOW + timedelta(minutes=5)}, "Sign-in …w7Qz, next attempt in 5 minutes"),
        ({"status": "needs_reauth"}, "Sign-in …w7Qz, expires in 30 minutes"),
        ({"status": "needs_reauth", "credentials_expires_at": NOW - timedelta(days=2)}, "Sign-in …w7Qz, expired 2 days ago"),
        ({"credentials_expires_at": None}, "Sign-in …w7Qz"),
        ({"credentials_type": "api_key", "credentials_expires_at": None}, "API key …w7Qz"),
        ({"credentials_type": None}, "None yet"),
    ],
)
def test_access_says_what_comes_next(changes: dict, words: str) -> None:
    assert access(**changes) == words


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (CallsLeft(remaining=12), "12"),
        (CallsLeft(remaining=12, limit=100), "12 of 100"),
        (CallsLeft(remaining=0, limit=100, resets_at=NOW + timedelta(hours=1)), "0 of 100, resets in 1 hour"),
    ],
)
def test_calls_left_are_reported(limits: CallsLeft, words: str) -> None:
    found = account_view(ROW, "HubSpot", limits, NOW).limits
    assert found is not None
    assert found.striptags() == words


def test_limits_come_from_the_client_when_it_knows_some() -> None:
    seen = {"acc_1": SimpleNamespace(remaining=7, limit=10, reset=60.0)}
    services = SimpleNamespace(client=SimpleNamespace(limits_of=seen.get), clock=lambda: NOW)
    assert calls_left(services, "acc_1") == CallsLeft(remaining=7, limit=10, resets_at=NOW + timedelta(minutes=1))
    assert calls_left(services, "acc_2") is None


def test_every_reason_that_a_refresh_gives_has_words():
    given = {*REASONS_OF_REFRESH.values(), INTERRUPTED, "credentials_unreadable"}
    assert given <= set(REASONS)


REFUSED_APP = (
    "The product rejects the OAuth app used for this connection. Ask the app's operator to set the "
    "correct client secret. The account then works again; you do not need to reconnect it."
)


def test_a_key_that_is_refused_says_so():
    row = msgspec.structs.replace(ROW, status="needs_reauth", status_reason="credentials_refused")
    view = account_view(row, "HubSpot", None, NOW)
    assert (view.status_words, view.shade) == ("Needs to be reconnected", "needs_reauth")
    assert view.reason == (
        "The product no longer accepts these credentials. The key or password may have been changed or revoked there. "
        "Reconnect the account."
    )


@pytest.mark.parametrize(
    ("minutes", "words", "shade"), [(30, "Working", "active"), (-1, "Waiting for its OAuth app", "needs_reauth")]
)
def test_an_app_that_is_refused_is_reported_at_its_accounts(minutes, words, shade):
    """Until the token ends the account works; then it waits, and is not to be reconnected."""
    ends = NOW + timedelta(minutes=minutes)
    row = msgspec.structs.replace(
        ROW, status="active", credentials_type="oauth2", credentials_refreshable=True, credentials_expires_at=ends
    )
    view = account_view(row, "HubSpot", None, NOW, app_refused=True)
    assert (view.status_words, view.shade, view.reason) == (words, shade, REFUSED_APP)
    assert "renewed" not in view.access
    assert account_view(row, "HubSpot", None, NOW).reason == ""


@pytest.mark.parametrize(
    "changes", [{"credentials_type": "bearer"}, {"credentials_refreshable": False}, {"status": "disabled"}]
)
def test_accounts_that_do_not_use_the_app_say_nothing_of_it(changes):
    blank = {"status": "active", "credentials_type": "oauth2", "credentials_refreshable": True, "status_reason": None}
    row = msgspec.structs.replace(ROW, **(blank | changes))
    assert account_view(row, "HubSpot", None, NOW, app_refused=True).reason == ""
