"""What follows when the service changes an account's status by itself, such as after a grant was refused."""

from unified.service.audit import note_own_change
from unified.service.services import Services
from unified.service.voids import ACCOUNT_INACTIVE, void_for_account
from unified.store.accounts import AccountRow


async def follow(services: Services, row: AccountRow) -> None:
    """A row in the trail; what waits for an account that works no more becomes void. The event went with the change itself."""
    note_own_change(services, row)
    if row.status != "active":
        await void_for_account(services, row.tenant_id, row.id, ACCOUNT_INACTIVE)
