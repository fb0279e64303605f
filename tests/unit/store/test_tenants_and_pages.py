"""Tenants, and the pages that all management lists share."""

import base64

import pytest

from unified.errors.requests import InvalidCursor
from unified.store import tenants
from unified.store.engine.stored_times import from_microseconds, to_microseconds


async def test_a_tenant_is_added_and_found(database, clock):
    added = await tenants.add(database, "ten_3", name="Acme")
    assert added == tenants.TenantRow(id="ten_3", name="Acme", created_at=clock.now)
    assert await tenants.get(database, "ten_3") == added
    assert await tenants.get(database, "ten_4") is None


async def test_pages_show_each_row_once_although_rows_are_added(database, clock):
    for number in range(7):
        clock.forward(microseconds=number % 2)  # some share their time
        await tenants.add(database, f"ten_x{number}", name="x")
    seen, cursor = [], None
    for _ in range(10):
        page = await tenants.list_page(database, limit=2, cursor=cursor)
        seen += [row.id for row in page.items]
        if len(seen) == 4:
            clock.forward(seconds=1)
            await tenants.add(database, "ten_late", name="late")
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ["ten_1", "ten_2", *(f"ten_x{number}" for number in range(7)), "ten_late"]


async def test_a_page_that_fits_exactly_has_no_next(database):
    page = await tenants.list_page(database, limit=2)
    assert [row.id for row in page.items] == ["ten_1", "ten_2"]
    assert page.next_cursor is None


def _cursor(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "ü",
        "\ud800",
        "!!!!",
        _cursor("{}"),
        _cursor('["a","b"]'),
        _cursor("[1]"),
        _cursor("[99999999999999999999,1]"),
        _cursor('[9223372036854775807,"a"]'),
    ],
)
async def test_a_bad_cursor_is_refused(database, cursor):
    with pytest.raises(InvalidCursor) as refused:
        await tenants.list_page(database, cursor=cursor)
    assert refused.value.detail == (
        "The cursor cannot be read: expected the next_cursor of the previous page, unchanged. Start again without a cursor."
    )


@pytest.mark.parametrize("limit", [0, -1, 501])
async def test_a_limit_out_of_bounds_is_refused(database, limit):
    with pytest.raises(ValueError, match=f"^expected a limit from 1 to 500, got {limit}$"):
        await tenants.list_page(database, limit=limit)


def test_times_keep_their_microseconds(clock):
    clock.forward(microseconds=1)
    assert from_microseconds(to_microseconds(clock.now)) == clock.now


def test_a_time_without_a_zone_is_refused(clock):
    with pytest.raises(TypeError):
        to_microseconds(clock.now.replace(tzinfo=None))
