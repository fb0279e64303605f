"""Sealed text opens only unchanged and only in its place."""

import base64
import os
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.errors.requests import InvalidCursor
from unified.settings.master_keys import MasterKey
from unified.vault import seal
from unified.vault.errors import SealBroken, UnknownKey
from unified.vault.keys import KeyRing
from unified.vault.seal import Vault, key_of

OLD = MasterKey("old", b"o" * 32)
NEW = MasterKey("new", b"n" * 32)
VAULT = Vault(KeyRing((NEW, OLD)))
HERE = ("ten_1", "acc_1", "accounts", "credentials")
SECRET = b'{"type":"bearer","token":"t"}'
EDITED = "The sealed text does not open: it was edited, or moved from another row, column or tenant."
FORM = "Expected sealed text of the form v1.kid.nonce.ciphertext, got something else."
CURSOR = (
    "The cursor does not open: expected one from the previous page of the same account, model and query, "
    "unchanged. Start again without a cursor."
)
BASE64URL = string.ascii_letters + string.digits + "-_"


@given(st.binary(min_size=1, max_size=5000), st.lists(st.text(st.characters(codec="utf-8"), min_size=1), min_size=1))
def test_sealed_text_opens_in_its_place(plaintext, context):
    assert VAULT.open(VAULT.seal(plaintext, context=tuple(context)), context=tuple(context)) == plaintext


def test_the_form_is_version_kid_nonce_ciphertext():
    version, kid, nonce, ciphertext = VAULT.seal(SECRET, context=HERE).split(".")
    assert (version, kid, len(nonce)) == ("v1", "new", 16)
    assert len(base64.urlsafe_b64decode(ciphertext + "=" * (-len(ciphertext) % 4))) == len(SECRET) + 16


def test_the_key_of_a_place_is_derived_once_and_never_kept_over_a_change_of_the_ring(monkeypatch):
    derived = []
    derive = seal.HKDFExpand
    monkeypatch.setattr(seal, "HKDFExpand", lambda **given: derived.append(given["info"]) or derive(**given))
    rings = [KeyRing((NEW, OLD))]
    vault = Vault(KeyRing((OLD,)), lambda: rings.pop() if rings else None)
    sealed = Vault(KeyRing((OLD,))).seal(SECRET, context=HERE)
    derived.clear()
    assert [vault.open(sealed, context=HERE) for _ in range(3)] == [SECRET] * 3
    assert len(derived) == 1
    vault.seal(SECRET, context=HERE)
    vault.open(sealed, context=HERE)
    assert len(derived) == 3


SEALS = int(os.environ.get("UNIFIED_TEST_SEALS", "20000"))
"""The full length is 1,000,000; `make prove-storage` runs it."""


