"""`/tickets` with comments and attachments, and the exports of tickets."""

from collections.abc import Callable

from unified_sandbox.people import iso_s
from unified_sandbox.standin import Answer, Incoming, Record, Refused, State
from unified_sandbox.zendesk.comments import SOURCE, add_comment, audit_of, find_ticket
from unified_sandbox.zendesk.errors import invalid, refuse
from unified_sandbox.zendesk.pages import exported, exported_by_time, listed, public

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("problem", "incident", "question", "task")
WRITABLE = (
    "subject", "status", "priority", "type", "assignee_id", "group_id", "requester_id", "submitter_id", "organization_id",
    "problem_id", "due_at", "tags", "external_id", "custom_status_id", "brand_id", "ticket_form_id",
)  # fmt: skip
"""What a write may set; Zendesk takes no notice of other keys."""
REFERENCES = {
    "assignee_id": "users",
    "requester_id": "users",
    "submitter_id": "users",
    "group_id": "groups",
    "organization_id": "organizations",
    "problem_id": "tickets",
    "custom_status_id": "custom_statuses",
}


def shower(request: Incoming, sideload: str = "metric_sets") -> Callable[[Record], Record]:
    """Return how tickets are shown to this request: with their metrics when `include` asks for them."""
    asked = sideload in request.query.words("include")
    return lambda row: public(row) | ({"metric_set": row["_metric_set"]} if asked else {})


def list_tickets(request: Incoming, state: State) -> Answer:
    """Return live tickets that are not archived, in order of id or of `sort`."""
    rows = [row for row in state["tickets"].values() if row["status"] != "deleted" and not row["_archived"]]
    sort = request.query.get("sort", "id")
    name = sort.removeprefix("-")
    if name not in {"id", "updated_at", "status"}:
        raise Refused(refuse(400, "InvalidValue", "sort is one of id, updated_at, status"))
    rank = {word: place for place, word in enumerate(STATUSES)}
    rows.sort(key=lambda row: (rank[row[name]] if name == "status" else row[name], row["id"]), reverse=sort.startswith("-"))
    return Answer(200, listed(request, "tickets", rows, shower(request)))


def show_many(request: Incoming, state: State) -> Answer:
    """Return the live ones of up to 100 `ids`."""
    ids = request.query.words("ids")
    if not 1 <= len(ids) <= 100:
        raise Refused(refuse(400, "TooManyValues", "ids: expected 1 to 100"))
    rows = [state["tickets"][one] for one in dict.fromkeys(ids) if one in state["tickets"]]
    rows = [row for row in rows if row["status"] != "deleted"]
    return Answer(200, listed(request, "tickets", rows, shower(request)))


def export(request: Incoming, state: State) -> Answer:
    """Answer `/incremental/tickets/cursor`: changed since, deleted and archived ones too."""
    return Answer(200, exported(request, "tickets", _changed(request, state), shower(request)))


def export_by_time(request: Incoming, state: State) -> Answer:
    """Answer `/incremental/tickets`: the older form."""
    return Answer(200, exported_by_time(request, "tickets", _changed(request, state), shower(request)))


def _changed(request: Incoming, state: State) -> list[Record]:
    rows = [
        row for row in state["tickets"].values() if row["status"] != "deleted" or request.query.get("exclude_deleted") != "true"
    ]
    return sorted(rows, key=lambda row: (row["generated_timestamp"], row["id"]))


def get_ticket(request: Incoming, state: State) -> Answer:
    """Return one live ticket."""
    return Answer(200, {"ticket": shower(request)(find_ticket(state, request.params["id"]))})


def create_ticket(request: Incoming, state: State) -> Answer:
    """Answer 201 with the ticket and its first audit; the first comment is the description."""
    body = _body(request)
    comment = body.get("comment") or {}
    text = comment.get("body") or comment.get("html_body") or body.get("description")
    if not text:
        raise invalid(base=("Description: cannot be blank", "BlankValue"))
    values = _checked(state, body)
    id_ = state.new_id("tickets")
    stamp = iso_s(request.now)
    me = next(iter(state["users"].values()))["id"]
    ticket = blank(int(id_)) | {"created_at": stamp, "requester_id": me, "submitter_id": me, "status": "new"} | values
    ticket |= {"description": text, "raw_subject": ticket["subject"], "via": {"channel": "api", "source": SOURCE}}
    _set_custom_fields(state, ticket, body)
    state["tickets"][id_] = ticket
    _touch(ticket, state, request)
    audit = add_comment(request, state, ticket, comment | {"body": text})
    return Answer(201, {"ticket": public(ticket), "audit": audit}, {"Location": f"{request.url}/{id_}.json"})


