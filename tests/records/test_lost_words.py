"""A word or a field of which a mapping would send nothing is refused, and is offered to no one."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.acme import open_acme, write_catalog
from tests.sizes import examples
from unified.authoring.lint.lint import lint
from unified.errors.requests import UnsupportedField, ValidationFailed
from unified.models import MODELS
from unified.service.records.schemas.schemas import describe_schema
from unified.transform.prepared_write import checked_write, provider_body
from unified.transform.requests import write_request
from unified.transform.tools.inputs import input_schema

WORDS = next(one.enum for one in MODELS["crm.opportunities"].fields if one.name == "status")
HEAD = 'record: |\n  {"id": id, "name": name}\nget: {request: "GET /deals/{id}"}\n'
AFTER = """\
update:
  request: PATCH /deals/{id}
  body: '{"name": name}'
  read_back: true
  after:
    - {when: status = "won", request: "POST /deals/{id}/win"}
    - {when: status = "lost", request: "POST /deals/{id}/lose"}
"""
REFUSING = """\
write: |
  status = "open" ? $refuse("status", "a deal begins open") : {"name": name}
create: {request: POST /deals}
update: {request: "PATCH /deals/{id}"}
"""
ONE = {"id": 1, "name": "x"}
ANSWERS = {"GET /deals/1": ONE, "POST /deals": ONE, "PATCH /deals/1": ONE, "POST /deals/1/win": {}}
DEALS = "crm.opportunities"


async def test_words_that_no_step_handles_are_refused(tmp_path):
    async with open_acme(tmp_path, {DEALS: HEAD + AFTER}, ANSWERS) as acme:
        for word in sorted(set(WORDS) - {"won", "lost"}):
            for body in ({"status": word}, {"name": "y", "status": word}):
                with pytest.raises(ValidationFailed) as refused:
                    await acme.write("update", body, record_id="1", model=DEALS)
                assert refused.value.errors[0].pointer == "/status"
                assert refused.value.errors[0].message == "expected one of won, lost"
        assert acme.arrived == []
        await acme.write("update", {"status": "won"}, record_id="1", model=DEALS)
        assert acme.arrived[0] == "POST /deals/1/win"


async def test_a_field_that_is_read_only_to_be_refused_is_not_writable(tmp_path):
    async with open_acme(tmp_path, {DEALS: HEAD + REFUSING}, ANSWERS) as acme:
        for method, record_id in (("create", None), ("update", "1")):
            for word in WORDS:
                with pytest.raises(UnsupportedField, match="`status` cannot be written"):
                    await acme.write(method, {"name": "x", "status": word}, record_id=record_id, model=DEALS)
        assert acme.arrived == []
        mapping = (await acme.call("create", DEALS)).mapping
        assert mapping.write_calls.writable("create") == mapping.write_calls.writable("update") == {"name"}


async def test_refused_words_are_not_offered(tmp_path):
    async with open_acme(tmp_path, {DEALS: HEAD + AFTER}, ANSWERS) as acme:
        call = await acme.call("update", DEALS)
        schema = describe_schema(call)
        assert next(one.words for one in schema.fields if one.field == "status") == ("won", "lost")
        offered = input_schema(call.mapping, "update", frozenset())["properties"]["status"]
        assert set(offered["enum"]) - {None} == {"won", "lost"}


HANDLED = {
    "sent": '"s{0}": status = "{0}" ? "{0}"',
    "refused": '"s{0}": status = "{0}" ? $refuse("status", "no {0}")',
    "dropped": None,
    "from a table": '"t{0}": $lookup({{"{0}": "native"}}, status)',
}
STEPS = {"a step": '      - {{when: status = "{0}", request: "POST /deals/{{id}}/{0}"}}\n'}


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.sampled_from([*HANDLED, *STEPS]), min_size=len(WORDS), max_size=len(WORDS)), st.booleans())
def test_each_word_changes_the_request_or_is_refused(tmp_path_factory, ways, split):
    """Whatever handles each word: sent, refused, in a step, in a table or in nothing; and where two calls share them."""
    parts = [HANDLED[way].format(word) for word, way in zip(WORDS, ways, strict=True) if HANDLED.get(way)]
    steps = [STEPS[way].format(word) for word, way in zip(WORDS, ways, strict=True) if way in STEPS]
    body = "{" + ", ".join(['"name": name', *parts]) + "}"
    calls = "update:\n  - request: PATCH /deals/{id}\n    body: |\n      " + body + "\n"
    if split:
        calls = calls.replace(
            "  - request",
            "  - when: $exists(amount)\n    request: PUT /deals/{id}\n    body: '{\"amount\": amount}'\n  - request",
        )
    calls += "    after:\n" + "".join(steps) if steps else ""
    mapping = write_catalog(tmp_path_factory.mktemp("c"), {DEALS: HEAD + calls}).compiled("acme", DEALS)
    lost = [word for word, way in zip(WORDS, ways, strict=True) if way == "dropped"]
    for word, extra in itertools.product(WORDS, ({"name": "x"}, {"amount": 2})):
        bindings = {"account": {"settings": {}}, "query": {"id": "1"}}
        try:
            write = checked_write(mapping, "update", {**extra, "status": word}, bindings, {"id": "1"})
            write_request(mapping, write, write.bindings)
        except (ValidationFailed, UnsupportedField):
            continue
        assert word not in lost, word
        assert "amount" not in extra or not split, "the other call sends no status"


def test_a_new_record_may_begin_in_one_state_without_a_word(tmp_path):
    text = (
        HEAD
        + """\
