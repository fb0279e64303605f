"""A field that is read and that no known answer has is a warning, wherever it is read; one that any answer has is none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.acme import PROVIDER, write_catalog
from tests.sizes import examples
from unified.authoring.lint.lint import lint

MAPPING = 'record: |\n  {"id": id, "first_name": first, "title": job.name}\nlist: [{request: GET /people}]\n'
CASE = "- name: a person\n  record: {id: 1, FIRST: Ada, job: {name: x}}\n  gives: {id: '1'}\n"


def warned(folder, case=CASE, mapping=MAPPING, more=()):
    write_catalog(folder, {"crm.contacts": mapping}, PROVIDER)
    (folder / "mappings/acme/crm.contacts.test.yaml").write_text(case)
    for name, text in more:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return [one for one in lint(folder) if one.code == "M095"]


def test_a_misspelt_name_is_named_with_the_nearest(tmp_path):
    (found,) = warned(tmp_path, CASE.replace("FIRST", "firsts"))
    assert (found.file, found.line, found.column, found.severity) == ("mappings/acme/crm.contacts.yaml", 2, 28, "warning")
    assert found.message == (
        "`first` is in no golden case, recorded answer or stand-in, so nothing shows that the provider has it: "
        "add a case with it, or correct the name. Did you mean 'firsts'?"
    )


SEEN = {
    "a case of a record": (CASE.replace("FIRST", "first"), ()),
    "an answer of a case": (CASE + "- {name: page, list: {}, answer: {body: [{id: 2, first: Bo}]}, gives: [{id: '2'}]}\n", ()),
    "a recording": (
        CASE,
        [("cassettes/acme/crm.contacts.json", '{"list": {"calls": [{"response": {"body": [{"first": "Ada"}]}}]}}')],
    ),
    "a stand-in": (CASE, [("providers/acme.sandbox.yaml", "collections: {people: {fields: {first: text}}}\n")]),
}


@pytest.mark.parametrize(("case", "more"), SEEN.values(), ids=SEEN)
def test_a_name_that_was_seen_anywhere_is_none(tmp_path, case, more):
    assert warned(tmp_path, case, more=more) == []


@settings(max_examples=examples(40), deadline=None)
@given(st.sets(st.sampled_from(["id", "first", "job", "name"])), st.sampled_from(["", "[0]", "[kind = 'x'][0]"]))
def test_each_name_of_every_path_counts(tmp_path_factory, kept, stage):
    record = {one: {"kind": "x"} for one in kept}
    mapping = MAPPING.replace("job.name", f"job{stage}.name")
    found = warned(tmp_path_factory.mktemp("c"), f"- name: x\n  record: {record}\n  fails: x\n", mapping)
    assert {one.message.split("`")[1] for one in found} == {"id", "first", "job", "name"} - kept | (
        {"kind"} if "kind" in stage and not kept else set()
    )


def test_a_mapping_without_a_case_of_an_answer_says_nothing_more(tmp_path):
    assert warned(tmp_path, "- {name: page, list: {}, sends: {path: /people}}\n") == []
