"""What a mapping takes from its provider's shared file is the same as if it stood in the mapping, but for its place."""

import re
from pathlib import Path

import pytest

from unified.catalog.expansion import expand
from unified.catalog.files.decode import decode
from unified.catalog.files.source import parse_source
from unified.catalog.mapping import CALL_TABLES, CALLS, INNER_CALLS, MappingDocument
from unified.catalog.shared import load_shared
from unified.errors.configuration import CatalogError

M, S = "mappings/acme/crm.contacts.yaml", "mappings/acme/_shared.yaml"

SHARED = """\
define:
  lines: function($street) { $split($street, "-") }
  first: |
    function($street) {
      $lines($street)[0]
    }
  unused: id
calls:
  search:
    request: POST /${object}/search
    body: |
      {"kind": "${kind}", "first": $first(search)}
    pagination: {size: "query.${size}", max_size: 9}
    before:
      links: {use: read, parameters: {what: links}}
  read: {request: "GET /${object}/${what}/{id}", items: results}
"""

MAPPING = """\
parameters: {object: people}
record: '{"id": id, "name": $first(name)}'
list:
  - {use: search, parameters: {kind: "a/{b}", size: limit}, items: found}
get: {use: read, parameters: {what: "1"}}
"""

WRITTEN_OUT = """\
record: |
  ( $lines := function($street) { $split($street, "-") };
    $first := function($street) { $lines($street)[0] };
    {"id": id, "name": $first(name)} )
list:
  - request: POST /people/search
    body: |
      ( $lines := function($street) { $split($street, "-") };
        $first := function($street) { $lines($street)[0] };
        {"kind": "a/{b}", "first": $first(search)} )
    pagination: {size: query.limit, max_size: 9}
    before:
      links: {request: "GET /people/links/{id}", items: results}
    items: found
get: {request: "GET /people/1/{id}", items: results}
"""


def expanded(folder: Path, mapping: str = MAPPING, shared: str | None = SHARED):
    path = folder / "acme" / "_shared.yaml"
    path.parent.mkdir(exist_ok=True)
    if shared is not None:
        path.write_text(shared, encoding="utf-8")
    return expand(parse_source(mapping, name=M), load_shared(path))


def bare(value):
    """A document without the spaces of its texts and the brackets of blocks, in which the two ways of writing differ."""
    if isinstance(value, dict):
        return {key: bare(one) for key, one in value.items()}
    if isinstance(value, list):
        return [bare(one) for one in value]
    return "".join(value.split()) if isinstance(value, str) else value


def test_a_mapping_with_shared_parts_is_the_one_that_is_written_out(tmp_path: Path) -> None:
    found = expanded(tmp_path)
    assert bare(found.source.content) == bare(parse_source(WRITTEN_OUT, name=M).content)
    decode(found.source, MappingDocument)
    assert found.used == {("define", "lines"), ("define", "first"), ("calls", "search"), ("calls", "read")}


def words_found(found, place):
    """Yield each word of a composed text with what stands where it is said to be written, and whether it is a placeholder's."""
    files = {M: MAPPING.split("\n"), S: SHARED.split("\n")}
    text = found.source.content
    for step in place:
        text = text[step]
    for match in re.finditer(r"\w+(?! :=)\b", text):
        piece = next(one for one in reversed(found.source.origins[place].pieces) if one.start <= match.start())
        file, line, column = found.source.written_at(place, offset=match.start())
        yield match[0], files[file][line - 1][column - 1 :], piece.is_value


@pytest.mark.parametrize("place", [("record",), ("list", 0, "body")])
def test_every_word_is_found_in_the_file_that_it_was_written_in(tmp_path: Path, place) -> None:
    words = list(words_found(expanded(tmp_path), place))
    assert len(words) > 9
    assert all(there.startswith("${kind}" if is_value else word) for word, there, is_value in words), words


