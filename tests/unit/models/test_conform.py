import pytest

from unified.errors.providers import MappingFailed
from unified.models import MODELS, conform, model, needed_fields

CONTACT = model("crm.contacts")


def contact(**given):
    return conform(CONTACT, {"id": "1", **given})


def failure(model_id: str, record) -> str:
    with pytest.raises(MappingFailed) as caught:
        conform(model(model_id), record)
    return str(caught.value)


@pytest.mark.parametrize("model_id", MODELS)
def test_every_field_is_there_in_the_models_order(model_id: str) -> None:
    known = model(model_id)
    given = {f.name: "x" for f in known.fields if f.required and f.kind != "map"}
    out = conform(known, given)
    assert list(out) == [f.name for f in known.fields]
    for f in known.fields:
        if f.is_list:
            assert out[f.name] == []
        elif f.name in {"custom_fields", "mapped_fields"}:
            assert out[f.name] == {}
    assert out["remote_id"] == "x"


@pytest.mark.parametrize(
    ("given", "record_id"),
    [
        ("a", "a"),
        (12, "12"),
        (12345678901234567890123, "12345678901234567890123"),
        (12.0, "12"),
        (1.5, "1.5"),
        (1e21, "1e+21"),
        (True, "true"),
        (False, "false"),
    ],
)
def test_ids_become_text(given, record_id: str) -> None:
    assert conform(CONTACT, {"id": given})["id"] == record_id


def test_remote_id_stays_when_given() -> None:
    out = conform(model("ticketing.tickets"), {"id": "owner/repo#12", "remote_id": 12})
    assert (out["id"], out["remote_id"]) == ("owner/repo#12", "12")


@pytest.mark.parametrize(
    ("given", "status", "word"),
    [
        ({"status": "open"}, "open", None),
        ({"status": "Fertig"}, "other", "Fertig"),
        ({"status": 7}, "other", "7"),
        ({"status": "other", "remote_status": "Fertig"}, "other", "Fertig"),
        ({"status": "New", "remote_status": "Brand new"}, "other", "Brand new"),
        ({"status": ""}, None, None),
        ({"status": None}, None, None),
        ({"remote_status": "Fertig"}, None, "Fertig"),
    ],
)
def test_an_unknown_enum_word_is_other_and_kept_with_it(given, status, word) -> None:
    out = conform(model("ticketing.tickets"), {"id": "1", **given})
    assert (out["status"], out["remote_status"]) == (status, word)


def test_an_unknown_word_is_null_where_the_enum_has_no_other() -> None:
    out = conform(model("ticketing.tickets"), {"id": "1", "priority": "P5"})
    assert (out["priority"], out["remote_priority"]) == (None, "P5")


def test_nested_objects_that_say_nothing_are_left_out() -> None:
    out = contact(
        emails=[{"type": "work"}, {"email": "ada@example.com"}, {}],
        phone_numbers=[{"number": "", "type": "fax"}],
        urls={"type": "website", "url": None},
        addresses=[{"type": "billing", "city": None}, {"type": "home", "city": "London"}],
    )
    assert [email["email"] for email in out["emails"]] == ["ada@example.com"]
    assert (out["phone_numbers"], out["urls"]) == ([], [])
    assert [address["type"] for address in out["addresses"]] == ["home"]
    meeting = {"id": "1", "type": "meeting", "participants": [{"role": "attendee"}, {"name": "Ada"}]}
    assert len(conform(model("crm.engagements"), meeting)["participants"]) == 1


@pytest.mark.parametrize(
    ("model_id", "given", "target", "expected"),
    [
        ("crm.contacts", {"first_name": "Ada", "last_name": "Lovelace"}, "name", "Ada Lovelace"),
        ("crm.contacts", {"first_name": "Ada", "name": ""}, "name", "Ada"),
        ("crm.contacts", {"first_name": "Ada", "name": "The Countess"}, "name", "The Countess"),
        ("crm.contacts", {}, "name", None),
        ("crm.leads", {"last_name": "Lovelace"}, "name", "Lovelace"),
        ("crm.users", {"first_name": "Ada"}, "name", "Ada"),
        ("ticketing.users", {"first_name": "Ada"}, "name", "Ada"),
        ("ticketing.contacts", {"first_name": "Ada"}, "name", "Ada"),
        ("hris.employees", {"first_name": "Augusta", "last_name": "King"}, "display_name", "Augusta King"),
        (
            "hris.employees",
            {"first_name": "Augusta", "preferred_name": "Ada", "last_name": "King"},
            "display_name",
            "Ada King",
        ),
    ],
)
def test_names_are_built_from_parts(model_id, given, target, expected) -> None:
    assert conform(model(model_id), {"id": "1", **given})[target] == expected


