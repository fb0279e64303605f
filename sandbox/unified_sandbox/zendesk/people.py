"""`/users`: agents, admins and end users in one table, and their export."""

from unified_sandbox.people import iso_s
from unified_sandbox.standin import Answer, Incoming, Record, Refused, State
from unified_sandbox.zendesk.errors import invalid, not_found, refuse
from unified_sandbox.zendesk.pages import exported, listed, public

ROLES = ("end-user", "agent", "admin")
WRITABLE = ("name", "phone", "details", "notes", "alias", "tags", "organization_id", "role", "external_id", "suspended")


def find(state: State, id_: str) -> Record:
    """Return a user; deleted ones are still shown, as inactive."""
    user = state["users"].get(id_)
    if user is None:
        raise not_found()
    return user


def list_users(request: Incoming, state: State) -> Answer:
    """Return active users, of the roles asked for."""
    roles = {*request.query.all("role"), *request.query.all("role[]")}
    if not roles <= set(ROLES):
        raise Refused(refuse(400, "InvalidValue", f"role is one of {', '.join(ROLES)}"))
    rows = [row for row in state["users"].values() if row["active"] and (not roles or row["role"] in roles)]
    return Answer(200, listed(request, "users", rows))


def list_members(request: Incoming, state: State) -> Answer:
    """Return the users of one group."""
    group = state["groups"].get(request.params["id"])
    if group is None:
        raise not_found()
    rows = [row for row in state["users"].values() if row["active"] and group["id"] in row["_groups"]]
    return Answer(200, listed(request, "users", rows))


def show_many(request: Incoming, state: State) -> Answer:
    """Return the users of up to 100 `ids`."""
    ids = request.query.words("ids")
    if not 1 <= len(ids) <= 100:
        raise Refused(refuse(400, "TooManyValues", "ids: expected 1 to 100"))
    rows = [state["users"][one] for one in dict.fromkeys(ids) if one in state["users"]]
    return Answer(200, listed(request, "users", rows))


def export(request: Incoming, state: State) -> Answer:
    """Answer `/incremental/users/cursor`: changed since, deleted ones too."""
    rows = sorted(state["users"].values(), key=lambda row: (row["updated_at"], row["id"]))
    return Answer(200, exported(request, "users", rows))


def get_me(_request: Incoming, state: State) -> Answer:
    """Return the agent who owns the credentials: the first one."""
    return Answer(200, {"user": public(next(iter(state["users"].values())))})


def get_user(request: Incoming, state: State) -> Answer:
    """Return one user."""
    return Answer(200, {"user": public(find(state, request.params["id"]))})


def create_user(request: Incoming, state: State) -> Answer:
    """Answer 201 with the user; a name is needed, an address is taken once."""
    body = _body(request)
    if not str(body.get("name") or "").strip():
        raise invalid(name=("Name: is too short (minimum one character)", "BlankValue"))
    _refuse_email(state, body.get("email"))
    id_ = state.new_id("users", 128)
    stamp = iso_s(request.now)
    user = blank(int(id_), str(body["name"]), stamp) | {"email": body.get("email")} | _checked(state, body)
    _set_fields(state, user, body)
    state["users"][id_] = user
    return Answer(201, {"user": public(user)}, {"Location": f"{request.url}/{id_}.json"})


def update_user(request: Incoming, state: State) -> Answer:
    """Answer 200 with the user; an address is added beside the first one, so `email` stays."""
    user = find(state, request.params["id"])
    if not user["active"]:
        raise invalid(base=("User: is deleted", "InvalidValue"))
    body = _body(request)
    if "name" in body and not str(body["name"] or "").strip():
        raise invalid(name=("Name: is too short (minimum one character)", "BlankValue"))
    user |= _checked(state, body) | {"updated_at": iso_s(request.now)}
    _set_fields(state, user, body)
    return Answer(200, {"user": public(user)})


def delete_user(request: Incoming, state: State) -> Answer:
    """Answer 200 with the user, inactive and without an address."""
    user = find(state, request.params["id"])
    user |= {"active": False, "email": None, "updated_at": iso_s(request.now)}
    return Answer(200, {"user": public(user)})


def _body(request: Incoming) -> Record:
    body = request.fields.get("user")
    if not isinstance(body, dict):
        raise Refused(refuse(400, "BadRequest", "Parameter user is required"))
    return body


def _checked(state: State, body: Record) -> Record:
    values = {name: body[name] for name in WRITABLE if name in body}
    if values.get("role", "end-user") not in ROLES:
        raise invalid(role=(f"Role: {values['role']} is not a valid role", "InvalidValue"))
    organization = values.get("organization_id")
    if organization is not None:
        if str(organization) not in state["organizations"]:
            raise invalid(organization=(f"Organization: {organization} does not exist", "InvalidValue"))
        values["organization_id"] = int(organization)
    return values | ({"tags": list(values["tags"] or [])} if "tags" in values else {})


def _refuse_email(state: State, email: object) -> None:
    if email is None:
        return
    text = str(email)
    if "@" not in text.strip("@"):
        raise invalid(email=(f"Email: {text} is not properly formatted", "InvalidFormat"))
    if any((row["email"] or "").casefold() == text.casefold() for row in state["users"].values()):
        raise invalid(email=(f"Email: {text} is already being used by another user", "DuplicateValue"))


def _set_fields(state: State, user: Record, body: Record) -> None:
    known = {field["key"] for field in state["user_fields"].values()}
    given = body.get("user_fields") or {}
    user["user_fields"] |= {name: value for name, value in given.items() if name in known}


def blank(id_: int, name: str, stamp: str) -> Record:
    """Return a user with every key that Zendesk shows."""
    return {
        "id": id_,
        "url": f"https://demo.zendesk.com/api/v2/users/{id_}.json",
        "name": name,
        "email": None,
        "created_at": stamp,
        "updated_at": stamp,
        "time_zone": "Berlin",
        "iana_time_zone": "Europe/Berlin",
        "phone": None,
        "shared_phone_number": None,
        "photo": None,
        "locale_id": 1,
        "locale": "en-US",
        "organization_id": None,
        "role": "end-user",
        "verified": False,
        "external_id": None,
        "tags": [],
        "alias": None,
        "active": True,
        "shared": False,
        "shared_agent": False,
        "last_login_at": None,
        "signature": None,
        "details": None,
        "notes": None,
        "role_type": None,
        "custom_role_id": None,
        "moderator": False,
        "ticket_restriction": "requested",
        "only_private_comments": False,
        "restricted_agent": True,
        "suspended": False,
        "default_group_id": None,
        "report_csv": False,
        "user_fields": {},
        "_groups": [],
    }
