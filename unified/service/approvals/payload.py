"""Everything that an approval is bound to, in one struct: an approver agrees to its digest, and its sealed text is stored."""

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from unified.errors.requests import ValidationFailed
from unified.models import UPSERT, Model, method_class
from unified.service.access.scope.scopes import Consent, Scopes
from unified.service.audit.events import canonical, canonical_body
from unified.service.records.calls.call import Call
from unified.service.records.writing.write import Write
from unified.service.runtime.sealing import open_text, seal_text
from unified.service.runtime.services import Services
from unified.store.approvals import ApprovalRow, get_payload
from unified.store.integrity.sealed import PAYLOAD
from unified.vault.errors import VaultError

MAX_NAMED_FIELDS = 12
"""Fields that a summary names; more are only counted."""


class ApprovalPayload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
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
    """A digest of the account's settings, which URLs and expressions use."""
    at: int
    """When it was requested, in milliseconds since 1970: the time that the mapping's expressions see, whenever it is sent."""
    version: str | None = None
    """The version of the record that the change is meant for."""
    by: str | None = None
    """Of an upsert: the external key by which the provider finds the record."""

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"ApprovalPayload({self.method!r}, {self.model!r})"

    @property
    def write(self) -> Write:
        """The write itself."""
        return Write(
            method=self.method, record_id=self.record_id, by=self.by, body=self.body, path=self.path, version=self.version
        )


def payload_of(call: Call, write: Write, tool: str | None, at: datetime) -> ApprovalPayload:
    """Return the payload of a write requested at this time; numbers are spelt in one way, so that equal writes are equal."""
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
        version=write.version,
        by=write.by,
    )


def normalized(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body as it is digested, stored and sent: keys in order, and numbers spelt in one way.

    Raises:
        ValidationFailed: it is not an object, or has a number that cannot be represented.
    """
    value = canonical_body(canonical(body)).get("json")
    if not isinstance(value, dict):
        raise ValidationFailed("body: expected an object without numbers that are out of range")
    return value


def plan_digest_of(services: Services, tenant_id: str, plan: Any) -> str:
    """Return `sha256:…` of requests and their changes; keyed, so that no value can be guessed from it."""
    return _keyed(services, plan, "approvals", "plan", tenant_id)


def digest_of(services: Services, payload: ApprovalPayload, plan_digest: str) -> str:
    """Return `sha256:…` of a write and its plan; the order of keys and the spelling of numbers do not matter.

    It is keyed, as digests of the audit are: a short write cannot be guessed from the digest, which outlives it.
    """
    return _keyed(services, (payload, plan_digest), "approvals", payload.tenant)


def _keyed(services: Services, value: Any, *context: str) -> str:
    """Return a digest that a rotation of the master keys does not change: a write may be shown before it and approved after."""
    return f"sha256:{services.digest.of_content(canonical(value), *context)}"


def settings_digest(settings: dict[str, str]) -> str:
    """Return a digest that changes with any of an account's settings."""
    return hashlib.sha256(canonical(settings)).hexdigest()


def scope_digest(scopes: Scopes) -> str:
    """Return a digest that changes with anything in a requester's scopes; a consent changes only with `connections`."""
    return hashlib.sha256(canonical([one for one in scopes if not isinstance(one, Consent)])).hexdigest()


def seal_payload(services: Services, approval_id: str, payload: ApprovalPayload) -> str:
    """Return the payload as it is stored: it opens in its own row only."""
    return seal_text(services.vault, PAYLOAD, payload.tenant, approval_id, canonical(payload))


async def read_payload(services: Services, row: ApprovalRow) -> ApprovalPayload | None:
    """Return the payload of a pending write; None as `open_payload` says."""
    return open_payload(services, row, await get_payload(services.database, row.tenant_id, row.id))


def open_payload(services: Services, row: ApprovalRow, sealed: str | None) -> ApprovalPayload | None:
    """Open the payload that was read of a row; None if it is not pending, does not open, or does not match its row."""
    if sealed is None:
        return None
    try:
        opened = open_text(services.vault, PAYLOAD, row.tenant_id, row.id, sealed)
        payload = msgspec.json.decode(opened, type=ApprovalPayload)
    except (VaultError, msgspec.MsgspecError):
        return None
    return payload if _is_of(payload, row) else None


def _is_of(payload: ApprovalPayload, row: ApprovalRow) -> bool:
    """Return whether the columns by which a write is found and shown are those that were sealed with it."""
    columns = (row.account_id, row.tool, row.method, row.model, row.mapping_digest, row.scope_digest)
    return columns == (payload.account, payload.tool, payload.method, payload.model, payload.mapping, payload.scope)


def summarize(model: Model, write: Write, account_name: str) -> str:
    """Return a text such as `Update a ticket in Acme Jira: status, priority (2 fields)`.

    It names fields of the model only: other keys of a body come from the caller, and may be personal data.
    """
    act = "Create or update" if write.method == UPSERT else write.method.replace("_", " ").capitalize()
    text = f"{act} {_article(model.singular)} in {account_name}"
    if not write.body or method_class(write.method) == "custom":
        return text if not write.body else f"{text} ({_counted(len(write.body))})"
    known = [field.name for field in model.fields if field.name in write.body]
    named = known[:MAX_NAMED_FIELDS] + (["remote_fields"] if "remote_fields" in write.body else [])
    return f"{text}: {', '.join(named)} ({_counted(len(write.body))})"


def _article(singular: str) -> str:
    words = singular.replace("_", " ")
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _counted(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"
