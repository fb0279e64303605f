"""What is hidden of records, and of the records in them, and what of these lies outside a boundary."""

from unified.models import MODELS
from unified.models.hidden import NOTHING, Hidden, hide_inside, shown_fields
from unified.service.records.visibility.boundary.boundary import Boundary
from unified.service.records.visibility.boundary.membership import BoundaryCheck
from unified.service.records.visibility.boundary.nested import without_outside_records

PIPELINES, EMPLOYEES, COMMENTS = MODELS["crm.pipelines"], MODELS["hris.employees"], MODELS["ticketing.comments"]


def test_values_inside_are_emptied_and_the_rest_is_the_same_object():
    inside = (("stages", Hidden(fields=frozenset({"probability", "custom_fields"}))),)
    record = {"id": "1", "stages": [{"id": "2", "probability": 20.0, "custom_fields": {"a": 1}, "name": "New"}, None]}
    shown = hide_inside(record, PIPELINES.fields, inside)
    assert shown["stages"] == [{"id": "2", "probability": None, "custom_fields": None, "name": "New"}, None]
    assert record["stages"][0]["probability"] == 20.0
    for other in ({"id": "1"}, {"id": "1", "stages": []}, {"id": "1", "stages": None}):
        assert hide_inside(other, PIPELINES.fields, inside) is other


def test_records_deeper_inside_are_records_too():
    inside = (("stages", Hidden(inside=(("pipeline_id", Hidden()),))),)
    record = {"stages": [{"pipeline_id": "1"}]}
    assert hide_inside(record, PIPELINES.fields, inside) == record


def test_descriptions_of_fields_lose_what_is_hidden():
    hidden = Hidden(fields=frozenset({"name"}), inside=(("stages", Hidden(fields=frozenset({"probability"}))),))
    shown = {one.name: one for one in shown_fields(PIPELINES.fields, hidden)}
    assert "name" not in shown
    assert "probability" not in {one.name for one in shown["stages"].nested}
    assert hidden.unasked == {"name", "stages"}
    assert NOTHING.unasked == frozenset()


class _Mapping:
    def __init__(self, model):
        self.model = model


def check(model, chosen, inside=()):
    asked = []

    async def look_up(model_id, record_id):
        asked.append((model_id, record_id))
        return (model_id, record_id) in inside

    async def owners(related):
        raise AssertionError(related)

    boundary = Boundary(chosen={kind: frozenset(ids) for kind, ids in chosen.items()})
    return BoundaryCheck(mapping=_Mapping(model), boundary=boundary, look_up=look_up, owners=owners), asked


async def test_a_period_in_another_department_is_left_out_of_an_employee_inside():
    place, asked = check(EMPLOYEES, {"hris.groups": ["1"]})
    periods = [
        {"id": "a", "employee_id": "7", "department_id": "1"},
        {"id": "b", "employee_id": "7", "department_id": "2"},
        {"id": "c", "employee_id": "7", "department_id": None},
        {"id": "d", "employee_id": None, "department_id": None},
        {"id": "e", "employee_id": "8", "department_id": None},
    ]
    kept = await without_outside_records(place, {"id": "7", "employments": periods})
    assert [one["id"] for one in kept["employments"]] == ["a", "c", "d"]
    assert asked == [("hris.employees", "8")]


async def test_a_file_belongs_where_its_ticket_does_whatever_holds_it():
    place, asked = check(COMMENTS, {"ticketing.collections": ["1"]}, inside=[("ticketing.tickets", "5")])
    files = [{"id": "a", "ticket_id": "5"}, {"id": "b", "ticket_id": "6"}, {"id": "c", "comment_id": "9"}, {"id": "d"}]
    kept = await without_outside_records(place, {"id": "9", "ticket_id": "5", "attachments": files})
    assert [one["id"] for one in kept["attachments"]] == ["a", "c", "d"]
    assert sorted(asked) == [("ticketing.tickets", "5"), ("ticketing.tickets", "6")]


async def test_without_a_boundary_for_them_records_inside_stay_as_they_are():
    place, _ = check(EMPLOYEES, {"ticketing.collections": ["1"]})
    record = {"id": "7", "employments": [{"id": "a"}]}
    assert await without_outside_records(place, record) is record


def test_a_name_is_shown_with_the_id_that_says_whose_it_is():
    boundary = Boundary(chosen={"hris.groups": frozenset({"1"})})
    cases = [
        ({"department_id": "1", "group_ids": ["1", "2"]}, "Sales"),
        ({"department_id": "2", "group_ids": ["1", "2"]}, None),
        ({"department_id": None, "group_ids": ["1"]}, "Sales"),
        ({"department_id": None, "group_ids": ["1", "2"]}, None),
        ({"department_id": None, "group_ids": []}, None),
    ]
    for references, name in cases:
        record = {"id": "7", **references, "department_name": "Sales", "custom_fields": {"division": "North"}}
        shown = boundary.remover(EMPLOYEES)(record)
        assert (shown["department_name"], shown["custom_fields"]) == (name, {}), references
