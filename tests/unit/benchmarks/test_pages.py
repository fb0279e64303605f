"""The measured pages differ from each other, and plain Python maps them as Unified does."""

import pytest

from benchmarks.by_hand import contacts
from benchmarks.equality import check_record
from benchmarks.functions import record_functions
from benchmarks.pages import PAGES, page
from benchmarks.rows import BINDINGS, UNBOUND
from tests.world import catalog
from unified_jsonata_reference.interpreter import Program


def test_no_record_is_on_two_pages() -> None:
    ids = [item["id"] for turn in range(PAGES) for item in page(100, turn)["results"]]
    assert len(set(ids)) == PAGES * 100


def test_the_mapping_by_hand_gives_the_same_records() -> None:
    read = catalog().mapping("hubspot", "crm.contacts").read
    for turn in range(PAGES):
        for by_hand, mapped in zip(contacts(page(100, turn)), read(page(100, turn)), strict=True):
            check_record("by hand", by_hand, mapped)


def test_a_difference_names_the_record_and_the_field() -> None:
    with pytest.raises(ValueError, match=r"Node, contact 7: name is 'Ada', expected 'Grace'"):
        check_record("Node", {"id": "7", "name": "Ada"}, {"id": "7", "name": "Grace"})


def test_other_engines_get_every_function_that_the_record_calls():
    mapping = catalog().compiled("hubspot", "crm.contacts")
    reference = Program(mapping.record.source, record_functions(mapping)).run
    items = page(3, 0)["results"]
    assert [reference(one, BINDINGS, UNBOUND) for one in items] == [mapping.record.evaluate(one, BINDINGS) for one in items]