def test_a_nonce_is_never_used_twice():
    nonces = {VAULT.seal(b"x", context=HERE).split(".")[2] for _ in range(SEALS)}
    cursors = {base64.urlsafe_b64decode(VAULT.seal_cursor(b"x", context=HERE))[1:13] for _ in range(SEALS // 10)}
    assert (len(nonces), len(cursors)) == (SEALS, SEALS // 10)


@pytest.mark.parametrize(
    "elsewhere",
    [
        ("ten_2", "acc_1", "accounts", "credentials"),
        ("ten_1", "acc_2", "accounts", "credentials"),
        ("ten_1", "acc_1", "webhooks", "credentials"),
        ("ten_1", "acc_1", "accounts", "settings"),
        ("ten_1acc_1", "accounts", "credentials"),
        ("ten_1", "acc_1", "accounts"),
        ("ten_1a", "cc_1", "accounts", "credentials"),
    ],
)
def test_moved_text_does_not_open(elsewhere):
    with pytest.raises(SealBroken) as refused:
        VAULT.open(VAULT.seal(SECRET, context=HERE), context=elsewhere)
    assert str(refused.value) == EDITED


def test_no_single_edited_character_opens():
    sealed = VAULT.seal(SECRET, context=HERE)
    for place, was in enumerate(sealed):
        for now in BASE64URL + ".":
            if now == was:
                continue
            with pytest.raises((SealBroken, UnknownKey)):
                VAULT.open(sealed[:place] + now + sealed[place + 1 :], context=HERE)


def test_no_single_flipped_bit_of_the_ciphertext_opens():
    head, _, body = VAULT.seal(SECRET, context=HERE).rpartition(".")
    raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << (bit % 8)
        edited = base64.urlsafe_b64encode(bytes(flipped)).decode().rstrip("=")
        with pytest.raises(SealBroken) as refused:
            VAULT.open(f"{head}.{edited}", context=HERE)
        assert str(refused.value) == EDITED


def test_no_cut_text_opens():
    sealed = VAULT.seal(SECRET, context=HERE)
    for length in range(len(sealed)):
        with pytest.raises((SealBroken, UnknownKey)):
            VAULT.open(sealed[:length], context=HERE)


@pytest.mark.parametrize("text", ["", "v1", "v1...", "v2.new.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAA", "plain", "ü" * 80])
def test_text_of_another_form_is_refused(text):
    with pytest.raises(SealBroken) as refused:
        VAULT.open(text, context=HERE)
    assert str(refused.value) == FORM


def test_an_edited_version_is_refused():
    sealed = VAULT.seal(SECRET, context=HERE)
    with pytest.raises(SealBroken):
        VAULT.open("v2" + sealed[2:], context=HERE)


def test_a_key_id_edited_to_another_key_of_the_ring_is_refused():
    with pytest.raises(SealBroken) as refused:
        VAULT.open(VAULT.seal(SECRET, context=HERE).replace(".new.", ".old."), context=HERE)
    assert str(refused.value) == EDITED


def test_two_ids_of_one_key_do_not_open_each_other():
    twins = Vault(KeyRing((MasterKey("x", b"k" * 32), MasterKey("y", b"k" * 32))))
    with pytest.raises(SealBroken):
        twins.open(twins.seal(SECRET, context=HERE).replace(".x.", ".y."), context=HERE)


def test_a_key_that_left_the_ring_is_named():
    sealed = Vault(KeyRing((OLD,))).seal(SECRET, context=HERE)
    with pytest.raises(UnknownKey, match=re.escape("No master key with the id 'old'; the ring has new.")):
        Vault(KeyRing((NEW,))).open(sealed, context=HERE)


def test_rotation_opens_the_old_and_seals_with_the_new():
    sealed = Vault(KeyRing((OLD,))).seal(SECRET, context=HERE)
    assert key_of(sealed) == "old"
    again = VAULT.reseal(sealed, context=HERE)
    assert key_of(again) == "new"
    assert Vault(KeyRing((NEW,))).open(again, context=HERE) == SECRET


def test_resealing_does_not_move_a_text():
    with pytest.raises(SealBroken):
        VAULT.reseal(VAULT.seal(SECRET, context=HERE), context=("ten_2", *HERE[1:]))


def test_an_empty_secret_is_not_sealed():
    with pytest.raises(ValueError, match=r"^An empty secret cannot be sealed: leave the column empty instead\.$"):
        VAULT.seal(b"", context=HERE)


@pytest.mark.parametrize("context", [(), ("ten_1", "")])
def test_a_context_must_be_full(context):
    for act in (VAULT.seal, VAULT.seal_cursor):
        with pytest.raises(ValueError, match="none of them empty"):
            act(b"x", context=context)


def test_a_cursor_opens_in_its_place_is_short_and_url_safe():
    cursor = VAULT.seal_cursor(b"after=12345", context=HERE)
    assert VAULT.open_cursor(cursor, context=HERE) == b"after=12345"
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    assert len(cursor) == 54  # 29 bytes more than the payload


def test_an_old_key_still_opens_cursors():
    cursor = Vault(KeyRing((OLD,))).seal_cursor(b"p", context=HERE)
    assert VAULT.open_cursor(cursor, context=HERE) == b"p"


def test_no_edited_or_cut_cursor_opens():
    cursor = VAULT.seal_cursor(b"after=12345", context=HERE)
    edited = [cursor[:n] + now + cursor[n + 1 :] for n, was in enumerate(cursor) for now in BASE64URL if now != was]
    cut = [cursor[:length] for length in range(len(cursor))]
    for text in [*edited, *cut, "ü", "\ud800", cursor + "=", cursor + "A"]:
        with pytest.raises(InvalidCursor) as refused:
            VAULT.open_cursor(text, context=HERE)
        assert refused.value.detail == CURSOR


def test_a_cursor_of_another_query_or_a_removed_key_is_invalid():
    with pytest.raises(InvalidCursor):
        VAULT.open_cursor(VAULT.seal_cursor(b"p", context=HERE), context=("ten_1", "acc_2"))
    with pytest.raises(InvalidCursor):
        VAULT.open_cursor(Vault(KeyRing((MasterKey("x", b"x" * 32),))).seal_cursor(b"p", context=HERE), context=HERE)


def test_a_cursor_and_a_credential_do_not_open_each_other():
    raw = base64.urlsafe_b64decode(VAULT.seal_cursor(b"p", context=HERE))
    nonce, body = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (raw[1:13], raw[13:]))
    with pytest.raises(SealBroken):
        VAULT.open(f"v1.new.{nonce}.{body}", context=HERE)


def test_a_purpose_has_its_own_key():
    assert VAULT._keys.credentials["new"] != VAULT._keys.cursors["new"]
    assert b"n" * 32 not in {VAULT._keys.credentials["new"], VAULT._keys.cursors["new"]}
