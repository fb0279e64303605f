"""Routes of connect links, for the tenant's programs; the page that a link opens is no part of the API."""

from litestar import Response, delete, get, post
from litestar.params import JSONBody

from unified.api.answers.responses import NO_STORE, created
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import PrincipalDependency, ServicesDependency
from unified.api.requests.path_parameters import PathId
from unified.api.views.connect import LinkCreated, LinkView, link_created, link_view
from unified.service import connect
from unified.service.connect import NewLink


@post("/connect", opt=requires("connect", problems=("409",)), tags=["management"], response_headers=NO_STORE)
async def create_connect_link(
    services: ServicesDependency, principal: PrincipalDependency, data: JSONBody[NewLink]
) -> Response[LinkCreated]:
    """Create a link by which an end user connects an account."""
    row, url = await connect.create_link(services, principal, data)
    return created(link_created(row, url), f"/connect/{row.id}")


@get("/connect/{id:str}", opt=requires("connect", strict_query=True), tags=["management"], response_headers=NO_STORE)
async def get_connect_link(services: ServicesDependency, principal: PrincipalDependency, link_id: PathId) -> LinkView:
    """Get the status of a connect link; without an API key the address is the page of the link."""
    return link_view(await connect.link_status(services, principal, link_id))


@delete("/connect/{id:str}", opt=requires("connect", problems=("409",)), tags=["management"], response_headers=NO_STORE)
async def withdraw_connect_link(services: ServicesDependency, principal: PrincipalDependency, link_id: PathId) -> None:
    """Withdraw a connect link that was not used; whoever opens it afterwards learns it."""
    await connect.withdraw_link(services, principal, link_id)
