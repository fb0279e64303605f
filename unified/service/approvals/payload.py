"""What an approval is bound to, in one document: its digest is what an approver agrees to, its sealed text what is kept."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from unified.errors import ValidationFailed
from unified.models import Model, method_class
from unified.service.access.scopes import Scopes
from unified.service.audit.events import canonical, canonical_body
from unified.service.records.call import Call
from unified.service.records.writing import Write
from unified.service.runtime.sealing import open_text, seal_text
from unified.service.runtime.services import Services
from unified.store.approvals import ApprovalRow, get_payload
from unified.store.sealed import PAYLOAD
from unified.vault.errors import VaultError


class ApprovalPayload(msgspec.Struct, frozen=True, kw_only=True):
    """A write with everything that must still hold when it is executed."""

    tenant: str
    account: str
    tool: str | None
    method: str
    model: str
    record_id: str | None
    path: dict[str, str]
    body: dict[str, Any]
    mapping: str
    scope: str
    settings: str
    """A digest of the account's settings, which URLs and expressions read."""
    at: int
    """Milliseconds since 1970 when it was asked for: the time that the mapping's expressions see, whenever it is sent."""

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"Document({self.method!r}, {self.model!r})"

    @property
    def write(self) -> Write:
        """The write itself."""
        return Write(method=self.method, record_id=self.record_id, body=self.body, path=self.path)


def payload_of(call: Call, write: Write, tool: str | None, at: datetime) -> ApprovalPayload:
    """The document of a write asked for at this time; numbers are spelt in one way, so that equal ones are equal."""
    return ApprovalPayload(
        tenant=call.account.tenant_id,
        account=call.account.id,
        tool=tool,
        method=write.method,
        model=call.mapping.model.id,
        record_id=write.record_id,
        path=write.path,
        body=normalized(write.body),
        mapping=call.mapping.digest,
        scope=scope_digest(call.principal.scopes),
        settings=settings_digest(call.account.settings),
        at=int(at.timestamp() * 1000),
    )


def normalized(body: dict[str, Any]) -> dict[str, Any]:
    """A body as it is digested, kept and sent: keys in order, numbers spelt in one way, none of them out of reach."""
    found = canonical_body(canonical(body)).get("json")
    if not isinstance(found, dict):
        raise ValidationFailed("body: expected an object whose numbers are not out of reach")
    return found


def plan_digest_of(services: Services, tenant_id: str, plan: Any) -> str:
    """`sha256:…` of requests and of what they would change; keyed, so that nobody can guess a value from it."""
    return _keyed(services, plan, "approvals", "plan", tenant_id)


def digest_of(services: Services, document: ApprovalPayload, plan_digest: str) -> str:
    """`sha256:…` of a write and its plan, equal for equal ones, whatever their order of keys and spelling of numbers.

    Keyed, as digests of the audit trail are: nobody can guess a short write from the digest that outlives it.
    """
    return _keyed(services, (document, plan_digest), "approvals", document.tenant)


def _keyed(services: Services, value: Any, *context: str) -> str:
    return f"sha256:{services.vault.digest(canonical(value), context=context).rpartition(':')[2]}"


def settings_digest(settings: dict[str, str]) -> str:
    """Changes with anything that an account's settings say."""
    return hashlib.sha256(canonical(settings)).hexdigest()


def scope_digest(scopes: Scopes) -> str:
    """Changes with anything that the scopes of a requester say."""
    return hashlib.sha256(canonical(scopes)).hexdigest()


def seal_payload(services: Services, approval_id: str, document: ApprovalPayload) -> str:
    """The document as it is kept: it opens in its own row only."""
    return seal_text(services.vault, PAYLOAD, document.tenant, approval_id, canonical(document))


async def open_payload(services: Services, row: ApprovalRow) -> ApprovalPayload | None:
    """The document of a write that waits; None when it waits no more, does not open, or the row says something else."""
    sealed = await get_payload(services.database, row.tenant_id, row.id)
    if sealed is None:
        return None
    try:
        opened = open_text(services.vault, PAYLOAD, row.tenant_id, row.id, sealed)
        document = msgspec.json.decode(opened, type=ApprovalPayload)
    except (VaultError, msgspec.MsgspecError):
        return None
    return document if _is_of(document, row) else None


def _is_of(document: ApprovalPayload, row: ApprovalRow) -> bool:
    """Whether the columns by which a write is found and shown are those that were sealed with it."""
    said = (row.account_id, row.tool, row.method, row.model, row.mapping_digest, row.scope_digest)
    return said == (document.account, document.tool, document.method, document.model, document.mapping, document.scope)


MAX_NAMED_FIELDS = 12
"""Fields that are named; more are counted only."""


def summarize(model: Model, write: Write, account_name: str) -> str:
    """`Update a ticket in Acme Jira: status, priority (2 fields)`.

    Only names of the model's fields are told: what else a body is keyed by comes from the caller, and may be anybody's data.
    """
    done = f"{write.method.replace('_', ' ').capitalize()} {_article(model.singular)} in {account_name}"
    if not write.body or method_class(write.method) == "custom":
        return done if not write.body else f"{done} ({_counted(len(write.body))})"
    known = [field.name for field in model.fields if field.name in write.body]
    named = known[:MAX_NAMED_FIELDS] + (["remote_fields"] if "remote_fields" in write.body else [])
    return f"{done}: {', '.join(named)} ({_counted(len(write.body))})"


def _article(singular: str) -> str:
    words = singular.replace("_", " ")
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _counted(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"
