"""Examples for the document, made from the models' field metadata; a test validates each against its schema."""

from collections.abc import Iterable
from typing import Any

from unified.models import Field, Model

TEXTS = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "name": "Analytical Engines",
    "domains": "example.com",
    "content": "Asked for an offer",
    "body": "We are looking into it",
    "description": "The printer in room 12 prints blank pages",
    "source_object": "contacts",
    "target_object": "companies",
    "end_time": "2026-01-31T13:00:00Z",
    "end_date": "2026-02-01",
    "close_date": "2026-03-31",
    "display_name": "Ada Lovelace",
    "email": "ada@example.com",
    "work_email": "ada@example.com",
    "number": "+44 20 7946 0958",
    "e164": "+442079460958",
    "city": "London",
    "street_1": "12 St James's Square",
    "postal_code": "SW1Y 4JH",
    "country_name": "United Kingdom",
    "title": "Analyst",
    "job_title": "Analyst",
    "subject": "Call back on Monday",
    "company_name": "Analytical Engines Ltd",
}
BY_KIND: dict[str, Any] = {
    "string": "text",
    "id": "1001",
    "integer": 1,
    "number": 100.5,
    "boolean": True,
    "datetime": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "due": "2026-01-31",
    "country": "GB",
    "currency": "GBP",
    "url": "https://example.com/ada",
    "any": None,
}


def example_record(model: Model) -> dict[str, Any]:
    """Return a record as a list or get returns it."""
    return {field.name: example_value(field) for field in model.fields}


def example_body(fields: Iterable[Field]) -> dict[str, Any]:
    """Return a body of these fields."""
    return {one.name: example_value(one) for one in fields}


def example_value(field: Field) -> Any:
    """Return a plausible value of a field: empty if it is only sent on demand, null if it is hidden by default."""
    if field.name in {"remote_data", "mapped_fields"} or field.kind == "map":
        return None if field.name == "remote_data" else {}
    if field.is_list and (field.name in {"employments", "bank_accounts"} or field.sensitivity == "secret"):
        return []
    one = _one(field)
    return [one] if field.is_list else one


def _one(field: Field) -> Any:
    if field.name == "is_deleted":
        return False
    if field.kind == "enum":
        return field.enum[0]
    if field.remote_of is not None:
        return "As the provider says it"
    if field.nested:
        return {inner.name: example_value(inner) for inner in field.nested}
    return TEXTS.get(field.name) or BY_KIND[field.kind]
