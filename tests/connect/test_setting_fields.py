"""Fields of settings on the connect page: a list to choose from where a setting has choices, a text field otherwise."""

import re

import pytest

from tests.world import catalog
from unified.catalog.provider import Setting
from unified.service.connect import KindOffer
from unified.web.connect.consent import ConsentForm, _setting
from unified.web.html.rendering import _templates

REGION = Setting(title="Region", choices=("eu", "us"), default="us")


def shown(rule: Setting, *, needed: bool = True, values: dict[str, str] | None = None, problem: str = "") -> str:
    form = ConsentForm(
        provider=catalog().provider("zendesk"),
        offer=None,
        kind=KindOffer(kind="bearer", fields=(), settings=("region",) if needed else ()),
        values=values or {},
        problems={"setting.region": problem} if problem else {},
        language="en",
    )
    field = _setting(form, "region", rule)
    return str(_templates().get_template("macros.html").module.field(field))


@pytest.mark.parametrize(("values", "chosen"), [({}, "us"), ({"setting.region": "eu"}, "eu")])
def test_choices_are_a_list_with_the_default_or_the_entered_one(values, chosen: str) -> None:
    page = shown(REGION, values=values)
    assert re.findall(r'<option value="(\w*)"( selected)?', page) == [
        (one, " selected" if one == chosen else "") for one in ("eu", "us")
    ]
    assert '<label for="setting-region">Region</label>' in page
    assert "<input" not in page


def test_an_optional_choice_may_be_left_open() -> None:
    page = shown(Setting(title="Region", choices=("eu",), required=False), needed=False)
    assert re.findall(r'<option value="(\w*)"', page) == ["", "eu"]
    assert " required" not in page


def test_a_problem_is_described_next_to_the_list() -> None:
    page = shown(REGION, problem="Region: expected one of eu, us")
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="setting-region-problem "' in page


def test_other_settings_are_text_fields_with_their_default() -> None:
    page = shown(Setting(title="Region", default="<eu>"))
    assert 'value="&lt;eu&gt;"' in page
    assert "<select" not in page
