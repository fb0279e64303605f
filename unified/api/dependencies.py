"""What handlers can ask for by name: the parts of the service, the caller, the page of a list."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter, SkipValidation
from litestar.types import ControllerRouterHandler

from unified.api.context import Context, DecodedRequest, context_of
from unified.service.access.principals import Principal
from unified.service.runtime.services import Services
from unified.store.pages import DEFAULT_LIMIT, MAX_LIMIT


class ListPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Which page of a list is asked for."""

    limit: int
    cursor: str | None


def provide_services(request: DecodedRequest) -> Services:
    """Return the parts of the running service."""
    services: Services = request.app.state.services
    return services


def provide_principal(request: DecodedRequest) -> Principal:
    """Return the caller, whom the guard let pass."""
    return context_of(request).principal


def provide_context(request: DecodedRequest) -> Context:
    """Return the whole request, for handlers that read it themselves."""
    return context_of(request)


def provide_position(
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="Rows a page.")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, QueryParameter(description="`next_cursor` of the page before, with the same query.")] = None,
) -> ListPosition:
    """Return which page of a list is asked for."""
    return ListPosition(limit=limit, cursor=cursor)


def _provide(dependency: Callable[..., Any]) -> Provide:
    return Provide(dependency, sync_to_thread=False)


ServicesDependency = NamedDependency[SkipValidation[Services]]
"""`services` of a handler; what the service itself provides is not validated again."""
PrincipalDependency = NamedDependency[SkipValidation[Principal]]
"""`principal` of a handler."""
ContextDependency = NamedDependency[SkipValidation[Context]]
"""`context` of a handler."""
PositionDependency = NamedDependency[SkipValidation[ListPosition]]
"""`position` of a list's handler."""
HandlersDependency = NamedDependency[SkipValidation[tuple[Any, ...]]]
"""`handlers` of a handler: all of the application."""
_DEPENDENCIES = {
    "services": _provide(provide_services),
    "principal": _provide(provide_principal),
    "context": _provide(provide_context),
    "position": _provide(provide_position),
}


def dependencies_of(handlers: Sequence[ControllerRouterHandler]) -> dict[str, Provide]:
    """Return what handlers of an application can ask for."""
    known = tuple(handlers)

    def provide_handlers() -> tuple[Any, ...]:
        return known

    return {**_DEPENDENCIES, "handlers": _provide(provide_handlers)}
