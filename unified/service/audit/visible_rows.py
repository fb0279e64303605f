"""Which rows of the audit trail a caller may see."""

import msgspec

from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import named_accounts
from unified.store.audit import AuditFilter


def seen_by(principal: Principal, wanted: AuditFilter) -> AuditFilter:
    """Return the filter within what a caller may see: one limited to accounts sees their rows, and the rows of its key."""
    accounts = named_accounts(principal.scopes)
    return wanted if accounts is None else msgspec.structs.replace(wanted, accounts=accounts, actors=(principal.key_id,))
