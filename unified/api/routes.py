"""Every handler of the API. A route that is not here does not exist; the pages and the MCP endpoint have separate lists.

Each handler declares who may reach it (`unified.api.requests.declarations`); `docs/reference/permissions.md` shows all of them.
"""

from litestar.types import ControllerRouterHandler

from unified.api.controllers.accounts import AccountController
from unified.api.controllers.api_keys import ApiKeyController
from unified.api.controllers.approvals import ApprovalController, get_approval
from unified.api.controllers.audit import list_audit
from unified.api.controllers.catalog import CatalogController
from unified.api.controllers.connect import create_connect_link, get_connect_link, withdraw_connect_link
from unified.api.controllers.docs import DocsController
from unified.api.controllers.health import health, metrics, ready
from unified.api.controllers.mcp_servers import McpServerController
from unified.api.controllers.oauth_apps import OAuthAppController
from unified.api.controllers.pass_through import proxy
from unified.api.controllers.resources import ResourceController
from unified.api.controllers.tenant import TenantController
from unified.api.controllers.tools import call_tool, list_tools
from unified.api.controllers.usage import KeyUsageController, ServerUsageController
from unified.api.controllers.webhooks import WebhookController
from unified.api.models.model_router import ModelController

ROUTES: tuple[ControllerRouterHandler, ...] = (
    health,
    ready,
    metrics,
    DocsController,
    CatalogController,
    ApiKeyController,
    AccountController,
    ResourceController,
    create_connect_link,
    get_connect_link,
    withdraw_connect_link,
    OAuthAppController,
    TenantController,
    WebhookController,
    McpServerController,
    ServerUsageController,
    KeyUsageController,
    list_tools,
    call_tool,
    ApprovalController,
    get_approval,
    list_audit,
    proxy,
    ModelController,
)
