"""`unified webhooks`: the webhooks of a tenant."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.operators.services import PAGE, TenantOption, every_row, tenant_of, with_services
from unified.cli.option_values import JsonOption, needed, read_body, required
from unified.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from unified.service.runtime.services import Services

app = typer.Typer(help="Create, list, test and delete webhooks.", no_args_is_help=True)
Tenant = Annotated[str | None, TenantOption]
WebhookId = Annotated[str, typer.Argument(help="Id of the webhook, such as whk_….")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("add")
def add(
    *,
    tenant: Tenant = None,
    url: Annotated[str | None, needed("The https URL that receives events.")] = None,
    event: Annotated[list[str] | None, needed("Event to send, such as `account.needs_reauth`; repeatable.")] = None,
    body: Annotated[str | None, JsonOption] = None,
) -> None:
    """Create a webhook and print it as JSON. Its signing secret is shown only once."""
    from unified.service.webhooks.endpoints import NewWebhook

    if body is not None:
        new_webhook = read_body(body, NewWebhook)
    else:
        new_webhook = NewWebhook(url=required(url, "--url"), events=required(event or None, "--event"))
    print_json(with_services(lambda services: _add(services, tenant, new_webhook), command="webhooks add"))


async def _add(services: "Services", tenant: str | None, new_webhook: Any) -> Any:
    from unified.api.views.webhooks import webhook_created
    from unified.service.webhooks.endpoints import create_webhook

    row, secret = await create_webhook(services, await tenant_of(services, tenant), new_webhook)
    return webhook_created(row, secret)


@app.command("list")
def list_(*, tenant: Tenant = None, as_json: AsJson = False) -> None:
    """List a tenant's webhooks, without their secrets."""
    from unified.api.views.webhooks import webhook_view

    rows = with_services(lambda services: _webhooks_of(services, tenant), command=None)
    if as_json:
        print_json({"data": [webhook_view(row) for row in rows]})
        return
    cells = [(row.id, row.url, ", ".join(row.events), row.status, row.status_reason, row.secret_masked) for row in rows]
    columns = ("id", "url", "events", "status", "reason", "secret")
    print_table(columns, cells, "No webhooks yet. Create one: unified webhooks add --url URL --event EVENT")


async def _webhooks_of(services: "Services", tenant: str | None) -> list[Any]:
    from unified.service.webhooks.endpoints import list_webhooks

    tenant_id = await tenant_of(services, tenant)
    return await every_row(lambda cursor: list_webhooks(services, tenant_id, limit=PAGE, cursor=cursor))


@app.command("delete")
def delete(webhook_id: WebhookId, tenant: Tenant = None) -> None:
    """Delete a webhook and its deliveries."""
    with_services(lambda services: _delete(services, tenant, webhook_id), command="webhooks delete", target=webhook_id)
    typer.echo(f"{webhook_id} deleted")


async def _delete(services: "Services", tenant: str | None, webhook_id: str) -> None:
    from unified.service.webhooks.endpoints import delete_webhook

    await delete_webhook(services, await tenant_of(services, tenant), webhook_id)


@app.command("test")
def send_test(webhook_id: WebhookId, tenant: Tenant = None) -> None:
    """Queue a test event, which a running server then sends."""
    row = with_services(lambda services: _test(services, tenant, webhook_id), command="webhooks test", target=webhook_id)
    typer.echo(f"{row.id} is queued; a running server sends it. Next: unified webhooks deliveries {webhook_id}")


async def _test(services: "Services", tenant: str | None, webhook_id: str) -> Any:
    from unified.service.webhooks.endpoints import send_test

    return await send_test(services, await tenant_of(services, tenant), webhook_id)


@app.command("deliveries")
def deliveries(webhook_id: WebhookId, *, tenant: Tenant = None, as_json: AsJson = False) -> None:
    """List the sent and waiting deliveries of a webhook."""
    from unified.api.views.webhooks import delivery_view

    rows = with_services(lambda services: _deliveries_of(services, tenant, webhook_id), command=None)
    if as_json:
        print_json({"data": [delivery_view(row) for row in rows]})
        return
    cells = [(row.id, row.event, row.status, row.attempts, row.last_status, row.last_error) for row in rows]
    print_table(("id", "event", "status", "attempts", "response", "problem"), cells, "No deliveries yet.")


async def _deliveries_of(services: "Services", tenant: str | None, webhook_id: str) -> list[Any]:
    from unified.service.webhooks.endpoints import list_deliveries

    tenant_id = await tenant_of(services, tenant)
    return await every_row(lambda cursor: list_deliveries(services, tenant_id, webhook_id, limit=PAGE, cursor=cursor))
