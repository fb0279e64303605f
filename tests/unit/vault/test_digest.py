"""Digests that compare and tell nothing: equal for equal payloads of one place under one key, useless without the key."""

import hashlib
import re

import pytest

from unified.settings.master_keys import MasterKey
from unified.vault.keys import KeyRing
from unified.vault.seal import Vault

OLD = MasterKey("old", b"o" * 32)
NEW = MasterKey("new", b"n" * 32)
VAULT = Vault(KeyRing((NEW, OLD)))
HERE = ("audit", "ten_1")


def test_the_form_is_algorithm_kid_hex():
    assert re.fullmatch(r"hmac-sha256:new:[0-9a-f]{64}", VAULT.digest(b"payload", context=HERE))


def test_equal_payloads_have_equal_digests_in_every_process():
    assert VAULT.digest(b"payload", context=HERE) == Vault(KeyRing((NEW,))).digest(b"payload", context=HERE)


@pytest.mark.parametrize("context", [("audit", "ten_2"), ("other", "ten_1"), ("audit", "ten_1", "more"), ("auditten_1",)])
def test_another_place_has_another_digest(context):
    assert VAULT.digest(b"payload", context=context) != VAULT.digest(b"payload", context=HERE)


def test_another_payload_or_key_has_another_digest():
    found = VAULT.digest(b"payload", context=HERE)
    assert VAULT.digest(b"payloae", context=HERE) != found
    assert Vault(KeyRing((OLD,))).digest(b"payload", context=HERE).rpartition(":")[2] != found.rpartition(":")[2]


def test_a_short_payload_cannot_be_guessed_from_it_without_the_key():
    shown = VAULT.digest(b"42", context=HERE).rpartition(":")[2]
    assert shown not in {hashlib.sha256(str(number).encode()).hexdigest() for number in range(100)}


def test_a_place_is_named_in_full():
    with pytest.raises(ValueError, match="A context names the place in full"):
        VAULT.digest(b"payload", context=("audit", ""))