REFUSED = [
    ("record: id\nget: {use: raed}\n", f"{M}:2:12: no shared call is called `raed`. Did you mean 'read'? Known: read, search"),
    (
        "record: id\nget: {use: read, parameters: {what: a}}\n",
        f"{S}:16:20: `${{object}}` has no value in {M}: give one under `parameters`. Given: what",
    ),
    (
        "record: id\nparameters: {object: x}\nget: {use: read, parameters: {what: a, size: b}}\n",
        f"{M}:3:40: no placeholder `${{size}}` uses this parameter: remove it",
    ),
    ("record: id\nparameters: {object: x}\n", f"{M}:2:14: no placeholder `${{object}}` uses this parameter: remove it"),
    (
        "record: id\nget: {request: GET /x, parameters: {object: x}}\n",
        f"{M}:2:24: `parameters` are for a shared call: add `use`",
    ),
    (
        "record: id\nparameters: {object: 'x\"'}\n",
        f"{M}:2:23: parameter `object`: expected letters, digits, spaces and `_ . , / {{ }} -`, got text with other characters",
    ),
    (
        "record: id\nparameters: {object: true}\n",
        f"{M}:2:22: parameter `object`: expected letters, digits, spaces and `_ . , / {{ }} -`, got boolean",
    ),
    ("record: id\nparameters: [x]\n", f"{M}:2:13: parameters: expected name: value, got array"),
]


