"""The first data of Zendesk's stand-in: agents, end users, organizations, groups, tickets and what was said on them."""

import random
from datetime import datetime, timedelta

from unified_sandbox.people import BASE, Company, Person, companies, instant, iso_s, people, sentences
from unified_sandbox.standin import Record
from unified_sandbox.zendesk import fields
from unified_sandbox.zendesk.comments import SOURCE, new_comment
from unified_sandbox.zendesk.people import blank as blank_user
from unified_sandbox.zendesk.places import blank_organization
from unified_sandbox.zendesk.tickets import PRIORITIES, STATUSES, TYPES, blank

AGENTS, CONTACTS, TICKETS, ORGANIZATIONS = 9, 262, 330, 40
FIRST_USER, FIRST_CONTACT, FIRST_ORGANIZATION, FIRST_GROUP = 46406145565073, 46407000000017, 46406146527249, 46406158244625
BIG_ID = 9007199254740993
"""Beyond 2^53: clients that compute with ids get it wrong."""
TAGS = ("billing", "delivery", "export", "invoice", "login", "renewal", "report", "urgent_customer", "緊急", "vip")

Rows = dict[str, Record]


def seed(rng: random.Random) -> dict[str, Rows]:
    """Return everything, the same for the same seed."""
    employers = companies(rng, ORGANIZATIONS)
    groups = _groups()
    organizations = _organizations(rng, employers)
    users = _agents(rng, groups) | _contacts(rng, employers, organizations)
    tickets, comments = _tickets(rng, users, groups)
    return {
        "users": users,
        "organizations": organizations,
        "groups": groups,
        "tickets": tickets,
        "comments": comments,
        "custom_statuses": fields.custom_statuses(),
        "ticket_fields": fields.ticket_fields(),
        "user_fields": fields.user_fields(),
        "organization_fields": fields.organization_fields(),
    }


def _groups() -> Rows:
    names = ("Support", "Billing", "Second line", "Nachtdienst", "Dissolved")
    rows: Rows = {}
    for n, name in enumerate(names):
        id_ = FIRST_GROUP + 128 * n
        rows[str(id_)] = {
            "url": f"https://demo.zendesk.com/api/v2/groups/{id_}.json",
            "id": id_,
            "is_public": True,
            "name": name,
            "description": "" if n % 2 else f"{name} of the demo",
            "default": n == 0,
            "deleted": name == "Dissolved",
            "created_at": fields.STAMP,
            "updated_at": fields.STAMP,
        }
    return rows


def _organizations(rng: random.Random, employers: list[Company]) -> Rows:
    rows: Rows = {}
    for n, one in enumerate(employers):
        id_ = BIG_ID if n == len(employers) - 1 else FIRST_ORGANIZATION + 128 * n
        created = instant(rng, 900, BASE - timedelta(days=100))
        rows[str(id_)] = blank_organization(id_, iso_s(created)) | {
            "name": one.name,
            "domain_names": [one.domain] if n % 5 else [],
            "details": f"{one.street}, {one.place.city}" if n % 3 == 0 else None,
            "notes": one.description if n % 4 == 1 else None,
            "tags": ["vip"] if n % 6 == 0 else [],
            "organization_fields": {"tier": rng.choice(["a", "b", "c", None]), "seats": one.employees},
            "updated_at": iso_s(created + timedelta(days=rng.randint(0, 90))),
            "deleted_at": iso_s(BASE - timedelta(days=3)) if n == 7 else None,
        }
    return rows


