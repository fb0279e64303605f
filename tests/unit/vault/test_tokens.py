"""Tokens carry a checksum, ids do not repeat, digests are keyed."""

import hashlib
import hmac
import re

import msgspec
import pytest

from unified.vault.tokens import (
    ALPHABET,
    TokenDigests,
    constant_time_equal,
    has_valid_checksum,
    new_digest_key,
    new_id,
    new_token,
)


def test_a_token_has_its_prefix_160_bits_and_a_checksum():
    token = new_token("uk_")
    assert re.fullmatch(r"uk_[0-9A-Za-z]{33}", token)
    assert 62**27 > 2**160
    assert has_valid_checksum(token, "uk_")


def test_a_known_checksum():
    assert has_valid_checksum("uk_" + "0" * 27 + "0CXp0W", "uk_")
    assert not has_valid_checksum("uk_" + "0" * 27 + "0CXp0X", "uk_")


def test_tokens_do_not_repeat():
    assert len({new_token("uk_") for _ in range(1000)}) == 1000


def test_no_single_edited_character_checks_out():
    token = new_token("uk_")
    for place, was in enumerate(token):
        for now in ALPHABET + "_-":
            assert now == was or not has_valid_checksum(token[:place] + now + token[place + 1 :], "uk_")


@pytest.mark.parametrize(
    "change",
    [
        lambda t: "",
        lambda t: t[:-1],
        lambda t: t + "0",
        lambda t: " " + t,
        lambda t: t + "\n",
        lambda t: t[:-1] + "ü",
        lambda t: t[:-1] + "\ud800",
        lambda t: t * 300,
        lambda t: "um_" + t[3:],
    ],
)
def test_another_form_does_not_check_out(change):
    assert not has_valid_checksum(change(new_token("uk_")), "uk_")


def test_a_token_of_another_kind_does_not_check_out():
    assert not has_valid_checksum(new_token("um_"), "uk_")


def test_a_digest_is_keyed():
    digests = TokenDigests(b"k" * 32)
    bare = hashlib.sha256(b"uk_x").digest()
    assert digests("uk_x") == hmac.digest(b"k" * 32, bare, "sha256") == digests.keyed(bare)
    assert digests("uk_x") not in {bare, TokenDigests(b"j" * 32)("uk_x"), digests("uk_y")}


def test_the_key_of_digests_is_not_shown_and_has_its_length():
    key = new_digest_key()
    assert str(TokenDigests(key)) == repr(TokenDigests(key)) == "TokenDigests(…)"
    with pytest.raises(ValueError, match="expected a key of 32 bytes for token digests"):
        TokenDigests(key[1:])
    with pytest.raises(TypeError):
        msgspec.json.encode(TokenDigests(key))


def test_ids_have_their_prefix_and_131_bits():
    assert re.fullmatch(r"acc_[0-9A-Za-z]{22}", new_id("acc_"))
    assert len({new_id("acc_") for _ in range(1000)}) == 1000


def test_same_compares_text_and_bytes():
    assert constant_time_equal("ü", "ü")
    assert constant_time_equal("a", b"a")
    assert not constant_time_equal("a", "b")
