import pytest

from unified.errors.error import FieldProblem
from unified.errors.requests import ReadOnlyField, ValidationFailed
from unified.models import model, validate_input

GOOD = [
    ("crm.contacts", "create", {"first_name": "Ada", "emails": [{"email": "ada@example.com", "type": "work"}]}),
    ("crm.contacts", "update", {"first_name": None, "birth_date": None, "tags": None}),
    ("crm.contacts", "update", {"custom_fields": {"a": 1}, "remote_fields": {"b": [2]}}),
    ("crm.contacts", "update", {"addresses": [{"country": "DE", "type": None}], "lifecycle_stage": "lead"}),
    ("crm.contacts", "update", {"phone_numbers": [{"number": "+14155550100", "e164": "+14155550100"}]}),
    ("crm.accounts", "create", {"number_of_employees": 5, "annual_revenue": 1.5, "currency": "EUR"}),
    ("crm.opportunities", "update", {"amount": 5, "close_date": "2025-01-31"}),
    ("crm.tasks", "update", {"due_date": "2025-01-31"}),
    ("crm.tasks", "update", {"due_date": "2025-01-31T10:00:00+02:00"}),
    ("crm.engagements", "create", {"type": "call", "start_time": "2025-01-31T10:00:00.5Z", "is_all_day": False}),
    ("hris.employees", "update", {"home_address": {"city": "London"}, "nationality": "GB"}),
    ("hris.employees", "update", {}),
]

BAD = [
    ("crm.contacts", "/frist_name", "unknown_field", {"frist_name": 1}, "unknown field. Did you mean 'first_name'? "),
    ("crm.contacts", "/first_name", "invalid_type", {"first_name": 1}, "expected text, got number"),
    ("crm.contacts", "/tags", "invalid_type", {"tags": "a"}, "expected list, got text"),
    ("crm.contacts", "/tags/1", "invalid_type", {"tags": ["a", None]}, "expected text, got nothing"),
    ("crm.contacts", "/emails/0", "invalid_type", {"emails": ["a"]}, "expected object, got text"),
    ("crm.contacts", "/emails/0/email", "invalid_type", {"emails": [{"email": {}}]}, "expected text, got object"),
    (
        "crm.contacts",
        "/emails/0/type",
        "invalid_value",
        {"emails": [{"type": "main"}]},
        "expected one of work, personal, billing, other",
    ),
    (
        "crm.contacts",
        "/urls/0/a~1b",
        "unknown_field",
        {"urls": [{"a/b": 1}]},
        "unknown field. Known fields: type, url",
    ),
    ("crm.contacts", "/custom_fields", "invalid_type", {"custom_fields": None}, "'custom_fields' cannot be null"),
    ("crm.contacts", "/custom_fields", "invalid_type", {"custom_fields": []}, "expected object, got list"),
    ("crm.contacts", "/remote_fields", "invalid_type", {"remote_fields": None}, "expected object, got nothing"),
    (
        "crm.contacts",
        "/birth_date",
        "invalid_value",
        {"birth_date": "2025-02-30"},
        "expected a date such as 2025-01-31",
    ),
    (
        "crm.contacts",
        "/addresses/0/country",
        "invalid_value",
        {"addresses": [{"country": "Germany"}]},
        "expected an ISO 3166-1 alpha-2 code such as DE",
    ),
    ("crm.accounts", "/currency", "invalid_value", {"currency": "eur"}, "expected an ISO 4217 code such as EUR"),
    (
        "crm.accounts",
        "/number_of_employees",
        "invalid_type",
        {"number_of_employees": 5.0},
        "expected integer, got number",
    ),
    (
        "crm.accounts",
        "/number_of_employees",
        "invalid_type",
        {"number_of_employees": True},
        "expected integer, got boolean",
    ),
    ("crm.accounts", "/annual_revenue", "invalid_type", {"annual_revenue": "5"}, "expected number, got text"),
    ("crm.engagements", "/is_all_day", "invalid_type", {"is_all_day": 1}, "expected boolean, got number"),
    ("crm.engagements", "/direction", "invalid_type", {"direction": 1}, "expected text, got number"),
    (
        "crm.engagements",
        "/start_time",
        "invalid_value",
        {"start_time": "2025-01-31T10:00:00"},
        "expected a date and time with zone such as 2025-01-31T10:00:00Z",
    ),
    (
        "crm.tasks",
        "/due_date",
        "invalid_value",
        {"due_date": "2025-01-31T25:00:00Z"},
        "expected a date such as 2025-01-31, or a date and time with zone such as 2025-01-31T10:00:00Z",
    ),
    ("hris.employees", "/home_address", "invalid_type", {"home_address": []}, "expected object, got list"),
]


