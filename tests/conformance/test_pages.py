"""Every page of every list comes once, and no record twice, also where `items` drops some of the rows that the provider sent."""

import hashlib

import msgspec
import pytest

from tests.cases import QUICK
from tests.conformance.subjects import few, mapping, subjects
from unified.service.records.reading import provider_pages
from unified.transform.calls import operation
from unified.transform.calls.operation import Operation

pytestmark = pytest.mark.asyncio(loop_scope="session")
MOST = 4
"""Lists that are tried with a planted fault."""
FEW = 8
"""Of fewer records, all may be kept."""
LISTED = subjects("list")
FIRST = {one.provider: one for one in reversed(LISTED)}
"""One list of each quick provider; the others are in the full size."""
CASES = [
    pytest.param(one, marks=() if FIRST[one.provider] == one and one.provider in QUICK else pytest.mark.slow, id=str(one))
    for one in LISTED
]


def is_kept(item):
    """Whether this object is one that `items` keeps: half of them, by their content, so that whole pages may be dropped."""
    return hashlib.sha256(text(item)).digest()[0] % 2 == 0


def text(item):
    return msgspec.json.encode(item, order="sorted")


@pytest.fixture
def dropping(monkeypatch):
    """Let `items` of a model's lists drop half of what the provider sends; the result is what was dropped."""
    kept_by_file, dropped = Operation.find_items, []

    def drop(subject):
        def find_items(operation, answer, bindings):
            found = kept_by_file(operation, answer, bindings)
            if found is None or not any(operation is one for one in mapping(subject).lists):
                return found
            dropped.extend(one for one in found if not is_kept(one))
            return [one for one in found if is_kept(one)]

        monkeypatch.setattr(Operation, "find_items", find_items)
        return dropped

    return drop


async def read_in_parts(world, subject, dropping):
    """The ids that are to come, those that come, and what was dropped."""
    whole = await world.read(subject, fields=few(subject), include_raw=True)
    expected = [one["id"] for one in whole if is_kept(one["remote_data"])]
    dropped = dropping(subject)
    pages = await world.pages(subject, {**await world.given(subject), "limit": 7, "fields": few(subject)})
    assert dropped or len(whole) < FEW
    return expected, [one["id"] for page in pages for one in page]


@pytest.mark.parametrize("subject", CASES)
async def test_rows_that_are_dropped_neither_end_a_list_nor_repeat_it(world, subject, dropping):
    expected, found = await read_in_parts(world, subject, dropping)
    assert len(found) == len(set(found))
    assert set(found) == set(expected)


async def test_the_law_finds_pages_that_are_counted_by_what_is_kept(world, dropping, monkeypatch):
    """Planted: the next page begins behind as many rows as `items` kept, as it once did."""
    seen = provider_pages.PageSeen
    monkeypatch.setattr(operation, "rows_in", lambda body, items: None)
    monkeypatch.setattr(provider_pages, "PageSeen", lambda **given: seen(**{**given, "size": max(len(given["rows"]), 1)}))
    counted = [one for one in LISTED if mapping(one).lists[-1].pages.rules.type == "offset"][:MOST]
    if not counted:
        pytest.skip("no list of these providers counts rows")
    read = [await read_in_parts(world, one, dropping) for one in counted]
    assert any(len(found) > len(set(found)) for _, found in read)
