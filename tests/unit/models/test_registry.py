import msgspec
import pytest

from unified.errors.configuration import CatalogError
from unified.models import METHOD_CLASS, MODELS, field, fields_of, method_class, model
from unified.models.field import meta

KNOWN_SENSITIVITY = {
    "crm.contacts.birth_date": "personal",
    "crm.accounts.name": "none",
    "hris.employees.work_email": "personal",
    "hris.employees.home_address": "sensitive",
    "hris.employees.remote_gender": "sensitive",
    "hris.employees.national_id": "secret",
    "hris.employees.tax_id": "secret",
    "hris.employees.bank_accounts": "secret",
    "hris.employees.remote_data": "secret",
    "hris.employments.pay_rate": "sensitive",
    "hris.payslips.net_pay": "sensitive",
    "hris.bank_accounts.iban": "secret",
    "hris.bank_accounts.routing_number": "secret",
    "ticketing.tickets.status": "none",
}


def test_there_are_42_models_named_category_dot_plural() -> None:
    assert len(MODELS) == 42
    assert [sum(m.category == c for m in MODELS.values()) for c in ("crm", "hris", "ticketing")] == [14, 17, 11]
    for model_id, known in MODELS.items():
        assert known.id == model_id == f"{known.category}.{known.plural}"


def test_every_model_starts_with_the_base_fields() -> None:
    base = ["id", "remote_id", "created_at", "updated_at", "is_deleted", "web_url"]
    base += ["custom_fields", "mapped_fields", "remote_data"]
    for known in MODELS.values():
        assert [f.name for f in known.fields][:9] == base


def test_references_point_to_models() -> None:
    def walk(fields):
        for f in fields:
            if f.reference is not None:
                yield f.reference
            yield from walk(f.nested)

    references = {reference for known in MODELS.values() for reference in walk(known.fields)}
    assert references <= MODELS.keys()
    assert "crm.users" in references


def test_every_enum_is_followed_by_the_providers_word() -> None:
    for known in MODELS.values():
        for enum, following in zip(known.fields, [*known.fields[1:], None], strict=True):
            if enum.kind == "enum":
                assert following is not None
                assert (following.name, following.remote_of) == (f"remote_{enum.name}", enum.name)
                assert (following.access, following.sensitivity) == ("ro", enum.sensitivity)


def test_every_field_is_described() -> None:
    for known in MODELS.values():
        assert known.description
        assert [f.name for f in known.fields if not f.description.endswith(".")] == []


@pytest.mark.parametrize(("place", "level"), KNOWN_SENSITIVITY.items())
def test_sensitivity(place: str, level: str) -> None:
    model_id, _, name = place.rpartition(".")
    assert field(model(model_id), name).sensitivity == level


def test_a_list_of_records_is_as_sensitive_as_what_it_holds() -> None:
    levels = ["none", "personal", "sensitive", "secret"]
    unclassified = {"custom_fields", "mapped_fields", "remote_data"}
    for known in MODELS.values():
        for outer in known.fields:
            for inner in outer.nested:
                if inner.name not in unclassified:
                    assert levels.index(inner.sensitivity) <= levels.index(outer.sensitivity), (known.id, outer.name)


@pytest.mark.parametrize(
    ("model_id", "operations", "custom", "tags"),
    [
        ("crm.leads", "list get create update upsert delete", ("convert",), ("crm",)),
        ("crm.associations", "list create delete", (), ("crm",)),
        ("crm.stages", "list get", (), ("crm",)),
        ("hris.employees", "list get create update upsert", (), ("hris", "directory")),
        ("hris.employments", "list get", (), ("hris", "compensation")),
        ("hris.time_off_requests", "list get create update", ("cancel",), ("hris", "time_off")),
        ("hris.bank_accounts", "list get", (), ("hris", "payroll")),
        ("ticketing.attachments", "list get create", ("download",), ("support",)),
        ("ticketing.teams", "list get", (), ("support", "directory")),
    ],
)
def test_what_a_model_offers(model_id, operations, custom, tags) -> None:
    known = model(model_id)
    assert known.operations == tuple(operations.split())
    assert known.custom == custom
    assert known.tags == tags


def test_only_custom_objects_have_a_path_parameter() -> None:
    assert {m.id: m.path_parameters for m in MODELS.values() if m.path_parameters} == {"crm.custom_objects": ("object",)}


def test_method_classes() -> None:
    assert {name: method_class(name) for name in METHOD_CLASS} == {
        "list": "read",
        "get": "read",
        "create": "write",
        "update": "write",
        "delete": "write",
    }
    assert method_class("convert") == "custom"


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(CatalogError) as caught:
        model("crm.contact")
    message = str(caught.value)
    assert message.startswith("unknown common model 'crm.contact'. Did you mean 'crm.contacts'? Known models: crm.accounts, ")
    assert message.endswith("ticketing.users")


def test_an_unknown_field_is_answered_with_the_known_ones() -> None:
    with pytest.raises(CatalogError) as caught:
        field(model("ticketing.tags"), "colour")
    assert str(caught.value) == (
        "ticketing.tags has no field 'colour'. Did you mean 'color'? Known fields: collection_id, color, created_at, "
        "custom_fields, id, is_deleted, mapped_fields, name, remote_data, remote_id, updated_at, web_url"
    )


def test_the_json_schema_shows_enum_format_reference_and_sensitivity() -> None:
    schema = msgspec.json.schema(model("hris.employees").struct)
    properties = schema["$defs"]["Employee"]["properties"]
    assert properties["date_of_birth"]["format"] == "date"
    assert properties["date_of_birth"]["x-sensitivity"] == "sensitive"
    assert properties["manager_id"]["x-reference"] == "hris.employees"
    assert properties["display_name"]["readOnly"] is True
    assert "readOnly" not in properties["first_name"]
    assert {"enum": ["female", "male", "non_binary", "not_disclosed", "other"]} in properties["gender"]["anyOf"]


def test_a_struct_that_no_kind_stands_for_is_refused() -> None:
    class Odd(msgspec.Struct):
        value: bytes

    class Mixed(msgspec.Struct):
        value: int | str

    with pytest.raises(TypeError, match=r"^value: no kind matches <class 'bytes'>; known types: text, numbers"):
        fields_of(Odd)
    with pytest.raises(TypeError, match=r"^expected one type or null, got int \| str$"):
        fields_of(Mixed)


def test_about_leaves_the_schema_of_a_plain_writable_field_alone() -> None:
    assert meta("Text.", "rw").extra_json_schema == {}
