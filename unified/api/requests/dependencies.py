"""The dependencies of handlers: the services, the caller, the account, the position in a list."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter, SkipValidation
from litestar.types import ControllerRouterHandler

from unified.api.requests.context import Context, DecodedRequest, context_of
from unified.errors.requests import ValidationFailed
from unified.service.access.principals import Principal
from unified.service.runtime.services import Services
from unified.store.queries.pages import DEFAULT_LIMIT, MAX_LIMIT
from unified.text.parsing_limits import LIMIT_REDUCED, PageLimit, expected_limit, page_limit, reduced_limit


class ListPosition(msgspec.Struct, frozen=True, kw_only=True):
    """The position of a page in a list."""

    limit: int
    cursor: str | None


def provide_services(request: DecodedRequest) -> Services:
    """Return the services."""
    services: Services = request.app.state.services
    return services


def provide_principal(request: DecodedRequest) -> Principal:
    """Return the caller that passed the guard."""
    return context_of(request).principal


def provide_context(request: DecodedRequest) -> Context:
    """Return the whole request, for handlers that read it themselves."""
    return context_of(request)


def provide_named_account(request: DecodedRequest) -> str | None:
    """Return the account that the request names with `?account_id=` or the header `Unified-Account`, or None.

    Raises:
        ValidationFailed: It is named more than once, or the query and the header differ.
    """
    return context_of(request).named_account()


def provide_position(
    request: DecodedRequest,
    limit: Annotated[str | None, QueryParameter(description="Rows a page; clipped to the maximum.")] = None,
    cursor: Annotated[str | None, QueryParameter(description="`next_cursor` of the page before, with the same query.")] = None,
) -> ListPosition:
    """Return the requested position in a list.

    Raises:
        ValidationFailed: The limit is not a whole number from 1.
    """
    size = PageLimit(size=DEFAULT_LIMIT) if limit is None else page_limit(limit, MAX_LIMIT)
    if size is None:
        raise ValidationFailed.at("limit", expected_limit(MAX_LIMIT))
    if size.is_reduced:
        context_of(request).known.warnings[LIMIT_REDUCED] = reduced_limit(MAX_LIMIT)
    return ListPosition(limit=size.size, cursor=cursor)


def provided(**providers: Callable[..., Any]) -> dict[str, Provide]:
    """Return dependencies by name, for a handler, a controller or the application; the providers wait for nothing."""
    return {name: Provide(one, sync_to_thread=False) for name, one in providers.items()}


ServicesDependency = NamedDependency[SkipValidation[Services]]
"""`services` of a handler; values of the service itself are not validated."""
PrincipalDependency = NamedDependency[SkipValidation[Principal]]
"""`principal` of a handler."""
ContextDependency = NamedDependency[SkipValidation[Context]]
"""`context` of a handler."""
NamedAccountDependency = NamedDependency[SkipValidation[str | None]]
"""`named_account` of a handler."""
PositionDependency = NamedDependency[SkipValidation[ListPosition]]
"""`position` of a list's handler."""
HandlersDependency = NamedDependency[SkipValidation[tuple[Any, ...]]]
"""`handlers` of a handler: all of the application."""
_DEPENDENCIES = provided(
    services=provide_services,
    principal=provide_principal,
    context=provide_context,
    named_account=provide_named_account,
    position=provide_position,
)


def dependencies_of(handlers: Sequence[ControllerRouterHandler]) -> dict[str, Provide]:
    """Return the dependencies of an application's handlers."""
    known = tuple(handlers)

    def provide_handlers() -> tuple[Any, ...]:
        return known

    return {**_DEPENDENCIES, **provided(handlers=provide_handlers)}