@pytest.mark.parametrize(("model_id", "operation", "body"), GOOD)
def test_a_body_that_fits_passes(model_id, operation, body) -> None:
    validate_input(model(model_id), body, operation=operation)


@pytest.mark.parametrize(("model_id", "pointer", "code", "body", "message"), BAD)
def test_a_body_that_does_not_fit_is_refused(model_id, pointer, code, body, message) -> None:
    with pytest.raises(ValidationFailed) as caught:
        validate_input(model(model_id), body, operation="update")
    [problem] = caught.value.errors
    assert (problem.pointer, problem.code) == (pointer, code)
    assert problem.message == message or problem.message.startswith(message + "Known fields: account_id")
    assert str(caught.value) == f"The body does not fit {model_id}: 1 problem, see errors."


def test_the_body_must_be_an_object() -> None:
    with pytest.raises(ValidationFailed) as caught:
        validate_input(model("crm.contacts"), [], operation="create")
    assert caught.value.errors == (FieldProblem(pointer="", code="invalid_type", message="expected object, got list"),)


def test_read_only_fields_alone_are_a_read_only_refusal() -> None:
    body = {"id": "1", "name": "a", "remote_lifecycle_stage": "b", "remote_data": None}
    with pytest.raises(ReadOnlyField) as caught:
        validate_input(model("crm.contacts"), body, operation="create")
    assert [(p.pointer, p.code, p.message) for p in caught.value.errors] == [
        ("/id", "read_only_field", "'id' is read-only"),
        ("/name", "read_only_field", "'name' is read-only"),
        (
            "/remote_lifecycle_stage",
            "read_only_field",
            "'remote_lifecycle_stage' is read-only; set 'lifecycle_stage'",
        ),
        ("/remote_data", "read_only_field", "'remote_data' is read-only"),
    ]


def test_a_create_only_field_is_refused_on_update() -> None:
    with pytest.raises(ReadOnlyField) as caught:
        validate_input(model("ticketing.comments"), {"ticket_id": "1"}, operation="update")
    [problem] = caught.value.errors
    assert problem.message == "'ticket_id' can be set only on create"
    validate_input(model("ticketing.comments"), {"ticket_id": "1"}, operation="create")


def test_required_fields_must_stand_in_a_create() -> None:
    with pytest.raises(ValidationFailed) as caught:
        validate_input(model("ticketing.comments"), {"body": "a"}, operation="create")
    assert caught.value.errors == (
        FieldProblem(pointer="/ticket_id", code="required", message="'ticket_id' is required on create"),
    )


def test_all_problems_are_reported_at_once_and_no_value_is_repeated() -> None:
    body = {"id": "s3cret", "first_name": ["s3cret"], "birth_date": "s3cret", "x": "s3cret"}
    with pytest.raises(ValidationFailed) as caught:
        validate_input(model("crm.contacts"), body, operation="update")
    assert [p.pointer for p in caught.value.errors] == ["/id", "/first_name", "/birth_date", "/x"]
    assert str(caught.value) == "The body does not fit crm.contacts: 4 problems, see errors."
    assert "s3cret" not in repr(caught.value.errors) + str(caught.value)
