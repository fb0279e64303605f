"""The search finds a plant in every form, wherever its encoding begins."""

import base64
from urllib.parse import quote

import pytest

from tests.security.forms import found_in

PLANT = "pl4nted/secret+with~odd=characters?"


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize(
    "write",
    [
        lambda text: text.encode(),
        lambda text: text[::-1].encode(),
        lambda text: text.encode().hex().encode(),
        lambda text: text.encode("utf-16"),
        lambda text: base64.b64encode(text.encode()),
        lambda text: base64.urlsafe_b64encode(text.encode()),
        lambda text: quote(text, safe="").encode(),
    ],
)
def test_a_plant_is_found_in_every_form(before, write):
    assert found_in(b"around " + write(f"{before}{PLANT} after") + b" around", PLANT)
    assert not found_in(b"around " + write(f"{before} after") + b" around", PLANT)


def test_a_plant_must_be_long_enough_not_to_be_found_by_chance():
    with pytest.raises(ValueError, match="at least 16"):
        found_in(b"", "short")
