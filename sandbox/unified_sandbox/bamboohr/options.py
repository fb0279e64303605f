"""The lists of `/meta/lists` and the time off types, made from a few words."""

from unified_sandbox.standin import Record
from unified_sandbox.vocabulary import JOBS, PLACES

CURRENCIES = {place.country_code: place.currency for place in PLACES}

_NAMES: dict[str, tuple[str, ...]] = {
    "employmentHistoryStatus": ("Contractor", "Full-Time", "Furloughed", "Intern", "Part-Time", "Terminated"),
    "jobTitle": (*(title for title, _ in JOBS), "Chief Culture Officer*"),
    "location": (*(place.city for place in PLACES), "Remote Worker"),
    "department": (*dict.fromkeys(department for _, department in JOBS), "Archive*"),
    "division": ("Asia-Pacific", "Europe", "North America", "Western States*"),
    "flsaCode": ("Exempt", "Non-exempt"),
    "ethnicity": (
        "Asian",
        "Black or African American",
        "Decline to answer",
        "Hispanic or Latino",
        "Two or More Races",
        "White",
    ),
    "paySchedule": ("Every other week", "Twice a month", "Monthly"),
    "customShirtsize": ("Small", "Medium", "Large"),
    "team": (),
    "": ("Resignation (Voluntary)", "Termination (Involuntary)"),
}
"""Alias -> options; a star marks an archived one. The list without an alias is a field of a table."""
_FIELDS = {
    "employmentHistoryStatus": (16, "Employment Status"),
    "jobTitle": (17, "Job Title"),
    "location": (18, "Location"),
    "department": (4, "Department"),
    "division": (1355, "Division"),
    "flsaCode": (1359, "FLSA Code"),
    "ethnicity": (1037, "Ethnicity"),
    "paySchedule": (4386, "Pay Schedule"),
    "customShirtsize": (4378, "Shirt size"),
    "team": (4416, "Team"),
    "": (4313, "Termination Type"),
}


def option_names(alias: str) -> list[str]:
    """Return the options of a list that are not archived."""
    return [name for name in _NAMES[alias] if not name.endswith("*")]


def all_lists() -> list[Record]:
    """Return every list with its options, made for each sandbox; option ids are unique over all lists."""
    made, next_id = [], 18150
    for place, (alias, names) in enumerate(_NAMES.items()):
        field_id, name = _FIELDS[alias]
        options = [_option(next_id + n, text) for n, text in enumerate(names)]
        next_id += len(names)
        one = {"id": 3440 + place, "fieldId": field_id, "manageable": "yes", "multiple": "no", "name": name, "options": options}
        made.append({**one, "alias": alias} if alias else one)
    return made


def _option(id_: int, text: str) -> Record:
    archived = text.endswith("*")
    return {
        "id": id_,
        "archived": "yes" if archived else "no",
        "manageable": "yes",
        "createdDate": None if id_ % 10 == 0 else "2025-12-18T19:22:20+00:00",
        "archivedDate": "2026-01-19T21:34:44+00:00" if archived else None,
        "name": text.removesuffix("*"),
    }


def all_types() -> list[Record]:
    """Return the time off types."""
    rows = (
        (77, "Bereavement", "days", "discretionary"),
        (78, "Vacation", "hours", "accruing"),
        (79, "Sick", "hours", "accruing"),
        (80, "FMLA", "hours", "discretionary"),
        (81, "Comp/In Lieu Time", "hours", "manual"),
        (83, "Parental Leave", "days", "discretionary"),
    )
    return [
        {"id": id_, "name": name, "units": units, "color": None, "icon": "luggage", "source": "internal", "policy": policy}
        for id_, name, units, policy in rows
    ]
