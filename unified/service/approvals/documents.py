"""What an approval is bound to, in one document: its digest is what an approver agrees to, its sealed text what is kept."""

import hashlib
from typing import Any

import msgspec

from unified.errors import ValidationFailed
from unified.service.audit import canonical, canonical_body
from unified.service.calls import Call
from unified.service.scopes import Scopes
from unified.service.sealing import open_text, seal_text
from unified.service.services import Services
from unified.service.writes import Write
from unified.store.approvals import ApprovalRow, get_payload
from unified.store.sealed import PAYLOAD
from unified.vault.errors import VaultError


class Document(msgspec.Struct, frozen=True, kw_only=True):
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

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"Document({self.method!r}, {self.model!r})"

    @property
    def write(self) -> Write:
        """The write itself."""
        return Write(method=self.method, record_id=self.record_id, body=self.body, path=self.path)


def document_of(call: Call, write: Write, tool: str | None) -> Document:
    """The document of a write that a caller asks for; numbers are spelt in one way, so that equal ones are equal."""
    return Document(
        tenant=call.account.tenant_id,
        account=call.account.id,
        tool=tool,
        method=write.method,
        model=call.mapping.model.id,
        record_id=write.record_id,
        path=write.path,
        body=settled(write.body),
        mapping=call.mapping.digest,
        scope=scope_digest(call.principal.scopes),
    )


def settled(body: dict[str, Any]) -> dict[str, Any]:
    """A body whose numbers are spelt as they are digested, kept and sent; ValidationFailed for one out of reach."""
    found = canonical_body(msgspec.json.encode(body)).get("json")
    if not isinstance(found, dict):
        raise ValidationFailed("body: expected an object whose numbers are not out of reach")
    return found


def digest_of(services: Services, document: Document) -> str:
    """`sha256:…`, equal for equal documents, whatever their order of keys and spelling of numbers.

    Keyed, as digests of the audit trail are: nobody can guess a short write from the digest that outlives it.
    """
    keyed = services.vault.digest(canonical(document), context=("approvals", document.tenant))
    return f"sha256:{keyed.rpartition(':')[2]}"


def scope_digest(scopes: Scopes) -> str:
    """Changes with anything that the scopes of a requester say."""
    return hashlib.sha256(canonical(scopes)).hexdigest()


def seal_document(services: Services, approval_id: str, document: Document) -> str:
    """The document as it is kept: it opens in its own row only."""
    return seal_text(services.vault, PAYLOAD, document.tenant, approval_id, canonical(document))


async def open_document(services: Services, row: ApprovalRow) -> Document | None:
    """The document of a write that waits; None when it waits no more, does not open, or the row says something else."""
    sealed = await get_payload(services.database, row.tenant_id, row.id)
    if sealed is None:
        return None
    try:
        opened = open_text(services.vault, PAYLOAD, row.tenant_id, row.id, sealed)
        document = msgspec.json.decode(opened, type=Document)
    except (VaultError, msgspec.MsgspecError):
        return None
    return document if _is_of(document, row) else None


def _is_of(document: Document, row: ApprovalRow) -> bool:
    """Whether the columns by which a write is found and shown are those that were sealed with it."""
    said = (row.account_id, row.tool, row.method, row.model, row.mapping_digest, row.scope_digest)
    return said == (document.account, document.tool, document.method, document.model, document.mapping, document.scope)