def update_ticket(request: Incoming, state: State) -> Answer:
    """Answer 200 with the ticket and an audit; a `comment` is added; closed tickets cannot be changed."""
    ticket = find_ticket(state, request.params["id"])
    body = _body(request)
    if ticket["status"] == "closed":
        raise invalid(status=("Status: closed prevents ticket update", "InvalidValue"))
    if body.get("safe_update") and body.get("updated_stamp") != ticket["updated_at"]:
        raise Refused(refuse(409, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data"))
    ticket |= _checked(state, body)
    ticket["raw_subject"] = ticket["subject"]
    _set_custom_fields(state, ticket, body)
    _touch(ticket, state, request)
    audit = (
        add_comment(request, state, ticket, body["comment"]) if body.get("comment") else audit_of(request, state, ticket, [])
    )
    return Answer(200, {"ticket": public(ticket), "audit": audit})


def delete_ticket(request: Incoming, state: State) -> Answer:
    """Answer 204; from then on only the exports know it."""
    ticket = find_ticket(state, request.params["id"])
    ticket["status"] = "deleted"
    _touch(ticket, state, request)
    return Answer(204)


def _body(request: Incoming) -> Record:
    body = request.fields.get("ticket")
    if not isinstance(body, dict):
        raise Refused(refuse(400, "BadRequest", "Parameter ticket is required"))
    return body


def _checked(state: State, body: Record) -> Record:
    """Return the settable values of a body, or Zendesk's 422 for one that does not fit."""
    values = {name: body[name] for name in WRITABLE if name in body}
    for name, words in (("status", STATUSES), ("priority", PRIORITIES), ("type", TYPES)):
        value = values.get(name)
        if (value is not None or name == "status") and name in values and value not in words:
            raise invalid(**{name: (f"{name.title()}: {value} is not included in the list", "InclusionError")})
    for name, table in REFERENCES.items():
        value = values.get(name)
        if value is not None and str(value) not in state[table]:
            label = name.removesuffix("_id").replace("_", " ").title()
            raise invalid(**{name.removesuffix("_id"): (f"{label}: {value} does not exist", "InvalidValue")})
        if value is not None:
            values[name] = int(value)
    if "tags" in values and not isinstance(values["tags"], list):
        raise invalid(tags=("Tags: expected a list", "InvalidFormat"))
    return values | ({"tags": sorted(set(values["tags"]))} if "tags" in values else {})


def _set_custom_fields(state: State, ticket: Record, body: Record) -> None:
    """Lay values over the custom fields; ids that do not exist are passed over, as Zendesk does."""
    held = {one["id"]: one["value"] for one in ticket["custom_fields"]}
    for one in body.get("custom_fields") or []:
        field = state["ticket_fields"].get(str(one.get("id")))
        if field is not None and field["removable"]:
            held[field["id"]] = one.get("value")
    ticket["custom_fields"] = [{"id": id_, "value": value} for id_, value in held.items()]
    ticket["fields"] = ticket["custom_fields"]


def _touch(ticket: Record, state: State, request: Incoming) -> None:
    ticket["updated_at"] = iso_s(request.now)
    ticket["generated_timestamp"] = int(request.now.timestamp())
    default = next((one["id"] for one in state["custom_statuses"].values() if _is_default(one, ticket["status"])), None)
    held = state["custom_statuses"].get(str(ticket["custom_status_id"]))
    if held is None or held["status_category"] != ticket["status"]:
        ticket["custom_status_id"] = default
    if ticket["status"] in {"solved", "closed"}:
        ticket["_metric_set"].setdefault("solved_at", None)
        ticket["_metric_set"]["solved_at"] = ticket["_metric_set"]["solved_at"] or iso_s(request.now)


def _is_default(status: Record, category: str) -> bool:
    return bool(status["default"] and status["status_category"] == category)


def blank(id_: int) -> Record:
    """Return a ticket with every key that Zendesk shows, and nothing known."""
    return {
        "url": f"https://demo.zendesk.com/api/v2/tickets/{id_}.json",
        "id": id_,
        "external_id": None,
        "via": {"channel": "web", "source": SOURCE},
        "created_at": None,
        "updated_at": None,
        "generated_timestamp": 0,
        "type": None,
        "subject": None,
        "raw_subject": None,
        "description": None,
        "priority": None,
        "status": "new",
        "recipient": None,
        "requester_id": None,
        "submitter_id": None,
        "assignee_id": None,
        "organization_id": None,
        "group_id": None,
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "forum_topic_id": None,
        "problem_id": None,
        "has_incidents": False,
        "is_public": True,
        "due_at": None,
        "tags": [],
        "custom_fields": [],
        "satisfaction_rating": {"score": "unoffered"},
        "sharing_agreement_ids": [],
        "custom_status_id": None,
        "fields": [],
        "followup_ids": [],
        "ticket_form_id": 46400000010001,
        "brand_id": 46400000020001,
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
        "_archived": False,
        "_metric_set": {"solved_at": None, "reply_time_in_minutes": {"calendar": None, "business": None}},
    }