def _agents(rng: random.Random, groups: Rows) -> Rows:
    ids = [group["id"] for group in groups.values() if not group["deleted"]]
    rows: Rows = {}
    for n, one in enumerate(people(rng, AGENTS)):
        id_ = FIRST_USER + 128 * n
        created = instant(rng, 300, BASE - timedelta(days=600))
        member = [ids[n % len(ids)], *([ids[0]] if n % 3 == 1 else [])]
        rows[str(id_)] = blank_user(id_, one.full_name, iso_s(created)) | {
            "email": one.email,
            "role": "admin" if n < 2 else "agent",
            "role_type": 4 if n < 2 else (1 if n == AGENTS - 1 else 0),
            "verified": True,
            "suspended": n == 5,
            "default_group_id": member[0] if n != 6 else None,
            "photo": {"content_url": f"https://demo.zendesk.com/system/photos/{id_}.png"} if n % 2 else None,
            "restricted_agent": False,
            "updated_at": iso_s(created + timedelta(days=rng.randint(1, 500))),
            "_groups": member if n != 6 else [],
        }
    return rows


def _contacts(rng: random.Random, employers: list[Company], organizations: Rows) -> Rows:
    by_domain = dict(zip((one.domain for one in employers), organizations.values(), strict=True))
    rows: Rows = {}
    for n, one in enumerate(people(rng, CONTACTS, employers)):
        id_ = BIG_ID if n == CONTACTS - 1 else FIRST_CONTACT + 128 * n
        rows[str(id_)] = _contact(rng, n, id_, one, by_domain[one.company.domain])
    return rows


def _contact(rng: random.Random, n: int, id_: int, one: Person, organization: Record) -> Record:
    created = instant(rng, 700, BASE - timedelta(days=60))
    active = n % 60 != 41
    return blank_user(id_, one.full_name, iso_s(created)) | {
        "email": one.email if active and n % 31 != 7 else None,
        "phone": one.phone if n % 3 else None,
        "organization_id": None if n % 9 == 4 or organization["deleted_at"] else organization["id"],
        "details": sentences(rng, 1) if n % 5 == 0 else "",
        "notes": sentences(rng, 1) if n % 7 == 0 else None,
        "tags": rng.sample(["vip", "beta", "newsletter"], rng.choice([0, 0, 1, 2])),
        "suspended": n % 50 == 13,
        "active": active,
        "verified": n % 4 != 0,
        "user_fields": {
            "plan": rng.choice(["free", "silver", "gold", None]),
            "customer_since": iso_s(created)[:10] if n % 2 else None,
            "newsletter": n % 3 == 0,
        },
        "updated_at": iso_s(created + timedelta(days=rng.randint(0, 60), seconds=n)),
    }


def _tickets(rng: random.Random, users: Rows, groups: Rows) -> tuple[Rows, Rows]:
    tickets: Rows = {}
    comments: Rows = {}
    agents = [user for user in users.values() if user["role"] != "end-user" and not user["suspended"]]
    asking = [user for user in users.values() if user["role"] == "end-user" and user["active"]]
    live_groups = [group for group in groups.values() if not group["deleted"]]
    for number in range(1, TICKETS + 1):
        ticket = _ticket(rng, number, rng.choice(asking), agents, live_groups)
        tickets[str(number)] = ticket
        comments |= _said(rng, ticket, len(comments))
    return tickets, comments


