"""Associations: which records belong together, kept in both directions with HubSpot's numeric types."""

from unified_sandbox.hubspot.schema import ObjectType
from unified_sandbox.standin import Record, State

TABLE = "associations"

# (from, to) -> the default type; a primary one comes first. HubSpot's published association type ids.
TYPES: dict[tuple[str, str], tuple[int, ...]] = {
    ("contacts", "companies"): (1, 279),
    ("companies", "contacts"): (2, 280),
    ("deals", "companies"): (5, 341),
    ("companies", "deals"): (6, 342),
    ("deals", "contacts"): (3,),
    ("contacts", "deals"): (4,),
    ("leads", "contacts"): (578, 608),
    ("contacts", "leads"): (579, 609),
    ("leads", "companies"): (610,),
    ("companies", "leads"): (611,),
    ("notes", "contacts"): (202,),
    ("contacts", "notes"): (201,),
    ("notes", "companies"): (190,),
    ("companies", "notes"): (189,),
    ("notes", "deals"): (214,),
    ("deals", "notes"): (213,),
    ("tasks", "contacts"): (204,),
    ("contacts", "tasks"): (203,),
    ("tasks", "companies"): (192,),
    ("companies", "tasks"): (191,),
    ("tasks", "deals"): (216,),
    ("deals", "tasks"): (215,),
    ("calls", "contacts"): (194,),
    ("contacts", "calls"): (193,),
    ("calls", "companies"): (182,),
    ("companies", "calls"): (181,),
    ("calls", "deals"): (206,),
    ("deals", "calls"): (205,),
    ("emails", "contacts"): (198,),
    ("contacts", "emails"): (197,),
    ("emails", "companies"): (186,),
    ("companies", "emails"): (185,),
    ("emails", "deals"): (210,),
    ("deals", "emails"): (209,),
    ("meetings", "contacts"): (200,),
    ("contacts", "meetings"): (199,),
    ("meetings", "companies"): (188,),
    ("companies", "meetings"): (187,),
    ("meetings", "deals"): (212,),
    ("deals", "meetings"): (211,),
    ("tickets", "contacts"): (16,),
    ("contacts", "tickets"): (15,),
    ("tickets", "companies"): (26, 339),
    ("companies", "tickets"): (25, 340),
    ("notes", "tickets"): (228,),
    ("tickets", "notes"): (227,),
    ("emails", "tickets"): (224,),
    ("tickets", "emails"): (223,),
    ("companies", "companies"): (14, 13),
    ("2-1001", "contacts"): (35,),
    ("contacts", "2-1001"): (36,),
}
PRIMARY = {1, 2, 5, 6, 25, 26, 578, 579}
ONE_PRIMARY = {("contacts", "companies"), ("deals", "companies"), ("leads", "contacts"), ("tickets", "companies")}
"""The directions in which a record has at most one primary link."""
USER_DEFINED = {35, 36}
PARENT, CHILD = 14, 13
"""A company's link to its parent, and back: the one pair with the same names in both directions."""
MIRRORED = {
    ("contacts", "companies"): "associatedcompanyid",
    ("deals", "companies"): "hs_primary_associated_company",
    ("leads", "contacts"): "hs_primary_contact_id",
    ("leads", "companies"): "hs_primary_company_id",
    ("companies", "companies"): "hs_parent_company_id",
}
"""The property in which a record repeats its main link."""
COPIED = {
    ("leads", "contacts"): {
        "firstname": "hs_associated_contact_firstname",
        "lastname": "hs_associated_contact_lastname",
        "email": "hs_associated_contact_email",
    },
    ("leads", "companies"): {"name": "hs_associated_company_name"},
}
"""What a record shows of the one that it is mainly linked with."""
_LABELS = {PARENT: "Parent Company", CHILD: "Child Company"} | dict.fromkeys(PRIMARY, "Primary")
PAIRS = {type_id: pair for pair, type_ids in TYPES.items() for type_id in type_ids}


def of(state: State, source: str, id_: str, target: str) -> dict[str, list[int]]:
    """Return the linked ids of a type, each with its association types, in the order of linking."""
    row = state[TABLE].get(f"{source}/{id_}/{target}")
    return row["to"] if row else {}


