"""The definitions of fields and statuses that a Zendesk account of the demo has."""

from typing import Any

from unified_sandbox.standin import Record

STAMP = "2024-05-06T07:45:46Z"
URGENCY, SERIAL, AFFECTED, RENEWED = 46406130043793, 46406130045073, 46406146796817, 46406147126033
_URL = "https://demo.zendesk.com/api/v2"


def ticket_fields() -> dict[str, Record]:
    """Return system fields first, then the customer's own."""
    rows = [
        _ticket_field(46406158023441, "subject", "Subject", removable=False),
        _ticket_field(46406158023569, "description", "Description", removable=False),
        _ticket_field(
            46406158023697, "status", "Status", removable=False, system_field_options=_options("Open", "Pending", "Solved")
        ),
        _ticket_field(
            46406158027025, "tickettype", "Type", system_field_options=_options("Question", "Incident", "Problem", "Task")
        ),
        _ticket_field(46406158027153, "priority", "Priority", system_field_options=_options("Low", "Normal", "High", "Urgent")),
        _ticket_field(46406158027281, "group", "Group", removable=False),
        _ticket_field(46406158027409, "assignee", "Assignee", removable=False, required=True),
        _ticket_field(URGENCY, "tagger", "Urgency", custom_field_options=_options("Can wait", "This week", "Today")),
        _ticket_field(SERIAL, "text", "Serial number"),
        _ticket_field(AFFECTED, "integer", "People affected"),
        _ticket_field(RENEWED, "checkbox", "Up for renewal"),
    ]
    return {str(row["id"]): row for row in rows}


def _options(*names: str) -> list[Record]:
    return [{"name": name, "value": name.lower().replace(" ", "_")} for name in names]


def _ticket_field(id_: int, type_: str, title: str, *, removable: bool = True, required: bool = False, **more: Any) -> Record:
    return {
        "url": f"{_URL}/ticket_fields/{id_}.json",
        "id": id_,
        "type": type_,
        "title": title,
        "raw_title": title,
        "description": "",
        "active": True,
        "required": required,
        "title_in_portal": title,
        "visible_in_portal": True,
        "editable_in_portal": True,
        "required_in_portal": False,
        "agent_can_edit": True,
        "created_at": STAMP,
        "updated_at": STAMP,
        "removable": removable,
        "key": None,
        "agent_description": None,
    } | more


def user_fields() -> dict[str, Record]:
    """Return fields of users."""
    rows = [
        _keyed("user_fields", 7, "plan", "dropdown", "Plan", custom_field_options=_options("Free", "Silver", "Gold")),
        _keyed("user_fields", 8, "customer_since", "date", "Customer since"),
        _keyed("user_fields", 9, "newsletter", "checkbox", "Newsletter"),
    ]
    return {str(row["id"]): row for row in rows}


def organization_fields() -> dict[str, Record]:
    """Return fields of organizations."""
    rows = [
        _keyed("organization_fields", 21, "tier", "dropdown", "Tier", custom_field_options=_options("A", "B", "C")),
        _keyed("organization_fields", 22, "seats", "integer", "Seats"),
    ]
    return {str(row["id"]): row for row in rows}


def _keyed(kind: str, id_: int, key: str, type_: str, title: str, **more: Any) -> Record:
    return {
        "url": f"{_URL}/{kind}/{id_}.json",
        "id": id_,
        "type": type_,
        "key": key,
        "title": title,
        "raw_title": title,
        "description": "",
        "position": id_,
        "active": True,
        "system": False,
        "created_at": STAMP,
        "updated_at": STAMP,
    } | more


def custom_statuses() -> dict[str, Record]:
    """Return one default status for each category, one of the customer's own, and one that is not used any more."""
    rows = [
        _status(46406158214801, "new", "New", default=True),
        _status(46406158222353, "open", "Open", default=True),
        _status(46406146521489, "open", "With the workshop"),
        _status(46406146491409, "pending", "Pending", default=True),
        _status(46406146500497, "hold", "On-hold", default=True),
        _status(46406146500625, "hold", "Waiting for snow", active=False),
        _status(46406158237713, "solved", "Solved", default=True),
    ]
    return {str(row["id"]): row for row in rows}


def _status(id_: int, category: str, label: str, *, default: bool = False, active: bool = True) -> Record:
    return {
        "url": f"{_URL}/custom_statuses/{id_}.json",
        "id": id_,
        "status_category": category,
        "agent_label": label,
        "end_user_label": label,
        "description": "",
        "end_user_description": "",
        "active": active,
        "default": default,
        "created_at": STAMP,
        "updated_at": STAMP,
    }
