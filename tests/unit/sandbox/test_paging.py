"""The kinds of paging that stand-ins choose from."""

import pytest

from unified_sandbox.paging import after_id, by_offset, by_page, link_header, opaque, page_count, read_opaque

ROWS = [{"id": n} for n in (3, 5, 8, 13, 21)]


def walk(page_of, start):
    pages, at = [], start
    while True:
        page = page_of(at)
        pages.append([row["id"] for row in page.rows])
        assert page.total == 5
        if page.next is None:
            return pages
        at = page.next


@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_each_kind_reaches_every_row_once(size):
    expected = [[row["id"] for row in ROWS[start : start + size]] for start in range(0, 5, size)]
    assert walk(lambda at: after_id(ROWS, at, size), None) == expected
    assert walk(lambda at: by_offset(ROWS, at, size), 0) == expected
    assert walk(lambda at: by_page(ROWS, at, size), 1) == expected
    assert walk(lambda at: by_page(ROWS, at, size, first=0), 0) == expected
    assert page_count(5, size) == len(expected)


def test_after_an_unknown_id_nothing_follows():
    assert list(after_id(ROWS, "4", 2).rows) == []
    assert page_count(0, 2) == 0


def test_a_cursor_says_only_to_its_maker_what_it_holds():
    cursor = opaque(after=8, sort="имя")
    assert "after" not in cursor
    assert read_opaque(cursor) == {"after": 8, "sort": "имя"}
    assert [read_opaque(text) for text in ("", "%%", "bm9uc2Vuc2U", opaque()[:1])] == [None] * 4


def test_a_link_header_leaves_out_what_is_not_there():
    header = link_header("http://sandbox/x", {"next": {"page": 2, "q": "a b"}, "prev": None, "last": {"page": 9}})
    assert header == '<http://sandbox/x?page=2&q=a+b>; rel="next", <http://sandbox/x?page=9>; rel="last"'
