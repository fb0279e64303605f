"""Every handler of the API. A route that is not here does not exist; the pages and the MCP endpoint have lists of their own.

Each handler declares who may reach it (`unified.api.declarations`); `docs/reference/permissions.md` shows all of them.
"""

from litestar.types import ControllerRouterHandler

from unified.api.accounts import AccountController
from unified.api.api_keys import ApiKeyController
from unified.api.approvals import ApprovalController, get_approval
from unified.api.audit import list_audit
from unified.api.catalog import CatalogController
from unified.api.connect import create_connect_link, get_connect_link
from unified.api.docs import DocsController
from unified.api.health import health, metrics, ready
from unified.api.mcp_servers import McpServerController
from unified.api.model_router import ModelController
from unified.api.oauth_apps import OAuthAppController
from unified.api.pass_through import proxy
from unified.api.resources import ResourceController
from unified.api.tenant import TenantController
from unified.api.tools import call_tool, list_tools
from unified.api.webhooks import WebhookController

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
    OAuthAppController,
    TenantController,
    WebhookController,
    McpServerController,
    list_tools,
    call_tool,
    ApprovalController,
    get_approval,
    list_audit,
    proxy,
    ModelController,
)
