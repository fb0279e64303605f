"""What the coverage table says of reading is what comes, for every list: nothing but what it lists has a value."""

import pytest

from tests.cases import each
from tests.conformance.subjects import mapping, subjects
from unified.transform.coverage import coverage
from unified.transform.writes.filled_fields import BASE_FIELDS

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]
LISTED = subjects("list")
EMPTY = (None, [], {}, False)
LEAST = 0.5
"""The part of the listed fields that has a value in the data of the stand-ins, over all models of a provider."""


def filled(records):
    """The fields that have a value in any of the records."""
    return {name for one in records for name, value in one.items() if value not in EMPTY} - BASE_FIELDS


def said(subject):
    return {one.field for one in coverage(mapping(subject)).fields if one.read} - BASE_FIELDS


@each("subject", LISTED, ids=str, by=lambda one: one.provider)
async def test_no_other_field_has_a_value(world, subject):
    assert filled((await world.whole(subject)).values()) - said(subject) == set()


@pytest.mark.parametrize("provider", sorted({one.provider for one in LISTED}))
async def test_the_listed_fields_have_values(world, provider):
    own = [one for one in LISTED if one.provider == provider]
    with_value = [len(said(one) & filled((await world.pool(one)).values())) for one in own]
    listed = [len(said(one)) for one in own]
    assert sum(with_value) >= LEAST * sum(listed), dict(zip(map(str, own), zip(with_value, listed, strict=True), strict=True))


async def test_the_law_finds_a_field_that_is_not_listed():
    subject = LISTED[0]
    hidden = next(iter(said(subject)))
    assert filled([{hidden: "x"}]) - (said(subject) - {hidden}) == {hidden}