def test_nested_records_are_conformed_too() -> None:
    [stage] = conform(model("crm.pipelines"), {"id": 1, "name": "Sales", "stages": {"id": 2, "name": "Won"}})["stages"]
    assert (stage["id"], stage["remote_id"], stage["name"], stage["custom_fields"]) == ("2", "2", "Won", {})


@pytest.mark.parametrize(
    ("model_id", "record", "message"),
    [
        (
            "crm.contacts",
            {},
            'crm.contacts /id: expected text, got nothing: the mapping\'s record must have "id"',
        ),
        (
            "crm.contacts",
            {"id": ""},
            'crm.contacts /id: expected text, got nothing: the mapping\'s record must have "id"',
        ),
        (
            "crm.pipelines",
            {"id": "1"},
            'crm.pipelines /name: expected text, got nothing: the mapping\'s record must have "name"',
        ),
        (
            "crm.pipelines",
            {"id": "1", "name": "a", "stages": [{"id": "2", "name": "b"}, {"name": "c"}]},
            'crm.pipelines /stages/1/id: expected text, got nothing: the mapping\'s record must have "id"',
        ),
        ("crm.contacts", [], "crm.contacts /: expected object, got list"),
        ("crm.contacts", {"id": ["1"]}, "crm.contacts /id: expected text, got list"),
        (
            "crm.contacts",
            {"id": "1", "emails": [{"email": {}}]},
            "crm.contacts /emails/0/email: expected text, got object",
        ),
        ("crm.contacts", {"id": "1", "emails": "a@b.c"}, "crm.contacts /emails/0: expected object, got text"),
        ("crm.contacts", {"id": "1", "tags": [["a"]]}, "crm.contacts /tags/0: expected text, got list"),
        ("crm.contacts", {"id": "1", "custom_fields": [1]}, "crm.contacts /custom_fields: expected object, got list"),
        (
            "crm.contacts",
            {"id": "1", "created_at": 1712121211},
            (
                "crm.contacts /created_at: expected ISO 8601 text, got number; a number may be seconds or milliseconds: "
                "use $fromEpoch or $fromMillis"
            ),
        ),
        (
            "crm.contacts",
            {"id": "1", "birth_date": False},
            "crm.contacts /birth_date: expected ISO 8601 text, got boolean",
        ),
        (
            "crm.opportunities",
            {"id": "1", "amount": {"value": 1}},
            "crm.opportunities /amount: expected number, got object",
        ),
        ("crm.opportunities", {"id": "1", "amount": True}, "crm.opportunities /amount: expected number, got boolean"),
        ("crm.users", {"id": "1", "is_active": {}}, "crm.users /is_active: expected boolean, got object"),
        (
            "ticketing.ticket_types",
            {"id": "1", "name": "a", "a/b~c": 1},
            (
                "ticketing.ticket_types /a~1b~0c: unknown field. Known fields: collection_id, created_at, custom_fields, "
                "id, is_deleted, mapped_fields, name, remote_data, remote_id, updated_at, web_url"
            ),
        ),
        (
            "crm.contacts",
            {"id": "1", "urls": [{"uri": "x"}]},
            "crm.contacts /urls/0/uri: unknown field. Did you mean 'url'? Known fields: type, url",
        ),
    ],
)
def test_what_does_not_fit_is_named_without_its_value(model_id, record, message) -> None:
    assert failure(model_id, record) == message


def test_keep_gives_only_those_fields() -> None:
    out = conform(model("crm.engagements"), {"id": 1, "subject": "a"}, keep=frozenset({"subject", "remote_id"}))
    assert out == {"remote_id": "1", "subject": "a"}


def test_keep_still_fills_from_fields_that_are_not_kept() -> None:
    given = {"first_name": "Ada", "lifecycle_stage": "Fan"}
    assert conform(CONTACT, given, keep=frozenset({"name", "remote_lifecycle_stage"})) == {
        "name": "Ada",
        "remote_lifecycle_stage": "Fan",
    }
    with pytest.raises(MappingFailed, match=r"^crm\.contacts /name: expected text, got list$"):
        conform(CONTACT, {"first_name": []}, keep=frozenset({"name"}))
    with pytest.raises(MappingFailed, match=r'^crm\.contacts /remote_id: .* must have "id"$'):
        conform(CONTACT, {}, keep=frozenset({"remote_id"}))


def test_needed_fields_add_what_others_are_filled_from() -> None:
    keep = frozenset({"name", "remote_lifecycle_stage", "remote_id", "title", "unheard"})
    assert needed_fields(CONTACT, keep) == keep | {"first_name", "last_name", "lifecycle_stage", "id"}
    assert needed_fields(model("crm.accounts"), frozenset({"name"})) == {"name"}


def test_lists_and_objects_are_fresh_for_every_record() -> None:
    first, second = contact(), contact()
    first["tags"].append("x")
    first["custom_fields"]["a"] = 1
    assert (second["tags"], second["custom_fields"]) == ([], {})
