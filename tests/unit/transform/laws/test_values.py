"""Laws of values, over all mappings: each value is sent, or it is refused; none is dropped or becomes another."""

import itertools
from urllib.parse import quote

from tests.unit.transform.laws.bodies import entries_of, fields_of_method, value_of
from tests.unit.transform.laws.writes import base_of, each_write, ids_of, leaves, tried
from unified.transform.write import BUILT_FROM


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
    base, tables = base_of(mapping, method), mapping.writable_words(method)
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
    base, tables = base_of(mapping, method), mapping.writable_words(method)
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
