"""Laws of values, over all mappings: each value is sent, or it is refused; none is dropped or becomes another."""

import itertools
from urllib.parse import quote

from tests.unit.transform.laws.bodies import entries_of, fields_of_method, value_of
from tests.unit.transform.laws.test_single_fields import reads_before
from tests.unit.transform.laws.writes import base_of, built, completed, each_write, ids_of, leaves, tried
from unified.transform.writes.write import BUILT_FROM


@each_write()
def test_two_entries_of_a_kind_are_both_sent_or_refused(mapping, method):
    base = base_of(mapping, method)
    for field in fields_of_method(mapping, method):
        if not field.is_list:
            continue
        for entries in entries_of(field):
            requests = tried(mapping, method, {**base, field.name: entries})
            if requests is None:
                continue
            texts = " ".join(str(value) for _, path, body in requests for _, value in (*leaves(body), ((), path)))
            for entry in entries:
                shown = [value for _, value in leaves(entry) if isinstance(value, str) and value in texts]
                assert shown, f"{field.name}: {entry} of {entries} is lost"


@each_write()
def test_each_field_is_sent_or_refused_whatever_kind_of_record(mapping, method):
    base = base_of(mapping, method)
    kinds = [one for one in fields_of_method(mapping, method) if one.enum and not one.is_list]
    starts = [base, *({**base, kind.name: word} for kind in kinds for word in kind.enum)]
    for start, record_id in itertools.product(starts, ids_of(mapping) if method == "update" else [None]):
        before = tried(mapping, method, start, record_id)
        for field in fields_of_method(mapping, method) if before is not None else ():
            if not field.enum and not start.keys() & {field.name, *built_from(field.name)}:
                found = tried(mapping, method, {**start, field.name: value_of(field)}, record_id)
                assert found is None or found != before, f"{field.name} of {record_id} is dropped with {start}"


def built_from(name):
    """Return the fields that are built from this one unless they are given, such as a name from its parts."""
    return {whole for whole, parts in BUILT_FROM.items() if any(name in part for part in parts)}


@each_write()
def test_two_words_of_an_enum_are_not_sent_as_one_unless_a_table_says_so(mapping, method):
    base, tables = base_of(mapping, method), mapping.write_calls.writable_words(method)
    for field in fields_of_method(mapping, method):
        if not field.enum or field.is_list or field.name in tables:
            continue
        seen = {}
        for word in field.enum:
            requests = tried(mapping, method, {**base, field.name: word})
            if requests is not None:
                assert str(requests) not in seen, f"{field.name}: {word} is sent as {seen[str(requests)]}"
                seen[str(requests)] = word


@each_write()
def test_an_enum_is_written_by_a_table_or_refuses_words(mapping, method):
    base, tables = base_of(mapping, method), mapping.write_calls.writable_words(method)
    for field in fields_of_method(mapping, method):
        if field.enum and not field.is_list and field.name not in tables:
            refused = [word for word in field.enum if tried(mapping, method, {**base, field.name: word}) is None]
            assert refused, f"{field.name}: any word is sent; write it by $toNative"


@each_write()
def test_an_id_is_sent_as_it_is_or_refused(mapping, method):
    base = base_of(mapping, method)
    for field in fields_of_method(mapping, method):
        if field.kind != "id":
            continue
        for text in ("007", "1e3", "0x1f", "12345678901234567890", "a b"):
            requests = tried(mapping, method, {**base, field.name: [text] if field.is_list else text})
            sent = [str(value) for _, _, body in requests or () for _, value in leaves(body)]
            shown = [path for _, path, _ in requests or () if quote(text, safe="") in path]
            assert requests is None or text in sent or shown, f"{field.name}: {text} is sent as {requests}"


@each_write()
def test_every_word_changes_the_request_or_is_refused(mapping, method):
    """One word of a new record may change nothing: the state that records begin with."""
    records = ids_of(mapping) if method == "update" else [None]
    for field, record_id in itertools.product(fields_of_method(mapping, method), records):
        if field.is_list or not (field.enum or field.kind == "boolean"):
            continue
        words = field.enum or (True, False)
        same = [one for one in words if changes_nothing(mapping, method, field.name, one, record_id)]
        assert len(same) <= (method == "create"), f"{field.name} of {record_id}: {same}"


def changes_nothing(mapping, method, name, value, record_id):
    """Return whether a write with a value is accepted and sends what it sends without the value, beside whatever is sent."""
    base = base_of(mapping, method)
    if name in base:
        return False
    others = [one for one in fields_of_method(mapping, method) if one.name not in {*base, name}]
    return bool(others) and all(
        changes_beside(mapping, method, {**base, one.name: value_of(one)}, {name: value}, record_id) == "same" for one in others
    )


def changes_beside(mapping, method, start, given, record_id):
    bare = completed(mapping, method, start, record_id)
    body = None if bare is None else completed(mapping, method, {**bare, **given}, record_id)
    if body is None or body.keys() != {*bare, *given}:
        return "refused"
    with_it, without = (built(mapping, method, one, record_id) for one in (body, bare))
    return "same" if with_it == without else "changes"


@each_write("update")
def test_every_value_and_null_change_an_update_or_are_refused(mapping, method):
    for field, record_id in itertools.product(fields_of_method(mapping, method), ids_of(mapping)):
        for value in (value_of(field), *([] if field.required else [[] if field.is_list else None])):
            is_read = reads_before(mapping, method, field.name)
            assert is_read or not changes_nothing(mapping, method, field.name, value, record_id), f"{field.name}: {value}"
