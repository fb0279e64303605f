"""A small application with the client that openapi-python-client generates."""

import os
import time
import uuid

from unified_generated.api.crm import (
    create_crm_contact,
    delete_crm_contact,
    get_crm_contact,
    list_crm_contacts,
    update_crm_contact,
)
from unified_generated.api.management import list_accounts
from unified_generated.client import AuthenticatedClient
from unified_generated.models.account_page import AccountPage
from unified_generated.models.crm_contact import CrmContact
from unified_generated.models.crm_contact_create import CrmContactCreate
from unified_generated.models.crm_contact_page import CrmContactPage
from unified_generated.models.crm_contact_update import CrmContactUpdate
from unified_generated.models.crm_email_address import CrmEmailAddress
from unified_generated.models.crm_user_related import CrmUserRelated
from unified_generated.models.problem import Problem

ACCOUNT = os.environ["UNIFIED_ACCOUNT"]
CLIENT = AuthenticatedClient(base_url=os.environ["UNIFIED_BASE_URL"], token=os.environ["UNIFIED_KEY"])


def contacts(cursor: str | None = None) -> CrmContactPage:
    """Return a page of contacts."""
    if cursor is None:
        page = list_crm_contacts.sync(client=CLIENT, account_id=ACCOUNT, limit=2)
    else:
        page = list_crm_contacts.sync(client=CLIENT, account_id=ACCOUNT, limit=2, cursor=cursor)
    assert isinstance(page, CrmContactPage), page
    return page


accounts = list_accounts.sync(client=CLIENT)
assert isinstance(accounts, AccountPage), accounts
assert {one.status for one in accounts.data} == {"active"}

first = contacts()
found = [*first.data, *contacts(first.next_cursor).data]
assert len({one.id for one in found}) == 4

email = f"ada.{time.time_ns()}@example.com"
body = CrmContactCreate(first_name="Ada", emails=[CrmEmailAddress(email=email, type_="work")])
made = create_crm_contact.sync(client=CLIENT, account_id=ACCOUNT, body=body, idempotency_key=str(uuid.uuid4()))
assert isinstance(made, CrmContact), made

update = CrmContactUpdate(title="Analyst")
assert update.to_dict() == {"title": "Analyst"}, "nothing but what was set is sent"
changed = update_crm_contact.sync(made.id, client=CLIENT, account_id=ACCOUNT, body=update)
assert isinstance(changed, CrmContact), changed

filtered = list_crm_contacts.sync(client=CLIENT, account_id=ACCOUNT, filteremail=email, include_raw=True)
assert isinstance(filtered, CrmContactPage), filtered
(record,) = filtered.data
assert record.title == "Analyst"
assert record.emails
assert record.emails[0].email == email, "the address that the update left alone"

owned = next(one for one in found if one.owner_id)
whole = get_crm_contact.sync(owned.id, client=CLIENT, account_id=ACCOUNT, expand="owner")
assert isinstance(whole, CrmContact), whole
assert isinstance(whole.owner, CrmUserRelated), whole.owner
assert whole.owner.id == owned.owner_id

delete_crm_contact.sync_detailed(made.id, client=CLIENT, account_id=ACCOUNT)
gone = get_crm_contact.sync("0", client=CLIENT, account_id=ACCOUNT)
assert isinstance(gone, Problem), gone
assert gone.code == "not_found"
CLIENT.get_httpx_client().close()
print(f"openapi-python-client: {len(found)} contacts, one made, changed, found and deleted")
