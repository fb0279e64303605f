"""Routes of an account's chosen resources: which of its projects, companies, groups … may be seen."""

from litestar import Controller, get, put
from litestar.params import JSONBody

from unified.api.answers.responses import NO_STORE
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import PrincipalDependency, ServicesDependency
from unified.api.requests.path_parameters import PathId
from unified.service import chosen_resources
from unified.service.chosen_resources import ChosenByModel


class ResourceController(Controller):
    """The resources chosen for an account."""

    path = "/accounts/{id:str}/resources"
    tags = ("management",)
    response_headers = NO_STORE

    @get(opt=requires("call", "account"))
    async def get_resources(
        self, services: ServicesDependency, principal: PrincipalDependency, account_id: PathId
    ) -> ChosenByModel:
        """Get the resources chosen for an account; {} for all."""
        return await chosen_resources.read_resources(services, principal.tenant_id, account_id, principal.scopes)

    @put(opt=requires("accounts", "account", problems=("409",)))
    async def set_resources(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        account_id: PathId,
        data: JSONBody[ChosenByModel],
    ) -> ChosenByModel:
        """Choose what of an account may be seen."""
        row = await chosen_resources.set_resources(services, principal.tenant_id, account_id, data, caller=principal)
        return chosen_resources.shown_resources(row, principal.scopes)
