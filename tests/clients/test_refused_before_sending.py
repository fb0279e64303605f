"""What the Python client refuses before it sends anything, as the service could not see the mistake."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.clients.test_runtime import BASE, KEY, Recorded
from unified_client import UNSET, Client, Options

NUMBERS = (math.nan, math.inf, -math.inf)


class Struct(msgspec.Struct):
    amount: float


@dataclass
class Data:
    amount: float


@pytest.mark.parametrize("number", NUMBERS)
def test_no_number_becomes_null(number: float) -> None:
    """JSON has no such numbers: they would be written as null, which clears a field."""
    recorded = Recorded({"id": "7"})
    client: Any = recorded.client
    account = client.account("a")
    item = {"op": "update", "id": "7", "data": {"amount": number}}
    for place, act in (
        ("body/amount", lambda: account.crm.opportunities.create(amount=number)),
        ("body/amount", lambda: account.crm.opportunities.update("7", amount=number)),
        ("body/custom_fields/x/0/y", lambda: account.crm.contacts.update("7", custom_fields={"x": [{"y": number}]})),
        ("body/custom_fields/x/amount", lambda: account.crm.contacts.update("7", custom_fields={"x": Struct(number)})),
        ("body/custom_fields/x/amount", lambda: account.crm.contacts.update("7", custom_fields={"x": Data(number)})),
        ("body/custom_fields/x/0", lambda: account.crm.contacts.update("7", custom_fields={"x": {number}})),
        ("body/items/0/data/amount", lambda: account.crm.opportunities.batch([item])),
        ("body/arguments/amount", lambda: account.tools.call("x", arguments={"amount": number})),
        ("body/0", lambda: account.proxy.post("/x", body=[number])),
        ("body", lambda: account.proxy.post("/x", body=number)),
        ("filter[amount][gt]", lambda: account.crm.opportunities.list(filter={"amount": {"gt": number}}).page()),
    ):
        with pytest.raises(ValueError, match="expected a finite number") as refused:
            act()
        assert str(refused.value).startswith(f"{place}: "), refused.value
    assert recorded.sent == []
    account.proxy.post("/x", body={"a": [Decimal("1.5"), 1.5, None, {1}, Struct(2.5), datetime(2026, 1, 1, tzinfo=UTC)]})
    assert recorded.sent[0].content == b'{"a":["1.5",1.5,null,[1],{"amount":2.5},"2026-01-01T00:00:00+00:00"]}'


@pytest.mark.parametrize("nothing", [None, UNSET])
def test_no_filter_is_dropped(nothing: Any) -> None:
    recorded = Recorded({"data": []})
    contacts: Any = recorded.client.account("a").crm.contacts
    for query, name in (
        ({"filter": {"email": nothing}}, r"filter\[email\]: expected a value"),
        ({"filter": {"email": {"contains": nothing}}}, r"filter\[email\]\[contains\]: expected a value"),
        ({"filter": {"email": {"in": []}}}, r"filter\[email\]\[in\]: expected a list"),
        ({"fields": []}, "fields: expected a list"),
        ({"expand": []}, "expand: expected a list"),
    ):
        with pytest.raises(ValueError, match=name):
            contacts.list(**query).page()
    assert recorded.sent == []
    contacts.list(filter=nothing, fields=nothing, cursor=None).page()
    assert recorded.sent[0].url.query == b""


@pytest.mark.parametrize("limits", [{"timeout": one} for one in (0, -1, math.nan)] + [{"max_retries": -1}])
def test_limits_that_are_none_are_refused_at_once(limits: dict[str, Any]) -> None:
    for act in (lambda: Client(BASE, KEY, **limits), lambda: Options(**limits)):
        with pytest.raises(ValueError, match="expected timeout above 0 seconds"):
            act()


def test_a_longest_wait_is_not_negative() -> None:
    for wrong in (-1.0, math.nan):
        with pytest.raises(ValueError, match="max_wait"):
            Client(BASE, KEY, max_wait=wrong)


@pytest.mark.parametrize(
    "header",
    [
        {"X-Mine": "a\r\nX-Evil: 1"},
        {"X-Mine": "ä"},
        {"X-Mine": " a"},
        {"X-Mine": "a\n"},
        {"X Mine": "a"},
        {"X-ü": "a"},
        {"": "a"},
    ],
)
def test_no_header_of_the_proxy_is_changed_on_its_way(header: dict[str, str]) -> None:
    recorded = Recorded({})
    with pytest.raises(ValueError, match="expected printable ASCII characters"):
        recorded.client.account("a").proxy.get("/x", headers=header)
    assert recorded.sent == []


@pytest.mark.parametrize("body", [b"\x00raw", bytearray(b"\x00raw"), memoryview(b"\x00raw")])
def test_bytes_are_sent_as_they_are(body: Any) -> None:
    recorded = Recorded({})
    recorded.client.account("a").proxy.post("/x", body=body)
    assert recorded.sent[0].content == b"\x00raw"
    assert "content-type" not in recorded.sent[0].headers


NO_IDS = (None, "", 7, b"acc_1")


@pytest.mark.parametrize("value", NO_IDS)
def test_a_missing_id_says_what_was_expected_and_its_usual_cause(value: Any) -> None:
    """`os.environ.get` gives None for a variable that is not set, and a shell passes on an empty text."""
    recorded = Recorded({"id": "7"})
    client: Any = recorded.client
    account = client.account("a")
    with pytest.raises(ValueError, match=r"account_id: expected the id of an account such as acc_…, got .*is a variable unset"):
        client.account(value)
    calls = (
        lambda: account.crm.contacts.get(value),
        lambda: account.crm.contacts.update(value, title="x"),
        lambda: account.crm.contacts.delete(value),
        lambda: account.crm.custom_objects(value),
        lambda: account.crm.custom_objects("cars").get(value),
        lambda: account.hris.time_off_requests.cancel(value),
        lambda: account.tools.call(value),
        lambda: client.accounts.get(value),
        lambda: client.webhooks.test(value),
        lambda: client.oauth_apps.delete(value),
        lambda: client.approvals.wait(value),
    )
    for call in calls:
        with pytest.raises(ValueError, match=r"id: expected text that is not empty.*is a variable unset"):
            call()
    with pytest.raises(ValueError, match="path: expected /segments"):
        account.proxy.get(value)
    assert recorded.sent == []


def test_a_client_without_an_address_or_a_key_says_so() -> None:
    new: Any = Client
    for base_url, key, message in (
        (None, KEY, "base_url is empty"),
        ("", KEY, "base_url is empty"),
        (BASE, None, "key is empty"),
        (BASE, "", "key is empty"),
    ):
        with pytest.raises(ValueError, match=message):
            new(base_url, key)