@pytest.mark.parametrize(("mapping", "message"), REFUSED)
def test_a_reference_that_means_nothing_is_refused(tmp_path: Path, mapping: str, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        expanded(tmp_path, mapping)
    assert str(caught.value) == message


def test_a_call_cannot_be_used_without_a_shared_file(tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as caught:
        expanded(tmp_path, "record: id\nget: {use: read}\n", shared=None)
    assert str(caught.value) == f"{M}:2:12: no shared call is called `read`. Known: none"


WRONG = [
    ("calls: {a: {use: b}, b: {use: a}}\n", "1:31: shared calls use each other in a cycle: a → b → a"),
    ("define: {a: $b, b: $a + 1}\n", "1:13: definitions use each other in a cycle: $a → $b → $a"),
    ("define: {a: 'x['}\n", '1:16: not valid JSONata: expected "]" before the end of the expression'),
    (
        "define: {a b: x}\n",
        "1:10: define: expected a letter or `_`, then letters, digits and `_`, such as `is_open`, got `a b`",
    ),
    ("define: {a: 1}\n", "1:13: define.a: expected `str`, got `int`"),
    ("call: {}\n", "1:1: unknown key `call`. Did you mean 'calls'? Known keys: calls, define, enums, mappings"),
    ("calls: {a: {requst: GET /x}}\n", "1:13: unknown key `requst`. Did you mean 'request'? Known keys: "),
]


@pytest.mark.parametrize(("shared", "message"), WRONG)
def test_a_shared_file_that_cannot_hold_is_refused(tmp_path: Path, shared: str, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        expanded(tmp_path, "record: id\nget: {use: a}\n", shared)
    assert str(caught.value).startswith(f"{S}:{message}")


def test_a_definition_of_the_file_replaces_the_shared_one_also_where_shared_parts_use_it(tmp_path: Path) -> None:
    mapping = MAPPING + "define:\n  lines: function($text) { [$text] }\n"
    found = expanded(tmp_path, mapping)
    assert bare(found.source.content["record"]) == bare(
        '( $lines := function($text) { [$text] }; $first := function($street) { $lines($street)[0] };{"id": id, "name": $first(name)})'
    )
    assert ("define", "lines") not in found.used
    offset = found.source.content["record"].index("[$text]")
    assert found.source.written_at(("record",), offset=offset) == (M, 7, 28)


OWN = [
    ("define: {x: id}\nrecord: id\n", "1:10: no expression of this file uses `$x`: use or remove it"),
    ("define: {x: 'a['}\nrecord: $x\n", '1:16: not valid JSONata: expected "]" before the end of the expression'),
    (
        "define: {lines: $first}\nrecord: $first(id)\n",
        "1:17: definitions use each other in a cycle: $lines → $first → $lines",
    ),
]


@pytest.mark.parametrize(("mapping", "message"), OWN)
def test_a_definition_of_the_file_that_cannot_hold_is_refused(tmp_path: Path, mapping: str, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        expanded(tmp_path, mapping)
    assert str(caught.value) == f"{M}:{message}"


MAPPINGS = """\
define: {who: first}
mappings:
  listed:
    filters: {email: "${object}_mail"}
    list: [{use: page}]
    describe: {list: "All ${object}."}
  whole:
    use: listed
    get: {request: "GET /${object}/{id}", item: $who}
    delete: {request: "DELETE /${object}/{id}"}
calls:
  page: {request: "GET /${object}"}
"""


def test_a_mapping_has_the_keys_of_the_shared_one_that_it_uses(tmp_path: Path) -> None:
    mapping = "use: whole\nparameters: {object: people}\nrecord: id\ndelete: null\nlist: [{use: page}, {request: GET /x}]\n"
    found = expanded(tmp_path, mapping, MAPPINGS)
    assert bare(found.source.content) == {
        "filters": {"email": "people_mail"},
        "list": [{"request": "GET/people"}, {"request": "GET/x"}],
        "describe": {"list": "Allpeople."},
        "get": {"request": "GET/people/{id}", "item": "($who:=first;$who)"},
        "record": "id",
    }
    assert found.used == {("mappings", "whole"), ("mappings", "listed"), ("calls", "page"), ("define", "who")}
    assert found.source.written_at(("get", "item"), offset=found.source.content["get"]["item"].rindex("$who")) == (S, 9, 49)
    assert found.source.written_at(("filters", "email"), key=True) == (S, 4, 15)
    decode(found.source, MappingDocument)


USED = [
    ("use: hole\nrecord: id\n", "1:6: no shared mapping is called `hole`. Did you mean 'whole'? Known: listed, whole"),
    ("use: listed\nrecord: id\n", ""),
]


@pytest.mark.parametrize(("mapping", "message"), USED)
def test_a_shared_mapping_that_means_nothing_is_refused(tmp_path: Path, mapping: str, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        expanded(tmp_path, mapping, MAPPINGS)
    missing = f"{S}:4:23: `${{object}}` has no value in {M}: give one under `parameters`. Given: none"
    assert str(caught.value) == (f"{M}:{message}" if message else missing)


def test_every_place_of_a_call_may_use_a_shared_one(tmp_path: Path) -> None:
    """Whatever keys of a file and of a call hold calls, alone, in a list or in a table."""
    call = "{use: page}"
    inner = "".join(f", {key}: {{x: {call}}}" if key in CALL_TABLES else f", {key}: [{call}]" for key in INNER_CALLS)
    whole = f"{{use: page{inner}}}"
    parts = [f"{key}: {{x: [{whole}], y: {whole}}}" if key in CALL_TABLES else f"{key}: [{whole}]" for key in CALLS]
    found = expanded(tmp_path, "record: id\nparameters: {object: a}\n" + "\n".join(parts), MAPPINGS)
    text = str(found.source.content)
    assert "use" not in text
    assert text.count("GET /a") == (len(CALLS) + len(set(CALL_TABLES) & set(CALLS))) * (1 + len(INNER_CALLS))


def test_null_takes_a_key_of_the_shared_call_away(tmp_path: Path) -> None:
    mapping = "record: id\nparameters: {object: a, what: b}\nget: {use: read, items: null}\n"
    assert expanded(tmp_path, mapping).source.content["get"] == {"request": "GET /a/b/{id}"}


def test_a_name_that_an_expression_binds_is_its_own(tmp_path: Path) -> None:
    record = '( $first := id; {"id": $first} )'
    assert expanded(tmp_path, f"record: '{record}'\n").source.content["record"] == record


def test_the_version_of_a_record_may_use_definitions(tmp_path: Path) -> None:
    content = expanded(tmp_path, "record: id\nversion: $first(version)\n").source.content
    assert content["version"].count("$first :=") == content["version"].count("$lines :=") == 1


def test_a_function_may_call_itself(tmp_path: Path) -> None:
    shared = "define:\n  down: 'function($n) { $n > 0 ? $down($n - 1) : 0 }'\n"
    found = expanded(tmp_path, "record: '{\"id\": $down(3)}'\n", shared)
    assert found.source.content["record"].count("$down :=") == 1
