"""`unified webhooks`: where a tenant is told of events."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.environment import print_json
from unified.cli.managing import (
    PAGE,
    JsonOption,
    TenantOption,
    decoded,
    every_row,
    print_table,
    required,
    tenant_of,
    with_services,
)

if TYPE_CHECKING:
    from unified.service.runtime.services import Services

app = typer.Typer(help="Webhooks: told of events, signed, tried again.", no_args_is_help=True)
Tenant = Annotated[str | None, TenantOption]
WebhookId = Annotated[str, typer.Argument(help="Such as whk_….")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


@app.command("add")
def add(
    *,
    tenant: Tenant = None,
    url: Annotated[str | None, typer.Option(help="Where events are sent, https.")] = None,
    event: Annotated[list[str] | None, typer.Option(help="Such as `account.needs_reauth`; may be given several times.")] = None,
    body: Annotated[str | None, JsonOption] = None,
) -> None:
    """Make a webhook and print it as JSON; its signing secret is never shown again."""
    from unified.service.webhooks.endpoints import NewWebhook

    if body is not None:
        asked = decoded(body, NewWebhook)
    else:
        asked = NewWebhook(url=required(url, "--url"), events=required(event or None, "--event"))
    print_json(with_services(lambda services: _add(services, tenant, asked), does="webhooks add"))


async def _add(services: "Services", tenant: str | None, asked: Any) -> Any:
    from unified.api.webhooks import made_webhook
    from unified.service.webhooks.endpoints import create_webhook

    row, secret = await create_webhook(services, await tenant_of(services, tenant), asked)
    return made_webhook(row, secret)


@app.command("list")
def list_(*, tenant: Tenant = None, as_json: AsJson = False) -> None:
    """List a tenant's webhooks, without their secrets."""
    from unified.api.webhooks import shown_webhook

    rows = with_services(lambda services: _webhooks_of(services, tenant), does=None)
    if as_json:
        print_json({"data": [shown_webhook(row) for row in rows]})
        return
    shown = [(one.id, one.url, ", ".join(one.events), one.status, one.status_reason, one.secret_masked) for one in rows]
    columns = ("id", "url", "events", "status", "reason", "secret")
    print_table(columns, shown, "no webhook yet: unified webhooks add --url URL --event EVENT")


async def _webhooks_of(services: "Services", tenant: str | None) -> list[Any]:
    from unified.service.webhooks.endpoints import list_webhooks

    tenant_id = await tenant_of(services, tenant)
    return await every_row(lambda cursor: list_webhooks(services, tenant_id, limit=PAGE, cursor=cursor))


@app.command("delete")
def delete(webhook_id: WebhookId, tenant: Tenant = None) -> None:
    """Delete a webhook with its deliveries."""
    with_services(lambda services: _delete(services, tenant, webhook_id), does="webhooks delete", target=webhook_id)
    typer.echo(f"{webhook_id} deleted")


async def _delete(services: "Services", tenant: str | None, webhook_id: str) -> None:
    from unified.service.webhooks.endpoints import delete_webhook

    await delete_webhook(services, await tenant_of(services, tenant), webhook_id)


@app.command("test")
def send_test(webhook_id: WebhookId, tenant: Tenant = None) -> None:
    """Put a test event into the outbox; a running server sends it."""
    row = with_services(lambda services: _test(services, tenant, webhook_id), does="webhooks test", target=webhook_id)
    typer.echo(f"{row.id} waits to be sent by a running server; then: unified webhooks deliveries {webhook_id}")


async def _test(services: "Services", tenant: str | None, webhook_id: str) -> Any:
    from unified.service.webhooks.endpoints import send_test

    return await send_test(services, await tenant_of(services, tenant), webhook_id)


@app.command("deliveries")
def deliveries(webhook_id: WebhookId, *, tenant: Tenant = None, as_json: AsJson = False) -> None:
    """List what was sent to a webhook, and what waits."""
    from unified.api.webhooks import shown_delivery

    rows = with_services(lambda services: _deliveries_of(services, tenant, webhook_id), does=None)
    if as_json:
        print_json({"data": [shown_delivery(row) for row in rows]})
        return
    shown = [(one.id, one.event, one.status, one.attempts, one.last_status, one.last_error) for one in rows]
    print_table(("id", "event", "status", "attempts", "answer", "problem"), shown, "nothing was sent to this webhook yet")


async def _deliveries_of(services: "Services", tenant: str | None, webhook_id: str) -> list[Any]:
    from unified.service.webhooks.endpoints import list_deliveries

    tenant_id = await tenant_of(services, tenant)
    return await every_row(lambda cursor: list_deliveries(services, tenant_id, webhook_id, limit=PAGE, cursor=cursor))