write: '{"name": name}'
create:
  request: POST /deals
  body: |
    $merge([$write, status = "won" ? {"won": true} : status in ["lost", "other"] ? $refuse("status", "not at first")])
"""
    )
    mapping = write_catalog(tmp_path, {DEALS: text}).compiled("acme", DEALS)
    write = checked_write(mapping, "create", {"name": "x", "status": "open"}, {"account": {"settings": {}}}, {})
    assert provider_body(mapping, write, write.bindings) == {"name": "x"}
    assert "open" in mapping.write_calls.writable_words("create").get("status", WORDS)


def test_lint_names_the_words(tmp_path):
    write_catalog(tmp_path, {DEALS: HEAD + AFTER})
    found = [one for one in lint(tmp_path) if one.code == "M090"]
    lost = ", ".join(f"`{one}`" for one in WORDS if one not in {"won", "lost"})
    assert [one.message for one in found] == [
        f"{lost} of `status` change nothing in an update, so they are refused: send them, or refuse them with a reason"
    ]


def test_lint_says_that_a_field_is_only_refused(tmp_path):
    write_catalog(tmp_path, {DEALS: HEAD + REFUSING})
    found = {one.message for one in lint(tmp_path) if one.code == "M092"}
    assert found == {
        "no value of `status` is sent by a create, so the field cannot be written: send it, or do not read it",
        "no value of `status` is sent by an update, so the field cannot be written: send it, or do not read it",
    }


TABLE = """\
write: |
  {"name": name, "state": STATE}
update: {request: "PATCH /deals/{id}"}
"""
COMPLETE = '$lookup({"open": "o", "won": "w", "lost": "l", "other": "x"}, status)'


@pytest.mark.parametrize(
    ("state", "codes"),
    [
        (COMPLETE, []),
        (COMPLETE.replace('"other": "x"', '"closed": "x"'), ["M090"]),
        ('($t := {"Open": "o", "Won": "w", "Lost": "l", "Other": "x"}; $enum(status, $t))', []),
        ('$enum(status, {"open": "o", "won": "w", "lost": "l"}, "x")', ["M090"]),
    ],
)
def test_only_a_table_that_lacks_a_word_is_reported(tmp_path, state, codes):
    write_catalog(tmp_path, {DEALS: HEAD + TABLE.replace("STATE", state)})
    assert [one.code for one in lint(tmp_path) if one.code == "M090"] == codes
