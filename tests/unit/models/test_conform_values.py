"""What single values become, kind by kind."""

import pytest

from unified.models import conform, model

CONTACT = model("crm.contacts")


@pytest.mark.parametrize(
    ("model_id", "name", "given", "expected"),
    [
        ("crm.contacts", "title", "", None),
        ("crm.contacts", "title", float("nan"), None),
        ("crm.contacts", "account_id", "", None),
        ("crm.accounts", "website", "", None),
        ("crm.accounts", "number_of_employees", 5, 5),
        ("crm.accounts", "number_of_employees", 5.0, 5),
        ("crm.accounts", "number_of_employees", "5", 5),
        ("crm.accounts", "number_of_employees", "5.0", 5),
        ("crm.accounts", "number_of_employees", 5.5, None),
        ("crm.accounts", "number_of_employees", "11-50", None),
        ("crm.accounts", "number_of_employees", "", None),
        ("crm.accounts", "annual_revenue", 5, 5),
        ("crm.accounts", "annual_revenue", "-12.50", -12.5),
        ("crm.accounts", "annual_revenue", " 12 ", 12),
        ("crm.accounts", "annual_revenue", "1,234.50", None),
        ("crm.accounts", "annual_revenue", "1e5", None),
        ("crm.accounts", "annual_revenue", "٣", None),
        ("crm.accounts", "annual_revenue", "9" * 301, None),
        ("crm.accounts", "annual_revenue", float("inf"), None),
        ("crm.accounts", "annual_revenue", 10**400, None),
        ("crm.accounts", "currency", "eur", "EUR"),
        ("crm.accounts", "currency", "€", None),
        ("crm.accounts", "currency", "", None),
        ("crm.users", "is_active", True, True),
        ("crm.users", "is_active", "False", False),
        ("crm.users", "is_active", "yes", True),
        ("crm.users", "is_active", "0", False),
        ("crm.users", "is_active", 1, True),
        ("crm.users", "is_active", 2, None),
        ("crm.users", "is_active", "maybe", None),
        ("crm.users", "is_active", "", None),
        ("crm.users", "created_at", "2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("crm.users", "created_at", "2024-01-31T10:00:00.000Z", "2024-01-31T10:00:00Z"),
        ("crm.users", "created_at", "2024-01-31T10:00:00.120Z", "2024-01-31T10:00:00.120Z"),
        ("crm.users", "created_at", "2024-01-31T10:00:00.0004Z", "2024-01-31T10:00:00Z"),
        ("crm.users", "created_at", "2024-01-31T10:00:00.123456789Z", "2024-01-31T10:00:00.123Z"),
        ("crm.users", "created_at", "2024-01-31T10:00:00+0000", "2024-01-31T10:00:00Z"),
        ("crm.users", "created_at", "2024-01-31T10:00:00+00:00", "2024-01-31T10:00:00Z"),
        ("crm.users", "created_at", "2024-01-31T22:00:00-05:00", "2024-02-01T03:00:00Z"),
        ("crm.users", "created_at", "2024-01-31 10:00:00", "2024-01-31T10:00:00Z"),
        ("crm.users", "created_at", "2024-01-31T10:00:00", "2024-01-31T10:00:00Z"),
        ("crm.users", "created_at", "2024-01-31", "2024-01-31T00:00:00Z"),
        ("crm.users", "created_at", "2024-13-31T10:00:00Z", None),
        ("crm.users", "created_at", "0000-00-00 00:00:00", None),
        ("crm.users", "created_at", "0001-01-01T00:00:00Z", None),
        ("crm.users", "created_at", "9999-12-31T23:59:59-05:00", None),
        ("crm.users", "created_at", "1712121211111", None),
        ("crm.users", "created_at", "2024-01-31T100000,5Z", "2024-01-31T10:00:00.500Z"),
        ("crm.users", "created_at", "2024-W05-3T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("crm.users", "created_at", "yesterday", None),
        ("crm.users", "created_at", "", None),
        ("crm.contacts", "birth_date", "1815-12-10", "1815-12-10"),
        ("crm.contacts", "birth_date", "1815-12-10T23:00:00-05:00", "1815-12-10"),
        ("crm.contacts", "birth_date", "0000-00-00", None),
        ("crm.contacts", "birth_date", "0001-01-01", None),
        ("crm.contacts", "birth_date", "18151210", None),
        ("crm.contacts", "birth_date", "2024-W05-3", None),
        ("crm.contacts", "birth_date", "10/12/1815", None),
        ("crm.contacts", "birth_date", "", None),
        ("crm.tasks", "due_date", "2024-01-31", "2024-01-31"),
        ("crm.tasks", "due_date", "2024-01-31T23:00:00-05:00", "2024-02-01T04:00:00Z"),
        ("crm.tasks", "due_date", "", None),
        ("crm.contacts", "tags", "one", ["one"]),
        ("crm.contacts", "tags", [1, None, "", "two"], ["1", "two"]),
        ("crm.contacts", "tags", None, []),
        ("crm.contacts", "custom_fields", None, {}),
        ("crm.contacts", "custom_fields", {"a": [1]}, {"a": [1]}),
        ("crm.contacts", "remote_data", {"a": 1}, {"a": 1}),
        ("hris.employees", "nationality", "Germany", "DE"),
        ("hris.employees", "nationality", "", None),
        ("hris.employees", "home_address", {"type": "home", "city": ""}, None),
        ("hris.employees", "home_address", None, None),
    ],
)
def test_values(model_id: str, name: str, given, expected) -> None:
    out = conform(model(model_id), {"id": "1", name: given})[name]
    assert out == expected
    assert type(out) is type(expected)


@pytest.mark.parametrize(
    ("given", "country", "name"),
    [
        ({"country": "de"}, "DE", None),
        ({"country": "DEU"}, "DE", "DEU"),
        ({"country": "Germany"}, "DE", "Germany"),
        ({"country": "UNITED STATES"}, "US", "UNITED STATES"),
        ({"country": "South Korea"}, "KR", "South Korea"),
        ({"country": "UK"}, "GB", "UK"),
        ({"country": "Atlantis"}, None, "Atlantis"),
        ({"country": "Germany", "country_name": "Deutschland"}, "DE", "Deutschland"),
        ({"country": "", "city": "Berlin"}, None, None),
    ],
)
def test_countries(given, country, name) -> None:
    [address] = conform(CONTACT, {"id": "1", "addresses": given})["addresses"]
    assert (address["country"], address["country_name"]) == (country, name)


@pytest.mark.parametrize(
    ("given", "region", "e164"),
    [
        ({"number": "+44 (0)20 7946-0000"}, None, "+442079460000"),
        ({"number": "0049 30 901820"}, None, "+4930901820"),
        ({"number": "+1 415 555 0100 ext. 5"}, None, None),
        ({"number": "+123"}, None, None),
        ({"number": "(415) 555-0100"}, None, None),
        ({"number": "(415) 555-0100"}, "US", "+14155550100"),
        ({"number": "030 901820"}, "DE", "+4930901820"),
        ({"number": "12"}, "US", None),
        ({"number": "none"}, "US", None),
        ({"number": "415 555 0100", "e164": "+1 415 555 0100"}, None, "+14155550100"),
        ({"number": "415 555 0100", "e164": "unknown"}, None, None),
    ],
)
def test_phone_numbers(given, region, e164) -> None:
    out = conform(CONTACT, {"id": "1", "phone_numbers": [given]}, country=region)
    assert out["phone_numbers"] == [
        {"number": given["number"], "e164": e164, "extension": None, "type": None, "is_primary": None}
    ]


def test_a_phone_with_e164_only_has_it_as_number_too() -> None:
    [phone] = conform(CONTACT, {"id": "1", "phone_numbers": {"e164": "+14155550100"}})["phone_numbers"]
    assert (phone["number"], phone["e164"]) == ("+14155550100", "+14155550100")
