"""Texts of documents as conditions: reported wherever a condition can be, unless the path is used as a value too."""

import pytest

from tests.acme import PROVIDER, write_catalog
from unified.authoring.lint.lint import lint

HEAD = 'get:\n  request: "GET /people/{id}"\n  receive: xml\n  item: person\n'


def warned(folder, value, head=HEAD, define=""):
    write_catalog(folder, {"crm.contacts": f'record: |\n  ({define}{{"id": id, "title": {value}}})\n{head}'}, PROVIDER)
    return [one.message.split("`")[1] for one in lint(folder) if one.code == "M096"]


WRONG = {
    "a test": 'Active ? "a"',
    "a test behind another": 'x = "1" ? "a" : Active ? "b"',
    "and": 'x = "1" and Active ? "a"',
    "or": '(Active or x = "1") ? "a"',
    "not": '$not(Active) ? "a"',
    "boolean": '$boolean(Active) ? "a"',
    "a predicate": "jobs[Active][0].name",
    "a path": 'Worker.Status.Active ? "a"',
    "a default": '(Active ?: "x") = "x" ? "a"',
}


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_a_text_as_a_condition_is_reported(tmp_path, value):
    (found,) = warned(tmp_path, value)
    assert found.endswith("Active")


def test_of_a_variable_too(tmp_path):
    assert warned(tmp_path, '$status.Active ? "a"', define="$status := Worker.Status; ") == ["$status.Active"]


def test_of_what_a_variable_holds_too(tmp_path):
    define = "$active := Worker.Active; "
    assert warned(tmp_path / "a", '$active ? "a"', define=define) == ["$active"]
    assert warned(tmp_path / "b", '$active ? $flag($active) ? "a"', define=define) == []


@pytest.mark.parametrize("test", ["Active = true", "Active != false", "1 = Active", 'x = "1" and Worker.Active = 0'])
def test_a_text_that_is_compared_with_no_text_is_reported(tmp_path, test):
    (found,) = warned(tmp_path, f'{test} ? "a"')
    assert found.endswith("Active")


FINE = {
    "a flag": '$flag(Active) ? "a"',
    "a comparison": 'Active = "1" ? "a"',
    "a flag that is compared": '$flag(Active) = true ? "a"',
    "null": 'Active = null ? "a"',
    "a number": '$number(Active) = 1 ? "a"',
    "whether it is there": '$exists(Active) ? "a"',
    "the value itself": 'Active ? Active : "b"',
    "its parts": "Worker ? Worker.Name",
    "a value of it elsewhere": 'Active ? $flag(Active) ? "a" : "b"',
    "a position": "jobs[0].name",
}


@pytest.mark.parametrize("value", FINE.values(), ids=FINE)
def test_what_does_not_depend_on_the_text_is_fine(tmp_path, value):
    assert warned(tmp_path, value) == []


def test_answers_of_json_have_flags(tmp_path):
    assert warned(tmp_path, 'Active ? "a"', HEAD.replace("  receive: xml\n", "")) == []


def test_the_form_of_the_provider_file_counts(tmp_path):
    write_catalog(
        tmp_path,
        {
            "crm.contacts": 'record: |\n  {"id": id, "title": Active ? "a"}\nlist: [{request: GET /people, items: people.person}]\n'
        },
        PROVIDER + "receive: xml\n",
    )
    assert [one.code for one in lint(tmp_path) if one.code == "M096"] == ["M096"]
