"""What is said on tickets: comments with their files, the audits that a write answers."""

from typing import Any

from unified_sandbox.people import iso_s
from unified_sandbox.standin import Answer, Incoming, Record, Refused, State
from unified_sandbox.zendesk.errors import invalid, not_found, refuse
from unified_sandbox.zendesk.pages import listed, public

SOURCE: Record = {"from": {}, "to": {}, "rel": None}


def find_ticket(state: State, id_: str) -> Record:
    """Return a ticket that is not deleted."""
    ticket = state["tickets"].get(id_)
    if ticket is None or ticket["status"] == "deleted":
        raise not_found()
    return ticket


def new_comment(id_: int, ticket_id: int, author_id: int, text: str, created_at: str, **more: Any) -> Record:
    """Return a comment as its ticket's list shows it; `_ticket_id` is the stand-in's own."""
    html = f'<div class="zd-comment" dir="auto"><p dir="auto">{text}</p></div>'
    return {
        "id": id_,
        "type": "Comment",
        "author_id": author_id,
        "body": text,
        "html_body": html,
        "plain_body": text,
        "public": True,
        "attachments": [],
        "audit_id": id_ + 1,
        "via": {"channel": "web", "source": SOURCE},
        "created_at": created_at,
        "metadata": {"system": {}, "custom": {}},
        "_ticket_id": ticket_id,
    } | more


def list_comments(request: Incoming, state: State) -> Answer:
    """Return the comments of a ticket, oldest first; `include=users` brings the authors beside them."""
    ticket = find_ticket(state, request.params["id"])
    rows = [row for row in state["comments"].values() if row["_ticket_id"] == ticket["id"]]
    sort = request.query.get("sort", "created_at")
    if sort.removeprefix("-") != "created_at":
        raise Refused(refuse(400, "InvalidValue", "sort is created_at or -created_at"))
    rows.sort(key=lambda row: (row["created_at"], row["id"]), reverse=sort.startswith("-"))
    body = listed(request, "comments", rows)
    if "users" in request.query.words("include"):
        authors = dict.fromkeys(str(row["author_id"]) for row in body["comments"])
        body["users"] = [public(state["users"][one]) for one in authors if one in state["users"]]
    return Answer(200, body)


def add_comment(request: Incoming, state: State, ticket: Record, given: Record) -> Record:
    """Put a comment on a ticket and return the audit that describes it."""
    text = given.get("body") or given.get("html_body")
    if not text:
        raise invalid(base=("Comment: cannot be blank", "BlankValue"))
    id_ = state.new_id("comments", 2)
    me = next(iter(state["users"].values()))["id"]
    comment = new_comment(int(id_), ticket["id"], given.get("author_id") or me, text, iso_s(request.now))
    comment |= {"public": given.get("public") is not False}
    comment |= {"html_body": given["html_body"]} if given.get("html_body") else {}
    state["comments"][id_] = comment
    return audit_of(request, state, ticket, [public(comment)])


def audit_of(request: Incoming, state: State, ticket: Record, events: list[Record]) -> Record:
    """Return the audit of a write: comments as events, and one notification, as there mostly is."""
    kept = ("id", "type", "author_id", "body", "html_body", "plain_body", "public", "attachments", "audit_id")
    me = next(iter(state["users"].values()))["id"]
    return {
        "id": events[0]["audit_id"] if events else 1,
        "ticket_id": ticket["id"],
        "created_at": iso_s(request.now),
        "author_id": me,
        "metadata": {"system": {}, "custom": {}},
        "events": [{name: event[name] for name in kept} for event in events] + [{"id": 2, "type": "Notification"}],
        "via": {"channel": "api", "source": SOURCE},
    }


def make_private(request: Incoming, state: State) -> Answer:
    """Answer 200 without a body; the comment is an internal note from then on."""
    ticket = find_ticket(state, request.params["id"])
    comment = state["comments"].get(request.params["comment_id"])
    if comment is None or comment["_ticket_id"] != ticket["id"]:
        raise not_found()
    comment["public"] = False
    return Answer(200, {})


def get_attachment(request: Incoming, state: State) -> Answer:
    """Return one file by its id, whatever comment it is on."""
    files = (file for comment in state["comments"].values() for file in comment["attachments"])
    found = next((file for file in files if str(file["id"]) == request.params["id"]), None)
    if found is None:
        raise not_found()
    return Answer(200, {"attachment": found})
