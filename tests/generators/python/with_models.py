"""A small application with the msgspec models that datamodel-code-generator makes, over plain HTTP."""

import os
import time
from typing import TypeVar

import httpx
import msgspec
from unified_models import (
    AccountPage,
    AccountStatus,
    BasicCredentials,
    CrmContact,
    CrmContactCreate,
    CrmContactPage,
    CrmContactUpdate,
    CrmEmailAddress,
    CrmEmailAddressType,
    ErrorCode,
    NewAccount,
    Problem,
    Scope,
    ScopeMethod,
)

Answer = TypeVar("Answer")
HTTP = httpx.Client(
    base_url=os.environ["UNIFIED_BASE_URL"],
    headers={"Authorization": f"Bearer {os.environ['UNIFIED_KEY']}", "Content-Type": "application/json"},
    params={"account_id": os.environ["UNIFIED_ACCOUNT"]},
)
PLAIN = httpx.Client(base_url=HTTP.base_url, headers=HTTP.headers)


def read(answer: httpx.Response, kind: type[Answer]) -> Answer:
    """Return the body of a success."""
    assert answer.is_success, answer.text
    return msgspec.json.decode(answer.content, type=kind)


accounts = read(PLAIN.get("/accounts"), AccountPage)
assert {one.status for one in accounts.data} == {AccountStatus.active}

first = read(HTTP.get("/crm/contacts", params={"limit": 2}), CrmContactPage)
assert first.next_cursor
second = read(HTTP.get("/crm/contacts", params={"limit": 2, "cursor": first.next_cursor}), CrmContactPage)
found = [*first.data, *second.data]
assert len({one.id for one in found}) == 4

email = f"ada.{time.time_ns()}@example.com"
body = CrmContactCreate(first_name="Ada", emails=[CrmEmailAddress(email=email, type=CrmEmailAddressType.work)])
made = read(HTTP.post("/crm/contacts", content=msgspec.json.encode(body)), CrmContact)

update = msgspec.json.encode(CrmContactUpdate(title="Analyst"))
assert update == b'{"title":"Analyst"}', "nothing but what was set is sent"
assert msgspec.json.encode(CrmContactUpdate(emails=None)) == b'{"emails":null}', "null is sent where it was set"
read(HTTP.patch(f"/crm/contacts/{made.id}", content=update), CrmContact)

(record,) = read(HTTP.get("/crm/contacts", params={"filter[email]": email}), CrmContactPage).data
assert record.title == "Analyst"
assert record.emails
assert record.emails[0].email == email, "the address that the update left alone"
assert isinstance(record.custom_fields, dict)

owned = next(one for one in found if one.owner_id)
whole = read(HTTP.get(f"/crm/contacts/{owned.id}", params={"expand": "owner"}), CrmContact)
assert whole.owner
assert whole.owner.id == owned.owner_id
narrow = read(HTTP.get("/crm/contacts", params={"limit": 1, "fields": "emails"}), CrmContactPage)
assert narrow.data[0].first_name is msgspec.UNSET

HTTP.delete(f"/crm/contacts/{made.id}")
gone = msgspec.json.decode(HTTP.get("/crm/contacts/0").content, type=Problem)
assert gone.code is ErrorCode.not_found

scope = Scope(methods=[ScopeMethod.read])
assert msgspec.json.encode(scope) == b'{"methods":["read"]}'
account = NewAccount(provider="hubspot", name="x", credentials=BasicCredentials(username="u", password="p"))
refused = msgspec.json.decode(PLAIN.post("/accounts", content=msgspec.json.encode(account)).content, type=Problem)
assert refused.code is ErrorCode.validation_failed
HTTP.close()
PLAIN.close()
print(f"datamodel-code-generator: {len(found)} contacts, one made, changed, found and deleted")
