"""What may be in a name: signs that are made of several are one, and joiners that hide something are not."""

import pytest

from unified.errors.requests import ValidationFailed
from unified.service.validation import checked_name
from unified.web.html.rendering import shortened

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
HEART = "\u2764\ufe0f\u200d\U0001f525"


@pytest.mark.parametrize("name", ["Acme", f"Team {FAMILY}", FAMILY, HEART, "\u2764\ufe0f", "Zoë 漢字"])
def test_a_name_with_emoji_is_accepted_and_shown_as_it_is(name):
    assert checked_name(name) == name
    assert shortened(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "\u200d",
        "a\u200d",
        "\u200da",
        "a \u200d b",
        "a\u200d\u200db",
        "a\u200bb",
        "a\u202eb",
        "a\nb",
        "\ufeffa",
        f" {FAMILY}\u200d",
        "a\u200d\nb",
    ],
)
def test_hidden_characters_in_a_name_are_refused(name):
    with pytest.raises(ValidationFailed, match="printable"):
        checked_name(name)


def test_what_was_stored_otherwise_is_shown_with_spaces():
    assert shortened("a\u200d\nb") == "a  b"
