"""Routes of approvals: writes that wait for a person's decision."""

from litestar import Controller, get, post
from litestar.params import FromQuery, JSONBody

from unified.api.answers.responses import NO_STORE
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import PositionDependency, PrincipalDependency, ServicesDependency
from unified.api.requests.path_parameters import PathId
from unified.api.views.approvals import ApprovalView, approval_view
from unified.api.views.lists import ListView, page_view
from unified.service import approvals
from unified.service.approvals import Approve, Decline
from unified.store.approvals import ApprovalStatus

NO_REASON = Decline()


@get("/approvals/{id:str}", opt=requires("key"), tags=["management"], response_headers=NO_STORE)
async def get_approval(services: ServicesDependency, principal: PrincipalDependency, approval_id: PathId) -> ApprovalView:
    """Get one approval.

    While it waits, it has the records that it is about, and for those who may decide also the requests and the difference.
    """
    return approval_view(*await approvals.approval_with_details(services, principal, approval_id))


class ApprovalController(Controller):
    """Approvals that the caller asked for or may decide."""

    path = "/approvals"
    tags = ("management",)
    response_headers = NO_STORE

    @get(opt=requires("key"))
    async def list_approvals(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        position: PositionDependency,
        status: FromQuery[ApprovalStatus | None] = None,
    ) -> ListView[ApprovalView]:
        """List writes that wait for a decision, and the outcomes of others."""
        page = await approvals.list_approvals(services, principal, status=status, limit=position.limit, cursor=position.cursor)
        return page_view(page, approval_view)

    @post("/{id:str}/approve", opt=requires("approvals", asks_provider=True, problems=("409", "410", "412")), status_code=200)
    async def approve_write(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        approval_id: PathId,
        data: JSONBody[Approve],
    ) -> ApprovalView:
        """Approve a write and execute it, once."""
        approval = await approvals.decidable_approval(services, principal, approval_id)
        return approval_view(await approvals.approve(services, approval, data))

    @post("/{id:str}/decline", opt=requires("approvals", problems=("409",)), status_code=200)
    async def decline_write(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        approval_id: PathId,
        data: JSONBody[Decline] = NO_REASON,
    ) -> ApprovalView:
        """Decline a write; its values are erased."""
        approval = await approvals.decidable_approval(services, principal, approval_id)
        return approval_view(await approvals.decline(services, approval, data))
