"""Which pages of other sites may learn how what they opened ended: those of the tenant."""

from collections.abc import Container

from unified.service.runtime.services import Services
from unified.settings.urls import is_loopback


def allowed_origin(services: Services, origin: str | None, origins: Container[str]) -> str | None:
    """Return the origin that asks if it is one of the tenant's, or of this machine where that is allowed; never a pattern."""
    if origin is None:
        return None
    is_local = services.settings.allow_loopback and is_loopback(origin)
    return origin if origin in origins or is_local else None