def link(state: State, source: str, id_: str, target: str, to_id: str, *, primary: bool = False) -> None:
    """Link two records in both directions; `primary` adds the primary type and takes it from an earlier one."""
    if primary and (target, source) in ONE_PRIMARY:
        source, id_, target, to_id = target, to_id, source, id_
    if primary and (source, target) in ONE_PRIMARY:
        _demote(state, source, id_, target)
    for one, one_id, other, other_id in ((source, id_, target, to_id), (target, to_id, source, id_)):
        type_ids = TYPES[one, other]
        row = state[TABLE].setdefault(f"{one}/{one_id}/{other}", {"to": {}})
        wanted = type_ids if primary else type_ids[-1:]
        row["to"][other_id] = sorted({*row["to"].get(other_id, []), *wanted})
    if primary or source == "leads":
        _mirror(state, source, id_, target, to_id)


def link_typed(state: State, source: tuple[str, str], target: tuple[str, str], type_ids: set[int]) -> None:
    """Link two records, each a table and an id, with the types that a request names."""
    if PARENT in type_ids or CHILD in type_ids:
        child, parent = (source, target) if PARENT in type_ids else (target, source)
        _link_parent(state, child[1], parent[1])
    else:
        link(state, *source, *target, primary=bool(PRIMARY & type_ids))


def _link_parent(state: State, child: str, parent: str) -> None:
    """Give a company its parent; a company has one."""
    earlier = state["companies"][child]["properties"].get("hs_parent_company_id")
    if earlier:
        unlink(state, "companies", child, "companies", earlier)
    for one, other, type_id in ((child, parent, PARENT), (parent, child, CHILD)):
        state[TABLE].setdefault(f"companies/{one}/companies", {"to": {}})["to"][other] = [type_id]
    _mirror(state, "companies", child, "companies", parent)


def _mirror(state: State, source: str, id_: str, target: str, to_id: str) -> None:
    """Repeat a record's main link in its properties."""
    pair = (source, target)
    if pair not in MIRRORED:
        return
    properties, linked = state[source][id_]["properties"], state[target][to_id]["properties"]
    properties[MIRRORED[pair]] = to_id
    properties |= {own: linked.get(name) for name, own in COPIED.get(pair, {}).items()}


def _demote(state: State, source: str, id_: str, target: str) -> None:
    """Leave every link of a record in place, but none of them primary."""
    for to_id in of(state, source, id_, target):
        for one, one_id, other, other_id in ((source, id_, target, to_id), (target, to_id, source, id_)):
            held = state[TABLE][f"{one}/{one_id}/{other}"]["to"]
            held[other_id] = [type_id for type_id in held[other_id] if type_id not in PRIMARY]


def unlink(state: State, source: str, id_: str, target: str, to_id: str) -> None:
    """Take a link away in both directions; none is no error."""
    for one, one_id, other, other_id in ((source, id_, target, to_id), (target, to_id, source, id_)):
        row = state[TABLE].get(f"{one}/{one_id}/{other}")
        if row is not None:
            row["to"].pop(other_id, None)
        name = MIRRORED.get((one, other), "")
        properties = state[one].get(one_id, {}).get("properties", {})
        if properties.get(name) == other_id:
            properties |= dict.fromkeys((name, *COPIED.get((one, other), {}).values()))


def forget(state: State, source: str, id_: str) -> None:
    """Take away every link of a record that is to vanish as if it had never been."""
    for target in {other for one, other in TYPES if one == source}:
        for to_id in list(of(state, source, id_, target)):
            unlink(state, source, id_, target, to_id)


def label(source: ObjectType, target: ObjectType, type_id: int) -> str:
    """Return the name of a type in `associations` of a record: `contact_to_company`, and `…_unlabeled` beside a primary."""
    if type_id in {PARENT, CHILD}:
        return "child_to_parent_company" if type_id == PARENT else "parent_to_child_company"
    suffix = "_unlabeled" if len(TYPES[source.name, target.name]) > 1 and type_id not in PRIMARY else ""
    return f"{source.singular}_to_{target.singular}{suffix}"


def spec(type_id: int) -> Record:
    """Return an association type as v4 shows it."""
    category = "USER_DEFINED" if type_id in USER_DEFINED else "HUBSPOT_DEFINED"
    return {"category": category, "typeId": type_id, "label": _LABELS.get(type_id)}