def _ticket(rng: random.Random, number: int, requester: Record, agents: list[Record], groups: list[Record]) -> Record:
    created = instant(rng, 300, BASE - timedelta(days=20)).replace(microsecond=0)
    updated = created + timedelta(minutes=rng.randint(5, 20 * 1440))
    status = "deleted" if number % 45 == 17 else rng.choices(STATUSES, [10, 25, 15, 8, 27, 15])[0]
    kind = rng.choice([None, *TYPES])
    settled = status in {"solved", "closed"}
    reply = None if status == "new" else rng.randint(3, 2_000)
    statuses = [one["id"] for one in fields.custom_statuses().values() if one["status_category"] == status and one["active"]]
    text = sentences(rng, 2)
    return blank(number) | {
        "via": {"channel": rng.choice(["email", "web", "chat", "api"]), "source": SOURCE},
        "created_at": iso_s(created),
        "updated_at": iso_s(updated),
        # Zendesk's own work (archiving, for one) moves this stamp and leaves updated_at alone.
        "generated_timestamp": int(updated.timestamp()) + (86_400 if number % 20 == 0 else 0),
        "type": kind,
        "subject": text.split(".")[0][:80] if number % 37 else None,
        "raw_subject": text.split(".")[0][:80] if number % 37 else None,
        "description": f"{text}\n\n{requester['name']}",
        "priority": rng.choice([None, *PRIORITIES]),
        "status": status,
        "custom_status_id": rng.choice(statuses) if statuses else None,
        "requester_id": requester["id"],
        "submitter_id": requester["id"] if number % 4 else agents[0]["id"],
        "assignee_id": rng.choice(agents)["id"] if status != "new" else None,
        "group_id": rng.choice(groups)["id"] if number % 11 else None,
        "organization_id": requester["organization_id"],
        "problem_id": 1 if kind == "incident" and number % 3 == 0 and number > 1 else None,
        "is_public": number % 23 != 0,
        "due_at": iso_s(_noon(updated + timedelta(days=9))) if kind == "task" else None,
        "tags": sorted(rng.sample(TAGS, rng.choice([0, 1, 1, 2, 3]))),
        "custom_fields": _custom(rng, number),
        "fields": [],
        "_archived": status == "closed" and updated < BASE - timedelta(days=120),
        "_metric_set": {
            "solved_at": iso_s(updated) if settled else None,
            "reply_time_in_minutes": {"calendar": reply, "business": reply},
        },
    }


def _noon(moment: datetime) -> datetime:
    return moment.replace(hour=12, minute=0, second=0)


def _custom(rng: random.Random, number: int) -> list[Record]:
    return [
        {"id": fields.URGENCY, "value": rng.choice(["can_wait", "this_week", "today", None])},
        {"id": fields.SERIAL, "value": f"SN-{number:05d}" if number % 3 else None},
        {"id": fields.AFFECTED, "value": rng.choice([1, 12, None])},
        {"id": fields.RENEWED, "value": number % 5 == 0},
    ]


def _said(rng: random.Random, ticket: Record, before: int) -> Rows:
    """Return the comments of a ticket: the description, then replies and notes in turn; the first ticket has many."""
    first = datetime.fromisoformat(ticket["created_at"])
    authors = [ticket["requester_id"], ticket["assignee_id"] or -1]
    count = 7 if ticket["id"] == 1 else rng.choice([1, 1, 2, 3])
    rows: Rows = {}
    for n in range(count):
        id_ = 46408000000001 + 2 * (before + n) if ticket["id"] != TICKETS else BIG_ID + 2 * n
        text = ticket["description"] if n == 0 else sentences(rng, 1)
        stamp = iso_s(first + timedelta(minutes=3 * n))
        files = [_file(id_, n)] if (ticket["id"] + n) % 4 == 1 else []
        rows[str(id_)] = new_comment(id_, ticket["id"], authors[n % 2], text, stamp, public=n % 3 != 1, attachments=files)
    return rows


def _file(comment_id: int, n: int) -> Record:
    id_ = comment_id + 500_000_000
    name, kind = (("写真.png", "image/png"), ("report.pdf", "application/pdf"))[n % 2]
    return {
        "url": f"https://demo.zendesk.com/api/v2/attachments/{id_}.json",
        "id": id_,
        "file_name": name,
        "content_url": f"https://demo.zendesk.com/attachments/token/{id_}/?name={name}",
        "mapped_content_url": f"https://demo.zendesk.com/attachments/token/{id_}/?name={name}",
        "content_type": kind,
        "size": 1_024 + n,
        "width": None,
        "height": None,
        "inline": n > 0,
        "deleted": False,
        "malware_access_override": False,
        "malware_scan_result": "malware_not_found",
        "thumbnails": [],
    }
