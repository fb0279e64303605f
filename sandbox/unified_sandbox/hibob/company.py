"""What the company set up: the fields of people, and the named lists with items that fields hold by id."""

from typing import Any

from unified_sandbox.hibob.errors import not_found
from unified_sandbox.standin import Answer, Incoming, Record, State

_CATEGORIES = {
    "root": "Basic info",
    "work": "Work",
    "home": "Home",
    "personal": "Personal",
    "address": "Address",
    "internal": "Lifecycle",
    "payroll": "Payroll",
    "about": "About",
    "eeo": "EEO",
    "identification": "Identification",
    "category_1700000000001": "Equipment",
}
_FIELDS = """
root.id|Employee ID|text
root.firstName|First name|text
root.secondName|Middle name|text
root.surname|Last name|text
root.displayName|Display name|text
root.fullName|Full name|text
root.email|Email|text
root.companyId|Company ID|number
root.avatarUrl|Avatar|text
root.creationDateTime|Created on|time
work.title|Job title|list|title|dated
work.department|Department|list|department|dated
work.site|Site|text||dated
work.siteId|Site ID|list_id|site|dated
work.manager|Manager|employee-reference||dated
work.reportsTo|Reports to|employee||dated
work.startDate|Start date|date
work.employeeIdInCompany|Employee number|number
work.workPhone|Work phone|text
work.workMobile|Work mobile|text
work.custom.field_1700000000101|T-shirt size|list|tshirt
home.privateEmail|Personal email|text
home.mobilePhone|Personal mobile|text
home.legalGender|Legal gender|list|legalGender
home.familyStatus|Marital status|list|familyStatus
personal.birthDate|Date of birth|date
personal.pronouns|Pronouns|text
personal.nationality|Nationality|multi-list
address.line1|Address line 1|text||dated
address.line2|Address line 2|text||dated
address.city|City|text||dated
address.usaState|State|text||dated
address.postCode|Post code|text||dated
address.country|Country|text||dated
address.fullAddress|Full address|text
internal.status|Status|list|status|dated
internal.lifecycleStatus|Lifecycle status|list|lifecycleStatus|dated
internal.terminationDate|Termination date|date
internal.terminationReason|Termination reason|list|terminationReason
payroll.employment.contract|Contract|list|employmentstatus|dated
payroll.employment.type|Employment type|list|payrollEmploymentType|dated
payroll.employment.weeklyHours|Weekly hours|number
payroll.nin|National insurance number|text
about.avatar|Avatar|text
eeo.ethnicity|Ethnicity|text
identification.ssn|Social security number|text
category_1700000000001.field_1700000000102|Laptop serial number|text
"""


def _field(line: str) -> Record:
    id_, name, kind, list_id, dated = (*line.split("|"), "", "")[:5]
    section = id_.partition(".")[0]
    return {
        "id": id_,
        "categoryId": section,
        "categoryDisplayName": _CATEGORIES[section],
        "category": section,
        "name": name,
        "description": None,
        "jsonPath": id_.removeprefix("root."),
        "type": kind,
        "typeData": {"listId": list_id} if list_id else {},
        "historical": dated == "dated",
    }


FIELDS: dict[str, Record] = {field["id"]: field for field in map(_field, _FIELDS.split("\n")[1:-1])}
"""Field id -> its metadata."""


def list_fields(_request: Incoming, _state: State) -> Answer:
    """Return every field of people, custom ones too; needs no permission."""
    return Answer(200, list(FIELDS.values()))


def list_lists(request: Incoming, state: State) -> Answer:
    """Return every named list by its name."""
    return Answer(200, {name: _shown(one, request) for name, one in state["lists"].items()})


def get_list(request: Incoming, state: State) -> Answer:
    """Return one named list."""
    found = state["lists"].get(request.params["name"])
    if found is None:
        raise not_found(f"The list {request.params['name']}")
    return Answer(200, _shown(found, request))


def _shown(found: Record, request: Incoming) -> Record:
    archived = request.query.get("includeArchived") == "true"
    return found | {"items": [item for item in found["items"] if archived or not item["archived"]]}


def items_of(state: State, name: str) -> list[Record]:
    """Return the items of a list, those below others included."""
    return [item for top in state["lists"].get(name, {"items": []})["items"] for item in (top, *top["children"])]


def item_id(state: State, name: str, wanted: Any) -> Any:
    """Return the id of a list's item given by id or name; None when the list has none."""
    return next((one["id"] for one in items_of(state, name) if str(wanted) in {str(one["id"]), one["name"]}), None)


def label(state: State, name: str, value: Any) -> Any:
    """Return the name of a list's item; the value itself when it is none."""
    return next((one["name"] for one in items_of(state, name) if str(one["id"]) == str(value)), value)
