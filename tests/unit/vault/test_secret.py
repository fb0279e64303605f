"""A secret shows itself nowhere by accident."""

import copy
import json
import logging
import pickle

import msgspec
import pytest

from unified.secret import Secret, mask

TEXT = "super-secret-a1b2"


class Holder(msgspec.Struct):
    token: Secret


@pytest.mark.parametrize(
    ("text", "shown"),
    [(TEXT, "…a1b2"), ("123456789012", "…9012"), ("12345678901", "…"), ("a", "…"), ("", "…")],
)
def test_mask_shows_the_last_four_of_long_texts_only(text, shown):
    assert mask(text) == shown


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!s:>4}".format, lambda s: f"{s!r}", lambda s: repr([s])])
def test_printing_shows_the_mask(show):
    assert show(Secret(TEXT)).strip("[]") == "Secret('…a1b2')"


def test_a_short_secret_shows_nothing():
    assert repr(Secret("hunter2")) == "Secret('…')"


def test_logging_and_a_holding_struct_show_the_mask(caplog):
    logging.getLogger("t").warning("%s %r", Secret(TEXT), Holder(token=Secret(TEXT)))
    assert "super-secret" not in caplog.text
    assert "Secret('…a1b2')" in caplog.text


@pytest.mark.parametrize(
    "encode",
    [msgspec.json.encode, msgspec.msgpack.encode, msgspec.to_builtins, json.dumps],
)
def test_no_encoder_takes_a_secret(encode):
    with pytest.raises(TypeError, match="Secret"):
        encode(Secret(TEXT))


def test_no_encoder_takes_a_struct_that_holds_one():
    with pytest.raises(TypeError, match="Secret"):
        msgspec.json.encode(Holder(token=Secret(TEXT)))


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_it_is_not_pickled_or_copied(duplicate):
    with pytest.raises(TypeError, match=r"^A Secret cannot be pickled or copied: seal it in the vault\.$"):
        duplicate(Secret(TEXT))


def test_it_has_no_dictionary_and_cannot_be_iterated():
    with pytest.raises(TypeError):
        vars(Secret(TEXT))
    with pytest.raises(TypeError):
        list(Secret(TEXT))


def test_reveal_masked_and_equality():
    assert Secret(TEXT).reveal() == TEXT
    assert Secret(TEXT).masked == "…a1b2"
    assert Secret(TEXT) == Secret(TEXT)
    assert Secret("ü") != Secret("u")
    assert Secret(TEXT) != TEXT
    assert len({Secret(TEXT), Secret(TEXT)}) == 1


def test_an_empty_secret_is_refused():
    with pytest.raises(ValueError, match=r"^A secret cannot be empty: expected a text of at least one character\.$"):
        Secret("")
