"""The hash of a row: every part of it counts, and no two rows share one."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.store.audit_chain import START, AuditEntry, Head, chained, fits, follows, link

ENTRY = AuditEntry(
    id="aud_1",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    actor="key_1",
    kind="call",
    tool="list_crm_contacts",
    method="list",
    model="crm.contacts",
    account_id="acc_1",
    target="acc_2",
    decision="allowed",
    reason="provider_error",
    status=502,
    digest="hmac-sha256:k:00",
)
OTHER = {"created_at": ENTRY.created_at + timedelta(microseconds=1), "status": 503}


@pytest.mark.parametrize("name", AuditEntry.__struct_fields__)
def test_every_field_is_in_the_hash(name):
    edited = msgspec.structs.replace(ENTRY, **{name: OTHER.get(name, "other")})
    assert link(START, "ten_1", 1, edited) != link(START, "ten_1", 1, ENTRY)


@pytest.mark.parametrize("name", ["tool", "method", "model", "account_id", "target", "reason", "digest"])
def test_an_empty_text_is_not_the_same_as_none(name):
    none, empty = (msgspec.structs.replace(ENTRY, **{name: value}) for value in (None, ""))
    assert link(START, "ten_1", 1, none) != link(START, "ten_1", 1, empty)


def test_place_tenant_and_the_row_before_are_in_the_hash():
    hashes = {
        link(START, "ten_1", 1, ENTRY),
        link(b"1" * 32, "ten_1", 1, ENTRY),
        link(START, "ten_2", 1, ENTRY),
        link(START, "ten_1", 2, ENTRY),
    }
    assert len(hashes) == 4


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_text_cannot_move_from_one_field_to_the_next(model, account, other_model, other_account):
    rows = [
        msgspec.structs.replace(ENTRY, model=first, account_id=second)
        for first, second in ((model, account), (other_model, other_account))
    ]
    assert (link(START, "t", 1, rows[0]) == link(START, "t", 1, rows[1])) == (rows[0] == rows[1])


def test_the_form_of_the_hash_stays_as_it_was_released():
    expected = "73827fb3d75a3e50eb8343ce763544f4eda7f8788e58a8d29dff6cd5635d51b4"
    assert link(START, "ten_1", 1, ENTRY).hex() == expected


def test_rows_are_numbered_from_the_head_on_and_follow_each_other():
    first, second = chained("ten_1", Head(), (ENTRY, ENTRY))
    third = chained("ten_1", Head(seq=second.seq, hash=second.hash), (ENTRY,))[0]
    assert [row.seq for row in (first, second, third)] == [1, 2, 3]
    assert follows(first, Head())
    assert follows(second, Head(seq=1, hash=first.hash))
    assert follows(third, Head(seq=2, hash=second.hash))
    assert not follows(third, Head(seq=1, hash=first.hash))
    assert fits(third, second.hash, 3)
    assert not fits(third, second.hash, 2)
