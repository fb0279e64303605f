"""Routes of webhooks and their deliveries."""

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import JSONBody

from unified.api.answers.responses import NO_STORE, created
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import PositionDependency, PrincipalDependency, ServicesDependency
from unified.api.requests.path_parameters import PathId
from unified.api.views.lists import ListView, page_view
from unified.api.views.webhooks import (
    DeliveryView,
    WebhookCreated,
    WebhookView,
    delivery_view,
    webhook_created,
    webhook_view,
)
from unified.service.webhooks import endpoints
from unified.service.webhooks.endpoints import NewWebhook, WebhookPatch


class WebhookController(Controller):
    """Webhooks of the tenant."""

    path = "/webhooks"
    tags = ("management",)
    response_headers = NO_STORE
    opt = requires("webhooks", "tenant")

    @get()
    async def list_webhooks(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        position: PositionDependency,
    ) -> ListView[WebhookView]:
        """List webhooks."""
        page = await endpoints.list_webhooks(services, principal.tenant_id, limit=position.limit, cursor=position.cursor)
        return page_view(page, webhook_view)

    @post(opt=requires("webhooks", "tenant", problems=("409",)))
    async def create_webhook(
        self, services: ServicesDependency, principal: PrincipalDependency, data: JSONBody[NewWebhook]
    ) -> Response[WebhookCreated]:
        """Create a webhook; its signing secret is shown once."""
        row, secret = await endpoints.create_webhook(services, principal.tenant_id, data)
        return created(webhook_created(row, secret), f"/webhooks/{row.id}")

    @get("/{id:str}")
    async def get_webhook(
        self, services: ServicesDependency, principal: PrincipalDependency, webhook_id: PathId
    ) -> WebhookView:
        """Get one webhook, its secret masked."""
        return webhook_view(await endpoints.get_webhook(services, principal.tenant_id, webhook_id))

    @patch("/{id:str}")
    async def update_webhook(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        webhook_id: PathId,
        data: JSONBody[WebhookPatch],
    ) -> WebhookView:
        """Change a webhook, disable it or activate it again."""
        return webhook_view(await endpoints.update_webhook(services, principal.tenant_id, webhook_id, data))

    @delete("/{id:str}")
    async def delete_webhook(self, services: ServicesDependency, principal: PrincipalDependency, webhook_id: PathId) -> None:
        """Delete a webhook with its deliveries."""
        await endpoints.delete_webhook(services, principal.tenant_id, webhook_id)

    @post("/{id:str}/rotate", status_code=200)
    async def rotate_webhook(
        self, services: ServicesDependency, principal: PrincipalDependency, webhook_id: PathId
    ) -> WebhookCreated:
        """Replace the signing secret; the previous one also signs for 24 hours."""
        row, secret = await endpoints.rotate_secret(services, principal.tenant_id, webhook_id)
        return webhook_created(row, secret)

    @post("/{id:str}/test", opt=requires("webhooks", "tenant", problems=("409",)), status_code=202)
    async def test_webhook(
        self, services: ServicesDependency, principal: PrincipalDependency, webhook_id: PathId
    ) -> DeliveryView:
        """Send a test event to one webhook."""
        return delivery_view(await endpoints.send_test(services, principal.tenant_id, webhook_id))

    @get("/{id:str}/deliveries")
    async def list_webhook_deliveries(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        position: PositionDependency,
        webhook_id: PathId,
    ) -> ListView[DeliveryView]:
        """List what was sent to a webhook, and what waits."""
        page = await endpoints.list_deliveries(
            services, principal.tenant_id, webhook_id, limit=position.limit, cursor=position.cursor
        )
        return page_view(page, delivery_view)
