"""`unified connect`: connect links, by which people connect accounts in their browser."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

from typing import TYPE_CHECKING, Annotated, Any

import typer

from unified.cli.operators.services import PAGE, TenantOption, every_row, tenant_of, with_services
from unified.cli.option_values import JsonOption, read_body
from unified.cli.printing import print_json, print_table
from unified.cli.record_conditions import Where, records_of

if TYPE_CHECKING:
    from unified.service.access.principals import Principal
    from unified.service.runtime.services import Services

app = typer.Typer(help="Create, list, show and withdraw connect links.", no_args_is_help=True)
Tenant = Annotated[str | None, TenantOption]
LinkId = Annotated[str, typer.Argument(help="Id of the connect link, such as con_….")]


@app.command("add")
def add(
    *,
    tenant: Tenant = None,
    provider: Annotated[
        list[str] | None, typer.Option(help="Provider to connect; repeatable. The person chooses among several, or among all.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Id of an account to connect again.")] = None,
    name: Annotated[str | None, typer.Option(help="Display name of the new account.")] = None,
    external_id: Annotated[str | None, typer.Option(help="Your own id for the account.")] = None,
    method: Annotated[
        list[str] | None, typer.Option(help="Method or class of methods to ask for; `read` if omitted. Repeatable.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Ask only for this model, such as `crm.contacts`; repeatable.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Ask only for models with this tag; repeatable.")] = None,
    expires_in: Annotated[int | None, typer.Option(help="Seconds, 60 to 604800; an hour if omitted.")] = None,
    where: Where = None,
    body: Annotated[str | None, JsonOption] = None,
) -> None:
    """Create a connect link and print it as JSON. Its URL is shown only once."""
    from unified.service.connect import NewLink

    if body is not None:
        new_link = read_body(body, NewLink)
    else:
        providers = tuple(provider or ())
        new_link = NewLink(
            provider=providers[0] if len(providers) == 1 else None,
            providers=providers if len(providers) > 1 else None,
            account_id=account,
            name=name,
            external_id=external_id,
            expires_in=expires_in,
            scope=_scope(method, model, tag, where),
        )
    print_json(with_services(lambda services: _add(services, tenant, new_link), command="connect add"))


def _scope(method: list[str] | None, model: list[str] | None, tag: list[str] | None, where: list[str] | None) -> Any:
    from unified.service.access.consent import LinkScope

    given = {"methods": method, "models": model, "tags": tag}
    limits: dict[str, Any] = {name: tuple(values) for name, values in given.items() if values}
    limits |= {"records": records_of(where)} if where else {}
    return LinkScope(**limits) if limits else None


async def _caller(services: "Services", tenant: str | None) -> "Principal":
    from unified.service.access.principals import operator_of

    return operator_of(await tenant_of(services, tenant))


async def _add(services: "Services", tenant: str | None, new_link: Any) -> Any:
    from unified.api.views.connect import link_created
    from unified.service.connect import create_link

    row, url = await create_link(services, await _caller(services, tenant), new_link)
    return link_created(row, url)


@app.command("list")
def list_(tenant: Tenant = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List a tenant's connect links, the newest first, until a day after they expire."""
    rows = with_services(lambda services: _links(services, tenant), command=None)
    if as_json:
        print_json({"data": [{"id": link_id, **_plain(status)} for link_id, status, _ in rows]})
        return
    cells = [(link_id, one.status, product, one.account_id, one.expires_at) for link_id, one, product in rows]
    empty = "No connect links. Create one: unified connect add --provider …"
    print_table(("id", "status", "providers", "account", "expires"), cells, empty)


def _plain(status: Any) -> dict[str, Any]:
    import msgspec

    return msgspec.structs.asdict(status)


async def _links(services: "Services", tenant: str | None) -> list[tuple[str, Any, str]]:
    from unified.api.views.connect import link_view
    from unified.service.connect import list_links, status_of

    caller = await _caller(services, tenant)
    rows = await every_row(lambda cursor: list_links(services, caller, limit=PAGE, cursor=cursor))
    return [
        (row.id, link_view(status_of(services, row)), ", ".join((row.provider,) if row.provider else row.providers or ("any",)))
        for row in rows
    ]


@app.command("show")
def show(link_id: LinkId, tenant: Tenant = None) -> None:
    """Print the status of a connect link as JSON, without its URL."""
    print_json(with_services(lambda services: _show(services, tenant, link_id), command=None))


async def _show(services: "Services", tenant: str | None, link_id: str) -> Any:
    from unified.api.views.connect import link_view
    from unified.service.connect import link_status

    return link_view(await link_status(services, await _caller(services, tenant), link_id))


@app.command("withdraw")
def withdraw(link_id: LinkId, tenant: Tenant = None) -> None:
    """Withdraw a connect link that was not used; whoever opens it afterwards learns it."""
    with_services(lambda services: _withdraw(services, tenant, link_id), command="connect withdraw", target=link_id)
    typer.echo(f"{link_id} withdrawn")


async def _withdraw(services: "Services", tenant: str | None, link_id: str) -> None:
    from unified.service.connect import withdraw_link

    await withdraw_link(services, await _caller(services, tenant), link_id)
