"""`unified test --update` writes only what differs: comments, order and every other character stay as they are."""

import errno
import random
import re
import shutil
from pathlib import Path

import pytest
import yaml

from tests.cases import QUICK, each
from unified.authoring.golden.golden import run_path
from unified.authoring.golden.golden_files import golden_paths
from unified.authoring.golden.golden_update import updated_text, write_text
from unified.catalog.files.source import compose_text
from unified.errors.configuration import ConfigurationError

REPOSITORY = Path(__file__).parents[3]

T = "mappings/shelf/crm.contacts.test.yaml"
HEAD = "# kept\n- name: it   # kept too\n"

WRITTEN = [
    ("a value in a line", '  record: {id: 1, first: Ada}\n  gives: {id: "1", first_name: Eve}  # why\n', "Eve", "Ada"),
    (
        "a value of its own line",
        '  record: {id: 1, first: Ada}\n  gives:\n    first_name: Eve # why\n    id: "1"\n',
        "Eve",
        "Ada",
    ),
    (
        "text over several lines",
        "  record: {id: 1, first: Ada}\n  gives:\n    first_name: |\n      Eve\n      Adam\n\n  # end\n",
        "|\n      Eve\n      Adam",
        "Ada",
    ),
    ("null", "  record: {id: 1}\n  gives:\n    first_name: Eve\n", "Eve", "null"),
    (
        "text that needs quotes",
        "  record: {id: 1, first: 'a, \"b\": [yes]'}\n  gives: {first_name: Eve}\n",
        "Eve",
        '"a, \\"b\\": [yes]"',
    ),
    ("text that looks like a number", "  record: {id: 7}\n  gives: {id: Eve}\n", "Eve", '"7"'),
    (
        "an object with other keys",
        '  record: {id: 1, mail: a@x.org}\n  gives:\n    emails:\n      - email: a@x.org\n    id: "1"\n',
        "email: a@x.org\n    id",
        "email: a@x.org\n        type: work\n        is_primary: null\n    id",
    ),
    ("a list of another length", "  record: {id: 1}\n  gives: {emails: [{email: x}]}\n", "[{email: x}]", "[]"),
    (
        "a part of a request",
        "  write: {first_name: Ada}\n  sends:\n    path: /person  # why\n    body: {first: Ada}\n",
        "/person ",
        "/people ",
    ),
    (
        "nothing where something is",
        "  record: {id: 1, first: Ada}\n  gives: {first_name: }\n",
        "first_name: }",
        "first_name: Ada}",
    ),
    (
        "an expectation that is missing",
        "  record: {id: 1, first: Ada}\n\n# the next\n",
        "Ada}\n\n",
        'Ada}\n  gives: {id: "1", remote_id: "1", first_name: Ada, name: Ada}\n\n',
    ),
    (
        "a request that is missing",
        '  get: "1"\n',
        '"1"\n',
        '"1"\n  sends: {method: GET, path: /people/1}\n',
    ),
    (
        "records that are missing",
        "  list: {}\n  answer: {body: [{id: 1}]}\n",
        "]}\n",
        ']}\n  gives: [{id: "1", remote_id: "1"}]\n  next: null\n',
    ),
]


@pytest.mark.parametrize(("text", "old", "new"), [row[1:] for row in WRITTEN], ids=[row[0] for row in WRITTEN])
def test_only_what_differs_is_written(folder, text, old, new):
    assert (HEAD + text).count(old) == 1
    path = folder.write(T, HEAD + text)
    after = updated_text(folder.path, path)
    assert after == (HEAD + text).replace(old, new)
    path.write_text(after, encoding="utf-8")
    assert [one.problem for one in run_path(folder.path, path)] == [None]
    assert updated_text(folder.path, path) == after


def test_a_long_expectation_has_its_own_lines(folder):
    text = "- name: it\n  record: {id: 1, first: A sentence that is so long that a line with it and the other fields has no end, mail: a@x.org}\n"
    after = updated_text(folder.path, folder.write(T, text))
    assert after.removeprefix(text).splitlines() == [
        "  gives:",
        '    id: "1"',
        '    remote_id: "1"',
        "    first_name: A sentence that is so long that a line with it and the other fields has no end",
        "    name: A sentence that is so long that a line with it and the other fields has no end",
        "    emails:",
        "      - email: a@x.org",
        "        type: work",
        "        is_primary: null",
    ]
    assert [one.problem for one in run_path(folder.path, folder.write(T, after))] == [None]


STAYS = [
    ("what holds", '  record: {id: 1}\n  gives: {id: "1"}\n'),
    ("a part of a text", "  record: {id: 1, first: Ada Lovelace}\n  gives: {first_name: Ada…}\n"),
    ("an expected failure", "  record: {id: 1}\n  fails: no id\n"),
    ("a case that fails", "  record: {}\n  gives: {id: null}\n"),
]


