"""The fields of an employee: their ids, types and what may be written; and their names in the newer list."""

import msgspec

from unified_sandbox.standin import Record


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field as `/meta/fields` shows it."""

    alias: str
    id: str
    name: str
    type: str = "text"
    writable: bool = True


def _fields(text: str) -> dict[str, Field]:
    rows = [line.split("|") for line in text.strip().splitlines()]
    made = [Field(id=id_, alias=alias, name=name, type=type_, writable=mark != "ro") for id_, alias, name, type_, mark in rows]
    return {field.alias: field for field in made}


FIELDS = _fields(
    """
1|firstName|First Name|text|
5|middleName|Middle Name|text|
2|lastName|Last Name|text|
1358|preferredName|Preferred Name|text|
1356|displayName|Display name|text|ro
4391|pronouns|Pronouns|text|
6|dateOfBirth|Birth Date|date|
156|employeeNumber|Employee #|text|
8|address1|Address Line 1|text|
9|address2|Address Line 2|text|
10|city|City|text|
3991|state|State|state|
11|zipcode|Zip Code|text|
3993|country|Country|country|
13|mobilePhone|Mobile Phone|phone|
14|workPhone|Work Phone|phone|
15|workPhoneExtension|Work Ext|text|
12|homePhone|Home Phone|phone|
1360|homeEmail|Home Email|email|
19|workEmail|Work Email|email|
7|ssn|SSN|ssn|
38|gender|Gender|gender|
1037|ethnicity|Ethnicity|list|
39|maritalStatus|Marital Status|marital_status|
4390|nationality|Nationality|list|
3|hireDate|Hire Date|date|
4032|originalHireDate|Original Hire Date|date|
4314|terminationDate|Termination Date|date|ro
43|status|Status|status|ro
16|employmentHistoryStatus|Employment Status|list|
17|jobTitle|Job Title|list|
4|department|Department|list|
1355|division|Division|list|
18|location|Location|list|
91|supervisor|Reporting to|employee|ro
4387|standardHoursPerWeek|Standard Hours Per Week|decimal|ro
4046|photoUrl|Photo URL|url|ro
44|lastChanged|Last changed|timestamp|ro
4378|customShirtsize|Shirt size|list|
4339|customSecondaryLanguage1|Secondary Language|text|
"""
)
BY_ID = {field.id: field for field in FIELDS.values()}
LISTED = ("department", "division", "location", "jobTitle", "employmentHistoryStatus", "ethnicity", "customShirtsize")
"""Fields with a value that must be an option of the list of that alias."""
CHOICES = {
    "gender": frozenset({"Male", "Female", "Non-binary"}),
    "maritalStatus": frozenset({"Single", "Married", "Common Law", "Domestic Partnership", "Divorced", "Widowed"}),
}
DATES = tuple(field.alias for field in FIELDS.values() if field.type == "date")

OTHER_NAMES = {
    "employeeId": "id",
    "jobTitleName": "jobTitle",
    "birthDate": "dateOfBirth",
    "departmentName": "department",
    "divisionName": "division",
    "locationName": "location",
    "employmentStatusName": "employmentHistoryStatus",
    "employmentStatus": "employmentHistoryStatus",
    "marital": "maritalStatus",
    "reportsToName": "supervisor",
    "reportsToId": "supervisorEId",
}
"""Name in the newer calls -> the stored field."""
OPTION_IDS = {
    "departmentId": "department",
    "divisionId": "division",
    "locationId": "location",
    "jobTitleId": "jobTitle",
    "employmentStatusId": "employmentHistoryStatus",
}
"""Name of an id -> the field with the list that has the option."""

DEFAULT = ("employeeId", "firstName", "lastName", "preferredName", "photoUrl", "jobTitleName", "status")
"""What every row of the newer list has."""
EXTRA = frozenset(
    (  # noqa: SIM905 - twenty-three quoted words read worse
        "workEmail homeEmail bestEmail middleName workPhone workPhoneExtension mobilePhone homePhone birthDate hireDate "
        "divisionName divisionId departmentName departmentId locationName locationId jobTitleId employmentStatusName "
        "employmentStatusId reportsToName reportsToId"
    ).split()
)
"""What a row of the newer list has besides, when asked; other names are ignored."""
SORTABLE = ("employeeId", "firstName", "lastName", "preferredName", "jobTitleName", "status")


def shown(field: Field) -> Record:
    """Return a field as `/meta/fields` lists it: ids are numbers."""
    return {"id": int(field.id), "name": field.name, "type": field.type, "alias": field.alias}
