"""A first program with the Python client: a list, the life of a record, and an error by its class."""

import os

from unified_client import Client, errors

hubspot = Client(os.environ["UNIFIED_URL"], os.environ["UNIFIED_KEY"]).account(os.environ["HUBSPOT"])

for contact in hubspot.crm.contacts.list(filter={"last_name": "Meyer"}, fields=["name", "emails"]):
    print(contact.name, contact.emails[0].email)
    break

made = hubspot.crm.contacts.create(first_name="Ada", emails=[{"email": "ada@engines.example"}])
hubspot.crm.contacts.update(made.id, title="Countess")
hubspot.crm.contacts.delete(made.id)
try:
    hubspot.crm.contacts.get(made.id)
except errors.NotFound as error:
    print(error.code, error.retryable)
