"""Responses that typed handlers give besides plain views."""

from typing import TypeVar

from litestar import Response
from litestar.datastructures import ResponseHeader

NO_STORE = (ResponseHeader(name="Cache-Control", value="no-store"),)
"""For responses with data: no cache keeps them."""
View = TypeVar("View")


def created(view: View, location: str) -> Response[View]:
    """Return 201 with the address of what was created."""
    return Response(view, status_code=201, headers={"Location": location})
