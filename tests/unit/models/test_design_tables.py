"""The models hold exactly the fields, access and enum values of the design tables."""

import re
from pathlib import Path

import pytest

from unified.models import MODELS, model

TABLES = Path(__file__).parents[3] / "../shared/design/MODELS.md"
SAME_VALUES = {
    "hris.employments.employment_type": "hris.employees.employment_type",
    "hris.compensations.period": "hris.employments.pay_period",
    "hris.time_off_balances.policy_type": "hris.time_off_requests.request_type",
    "hris.time_off_policies.type": "hris.time_off_requests.request_type",
    "hris.benefits.type": "hris.benefit_plans.type",
    "ticketing.ticket_statuses.status": "ticketing.tickets.status",
}


def rows() -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    current: list[list[str]] = []
    for line in TABLES.read_text("utf-8").splitlines():
        if heading := re.match(r"### `([a-z_.]+)`", line):
            current = found.setdefault(heading[1], [])
        elif line.startswith("#"):
            current = []
        elif line.startswith("| `"):
            current.append([cell.strip(" `") for cell in line.strip("|").split("|")])
    return found


@pytest.fixture(scope="module")
def tables() -> dict[str, list[list[str]]]:
    if not TABLES.exists():
        pytest.skip("the design tables are not beside this checkout")
    return rows()


def test_same_models_in_the_same_order(tables) -> None:
    assert list(MODELS) == list(tables)


@pytest.mark.parametrize("model_id", MODELS)
def test_same_fields(tables, model_id: str) -> None:
    described = [
        (f.name, "L" if f.is_list else "R" if f.required else "N", f.access)
        for f in model(model_id).fields[9:]
        if f.remote_of is None
    ]
    assert described == [(row[0], row[2], row[3]) for row in tables[model_id]]


@pytest.mark.parametrize("model_id", MODELS)
def test_same_enums(tables, model_id: str) -> None:
    fields = {f.name: f for f in model(model_id).fields}
    for name, type_, _, _, meaning, _ in tables[model_id]:
        assert (fields[name].kind == "enum") == (type_ == "enum")
        if type_ == "enum":
            place = SAME_VALUES.get(f"{model_id}.{name}")
            if place is not None:
                model_of, _, name_of = place.rpartition(".")
                meaning = next(row[4] for row in tables[model_of] if row[0] == name_of)  # noqa: PLW2901
            values = re.search(r"Values: ([a-z0-9_, ]+)", meaning)
            assert values is not None
            assert fields[name].enum
            assert set(fields[name].enum) == {v.strip() for v in values[1].split(",")}


@pytest.mark.parametrize("model_id", MODELS)
def test_same_references(tables, model_id: str) -> None:
    fields = {f.name: f for f in model(model_id).fields}
    category = model_id.split(".", maxsplit=1)[0]
    for name, type_, *_ in tables[model_id]:
        target = re.search(r"-> (?!names)(\w+)", type_)
        assert fields[name].reference == (f"{category}.{target[1]}" if target else None)
