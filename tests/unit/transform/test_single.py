"""Lists of which a provider keeps one entry, or one of each type."""

import pytest

from unified.errors.requests import ValidationFailed
from unified.transform.writes.write import refuse_several

TYPES = {"phone_numbers": ("work", "mobile"), "emails": ()}


@pytest.mark.parametrize(
    "phones",
    [
        None,
        [],
        [{"number": "1"}],
        [{"number": "1", "type": "work"}, {"number": "2", "type": "mobile"}],
        [{"number": "1", "type": None}, {"number": "2", "type": "mobile"}],
        [{"number": "1", "type": "home"}, {"number": "2", "type": "mobile"}],
    ],
)
def test_one_entry_of_each_type_is_kept(phones):
    refuse_several({"phone_numbers": phones, "emails": [{"email": "a"}]}, TYPES, "crm.contacts")


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [("work", "work", "work"), (None, "work", "work"), ("home", None, "work"), ("mobile", "mobile", "mobile")],
)
def test_a_second_entry_of_a_type_is_refused_at_its_place(first, second, kind):
    phones = [{"number": "1", "type": first}, {"number": "2", "type": second}]
    with pytest.raises(
        ValidationFailed, match=r"^crm\.contacts: the provider accepts at most one entry of phone_numbers$"
    ) as caught:
        refuse_several({"phone_numbers": phones}, TYPES, "crm.contacts")
    assert [(one.pointer, one.message) for one in caught.value.errors] == [
        ("/phone_numbers/1", f"the provider accepts one entry of each type (work, mobile), and this is a second {kind} one")
    ]


def test_a_second_entry_of_a_list_without_types_is_refused():
    with pytest.raises(ValidationFailed) as caught:
        refuse_several({"emails": [{"email": "a"}, {"email": "b"}]}, TYPES, "crm.contacts")
    assert [one.pointer for one in caught.value.errors] == ["/emails"]