@pytest.mark.parametrize("text", [row[1] for row in STAYS], ids=[row[0] for row in STAYS])
def test_what_stays(folder, text):
    assert updated_text(folder.path, folder.write(T, HEAD + text)) == HEAD + text


def test_only_the_named_cases(folder):
    text = "- {name: a, record: {id: 1}, gives: {id: 2}}\n- {name: b, record: {id: 1}, gives: {id: 2}}\n"
    after = updated_text(folder.path, folder.write(T, text), "::b")
    assert after == '- {name: a, record: {id: 1}, gives: {id: 2}}\n- {name: b, record: {id: 1}, gives: {id: "1"}}\n'


def test_a_case_in_one_line_without_an_expectation(folder):
    after = updated_text(folder.path, folder.write(T, '- {name: a, get: "1"} # why\n'))
    assert after == '- {name: a, get: "1", sends: {method: GET, path: /people/1}} # why\n'


@pytest.fixture(scope="module")
def catalog_copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalog")
    for name in ("providers", "mappings"):
        shutil.copytree(REPOSITORY / name, folder / name)
    return folder


def leaves(node):
    """The single values below a node that can be wrong: no lines of text, and no part of a text."""
    if isinstance(node, yaml.ScalarNode):
        return [node] if node.style not in ("|", ">") and "…" not in node.value else []
    below = (value for value in node.value) if isinstance(node, yaml.SequenceNode) else (value for _, value in node.value)
    return [leaf for one in below for leaf in leaves(one)]


@each(
    "path",
    golden_paths(REPOSITORY),
    ids=lambda path: f"{path.parent.name}/{path.name}",
    by=lambda path: path.parent.name,
    quick=QUICK,
)
def test_an_update_corrects_any_wrong_value(catalog_copy, path):
    copy = catalog_copy / path.relative_to(REPOSITORY)
    text = path.read_text(encoding="utf-8")
    assert updated_text(catalog_copy, copy) == text
    cases = compose_text(text, name=path.name).value
    found = [leaf for case in cases for key, value in case.value if key.value in ("gives", "sends") for leaf in leaves(value)]
    for leaf in random.Random(path.name).sample(found, min(2, len(found))):
        start, end = leaf.start_mark.index, leaf.end_mark.index
        copy.write_text(f'{text[:start]}"wrong"{text[end:]}', encoding="utf-8")
        assert yaml.safe_load(updated_text(catalog_copy, copy)) == yaml.safe_load(text), leaf.value
    copy.write_text(text, encoding="utf-8")


REFUSED = [
    ("a case without an expectation", "- name: a\n  record: {}\n", "- name: a\n  record: {}\n  fails: …\n"),
    (
        "another refusal than the expected",
        "- name: a\n  record: {}\n  fails: no such thing\n",
        "- name: a\n  record: {}\n  fails: …\n",
    ),
    ("the expected refusal", "- name: a\n  record: {}\n  fails: must have\n", "- name: a\n  record: {}\n  fails: must have\n"),
    ("a value where a refusal comes", "- name: a\n  record: {}\n  gives: {}\n", "- name: a\n  record: {}\n  gives: {}\n"),
]


@pytest.mark.parametrize(("text", "pattern"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_refusal_is_written_where_nothing_else_is_expected(folder, text, pattern):
    path = folder.write(T, text)
    after = updated_text(folder.path, path)
    assert re.fullmatch(".+".join(map(re.escape, pattern.split("…"))), after), after
    path.write_text(after, encoding="utf-8")
    assert [one.problem is None for one in run_path(folder.path, path)] == ["gives" not in text]


def test_what_is_true_on_one_day_is_written_with_its_clock(folder):
    folder.edit(
        "mappings/shelf/crm.contacts.yaml",
        '"first_name": first,',
        '"first_name": first, "birth_date": $substring($now(), 0, 10),',
    )
    path = folder.write(T, "- name: a\n  record: {id: 1, first: Ada}\n")
    after = updated_text(folder.path, path)
    day = re.search(r'\n  now: "(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\dZ"\n', after)[1]
    assert f'birth_date: "{day}"' in after
    path.write_text(after.replace(day, "2012-03-04"), encoding="utf-8")
    assert [one.problem for one in run_path(folder.path, path)] == [None]


def test_a_file_that_cannot_be_written_is_as_it_was(folder, monkeypatch):
    path = folder.write(T, "- name: a\n")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ConfigurationError, match="cannot be written \\(No space left on device\\); it is as it was"):
        write_text(path, "- name: b\n")
    assert path.read_text(encoding="utf-8") == "- name: a\n"
    assert [one.name for one in path.parent.iterdir() if one.name.endswith(".draft")] == []
