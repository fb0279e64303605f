"""`unified test --update` and YAML in which cases share parts: what is repeated is never changed by the way."""

import hypothesis
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.sizes import examples
from unified.authoring.golden.golden import run_path
from unified.authoring.golden.golden_update import updated_text
from unified.errors.configuration import CatalogError

T = "mappings/shelf/crm.contacts.test.yaml"
SHARED = [
    (
        "an answer that two cases share stays one",
        '- name: a\n  get: "1"\n  answer: &a {body: {id: 1, first: Ada}}\n  gives: {id: "1"}\n- name: b\n  get: "1"\n  answer: *a\n',
        {"*a\n": '*a\n  gives: {id: "1", remote_id: "1", first_name: Ada, name: Ada}\n'},
    ),
    (
        "an alias is written out where it repeats something else",
        (
            "- name: a\n  record: {id: 1, first: Eve}\n  gives: &g {first_name: Eve}\n"
            "- name: b\n  record: {id: 1, first: Ada}\n  gives: *g  # why\n"
        ),
        {"gives: *g": "gives: {first_name: Ada}"},
    ),
    (
        "a part of an expectation that is an alias",
        (
            '- name: a\n  record: {id: 1, first: &f Eve}\n  gives: {id: "1", first_name: *f}\n'
            '- name: b\n  record: {id: 1, first: Ada}\n  gives: {id: "1", first_name: *f}\n'
        ),
        {'Ada}\n  gives: {id: "1", first_name: *f}': 'Ada}\n  gives: {id: "1", first_name: Ada}'},
    ),
]


@pytest.mark.parametrize(("text", "changes"), [row[1:] for row in SHARED], ids=[row[0] for row in SHARED])
def test_what_aliases_repeat_is_not_changed(folder, text, changes):
    wanted = text
    for old, new in changes.items():
        assert wanted.count(old) == 1
        wanted = wanted.replace(old, new)
    assert updated_text(folder.path, folder.write(T, text)) == wanted


def test_an_expectation_that_aliases_repeat_is_left_with_both_places(folder):
    text = (
        "- name: a\n  record: {id: 1, first: Ada}\n  gives: &g {first_name: Eve}\n"
        "- name: b\n  record: {id: 1, first: Eve}\n  gives: *g\n"
    )
    with pytest.raises(CatalogError) as caught:
        updated_text(folder.path, folder.write(T, text))
    assert str(caught.value) == (
        f"{T}:3:10: the alias on line 6 repeats what would be updated here, and would change too: "
        "write it out in both places; the file was left as it is"
    )


INPUTS = ["{id: 1, first: Ada}", "{id: 2, first: Eve, mail: a@x.org}", "{id: 3}", "{}"]
EXPECTED = ["{first_name: Ada}", '{first_name: Eve, id: "2"}', "{id: x, emails: []}", '\n    id: "1"\n    first_name: Adam']


@st.composite
def repeated(draw, values, name, count):
    """The texts of a key in each case: a value, one with an anchor, or an alias of the last anchor."""
    texts, last = [], None
    for index in range(count):
        way = draw(st.sampled_from(["plain", "anchor", "alias"]))
        if way == "alias" and last is not None:
            texts.append(f"*{last}")
            continue
        last = f"{name}{index}" if way == "anchor" else last
        texts.append((f"&{name}{index} " if way == "anchor" else "") + draw(st.sampled_from(values)))
    return texts


@st.composite
def files(draw):
    """A test file in which cases share records and expectations, or have none."""
    count = draw(st.integers(1, 4))
    rows = zip(draw(repeated(INPUTS, "r", count)), draw(repeated(EXPECTED, "g", count)), strict=True)
    text = "".join(
        f"- name: c{index}\n  record: {record}\n" + (f"  gives: {gives}\n" if draw(st.booleans()) or "&" in gives else "")
        for index, (record, gives) in enumerate(rows)
    )
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


def inputs(cases):
    return [{key: value for key, value in one.items() if key not in ("gives", "fails")} for one in cases]


@given(text=files())
@hypothesis.settings(max_examples=examples(300), suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_an_update_changes_wrong_expectations_only_or_nothing(folder, text):
    path = folder.write(T, "")
    path.write_bytes(text.encode())
    before = yaml.safe_load(text)
    right = [one.problem is None for one in run_path(folder.path, path)] if all("gives" in one for one in before) else []
    try:
        after = updated_text(folder.path, path)
    except CatalogError as problem:
        assert str(problem).endswith("the file was left as it is")  # noqa: PT017 - the law allows either
        return
    came = yaml.safe_load(after)
    assert inputs(came) == inputs(before)
    assert all(came[index] == before[index] for index, is_right in enumerate(right) if is_right)
    kept = [line for line in text.splitlines(keepends=True) if "gives" not in line and line.startswith(("-", "  record"))]
    assert [line for line in after.splitlines(keepends=True) if line in kept] == kept
    path.write_bytes(after.encode())
    failing = [one.problem for one in run_path(folder.path, path) if one.problem is not None]
    assert all(one.startswith("failed: ") for one in failing), failing


def test_the_law_is_not_kept_by_leaving_files_alone(folder):
    """Of the files that are drawn, some share an expectation that is wrong in one of the cases, and can be changed all the same."""
    text = (
        "- name: a\n  record: &r {id: 1, first: Ada}\n  gives: &g {first_name: Ada}\n"
        "- name: b\n  record: {id: 2, first: Eve}\n  gives: *g\n- name: c\n  record: *r\n"
    )
    after = updated_text(folder.path, folder.write(T, text))
    assert after == text.replace("*g", "{first_name: Eve}") + '  gives: {id: "1", remote_id: "1", first_name: Ada, name: Ada}\n'
