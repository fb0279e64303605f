"""An account in words: when its access ends or is renewed, and how many calls are left."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest

from unified.service.refresh import INTERRUPTED
from unified.service.refresh import REASONS as REASONS_OF_REFRESH
from unified.store.accounts import AccountRow
from unified.web.account_view import account_view
from unified.web.limits import CallsLeft, calls_left
from unified.web.words import REASONS

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
        ({}, "Sign-in …w7Qz, renewed in 28 minutes"),
        ({"credentials_expires_at": NOW + timedelta(minutes=1)}, "Sign-in …w7Qz, being renewed"),
        ({"refresh_not_before": NOW + timedelta(minutes=5)}, "Sign-in …w7Qz, next try in 5 minutes"),
        ({"status": "needs_reauth"}, "Sign-in …w7Qz, ends in 30 minutes"),
        ({"status": "needs_reauth", "credentials_expires_at": NOW - timedelta(days=2)}, "Sign-in …w7Qz, ended 2 days ago"),
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
        (CallsLeft(remaining=0, limit=100, resets_at=NOW + timedelta(hours=1)), "0 of 100, anew in 1 hour"),
    ],
)
def test_calls_left_are_told(limits: CallsLeft, words: str) -> None:
    found = account_view(ROW, "HubSpot", limits, NOW).limits
    assert found is not None
    assert found.striptags() == words


def test_limits_come_from_the_client_when_it_knows_some() -> None:
    seen = {"acc_1": SimpleNamespace(remaining=7, limit=10, reset=60.0)}
    services = SimpleNamespace(client=SimpleNamespace(limits_of=seen.get), database=SimpleNamespace(clock=lambda: NOW))
    assert calls_left(services, "acc_1") == CallsLeft(remaining=7, limit=10, resets_at=NOW + timedelta(minutes=1))
    assert calls_left(services, "acc_2") is None


def test_every_reason_that_a_refresh_gives_has_words():
    given = {*REASONS_OF_REFRESH.values(), INTERRUPTED, "credentials_unreadable"}
    assert given <= set(REASONS)
