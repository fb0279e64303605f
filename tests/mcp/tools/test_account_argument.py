"""Names of accounts are shown only when they are plain and their own; an id always stands for its account."""

from types import SimpleNamespace

import pytest

from unified.service.tools.arguments import account_labels


def rows(*names):
    return [SimpleNamespace(id=f"acc_{place}", name=name) for place, name in enumerate(names)]


@pytest.mark.parametrize(
    "name",
    [
        "Acme",
        "Acme & Sons (EU), 2nd",
        "M\u00fcller GmbH",
        "\u682a\u5f0f\u4f1a\u793e",
        "a" * 64,
        "O'Neil/West + East",
        "team_1.eu-west",
    ],
)
def test_plain_names_are_shown(name):
    assert account_labels(rows(name, "Other"))["acc_0"] == name


@pytest.mark.parametrize(
    "name",
    [
        "a" * 65,
        "line\nbreak",
        "tab\there",
        "two  spaces",
        " padded",
        "<b>bold</b>",
        'say "yes"',
        "a`b",
        "{json}",
        "[link](x)",
        "price: 5",
        "stop!",
        "zero\u200bwidth",
        "bidi\u202e",
        "tag\U000e0041",
        "e\u0301",
        "\u0391\u0301",
        "emoji \U0001f600",
        "acc_1",
        "acc_other",
        "",
    ],
)
def test_other_names_are_shown_as_ids(name):
    assert account_labels(rows(name, "Other"))["acc_0"] == "acc_0"


def test_names_that_read_alike_are_shown_as_ids():
    assert account_labels(rows("Support", "SUPPORT", "Sales")) == {"acc_0": "acc_0", "acc_1": "acc_1", "acc_2": "Sales"}
