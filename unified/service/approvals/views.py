"""Shows a write to an approver: the exact requests, the record that they are about, and the changes."""

from typing import Any, Literal, cast
from urllib.parse import urlencode, urlsplit

import msgspec

from unified.catalog.wire import ProviderRequest
from unified.errors.error import UnifiedError
from unified.models.hidden import NOTHING, Hidden
from unified.transport.connection import Connection

Encoding = Literal["form", "multipart", "xml"]
"""How a body is sent that is not sent as JSON."""


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a write's record that a viewer may see."""

    hidden: Hidden = NOTHING
    """The parts hidden from them."""
    reads: bool = True
    """Whether they may read records of the model at all."""


NO_ONE = Viewer()
"""No one looks when a write is requested: its digest is kept, and nothing else of the view."""


class ShownRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request as the provider would receive it, without credentials."""

    method: str
    """The HTTP method."""
    host: str
    """The host, with a port that is not the default one."""
    path: str
    """The path at that host, with the query."""
    body: Any = None
    """The body; null without one."""
    headers: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    """The headers that the mapping sets."""
    encoding: Encoding | msgspec.UnsetType = msgspec.UNSET
    """The form in which the body is sent, if it is not sent as JSON."""

    def __repr__(self) -> str:
        """Without path and body, which hold a customer's data."""
        return f"ShownRequest({self.method!r})"


class ShownRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Which record a write is about."""

    id: str
    """The id of the record."""
    name: str | None = None
    """The provider's current name; null if there is none, or if the approver's scope hides it."""

    def __repr__(self) -> str:
        """Without id and name, which are a customer's."""
        return "ShownRecord()"


class ShownTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A record that a write is about."""

    field: str
    """`id` for the record that is changed; otherwise the field of the new record that names this one, such as `ticket_id`."""
    model: str
    """The model of this record, such as `ticketing.tickets`."""
    id: str
    """The id of this record."""
    name: str | None = None
    """The provider's current name; null if there is none, or if whoever looks may not read it."""

    def __repr__(self) -> str:
        """Without id and name, which are a customer's."""
        return f"ShownTarget({self.field!r}, {self.model!r})"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field as it is at the provider now, and as it would become."""

    field: str
    """Name of the field."""
    before: Any = msgspec.field(name="from")
    """The value at the provider now; null if there is none."""
    after: Any = msgspec.field(name="to")
    """The value that would be written."""

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"Difference({self.field!r})"


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an approver decides about."""

    digest: str
    """The digest of everything here, which the approver agrees to."""
    body: dict[str, Any] = {}
    """The fields as they were requested, or as the approver edited them."""
    requests: tuple[ShownRequest, ...] = ()
    record: ShownRecord | None = None
    """None for a new record, and for an upsert, of which the provider finds the record when it is sent."""
    by: str | None = None
    """Of an upsert: the external key by which the provider finds the record."""
    difference: tuple[Difference, ...] = ()
    fixed: frozenset[str] = frozenset()
    """Fields of the body that cannot be edited: they decide about the target."""
    targets: tuple[ShownTarget, ...] = ()
    """The record that is changed, or those that the fixed fields of a new one name, with names where the approver may read
    them."""
    can_edit: bool = False
    """Whether the approver may make this write itself, and so edit the values."""
    problem: UnifiedError | None = None
    """Why the rest is missing: the provider could not be read."""

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"Details({len(self.requests)} requests)"


def shown_request(connection: Connection, request: ProviderRequest) -> ShownRequest:
    """Return a request with the address to which it would really go."""
    base = urlsplit(connection.base_url())
    has_body = request.body is not msgspec.UNSET
    query = f"?{urlencode(request.query)}" if request.query else ""
    return ShownRequest(
        method=request.method,
        host=base.netloc,
        path=_path(connection) + request.path + query,
        body=request.body if has_body else None,
        headers=request.headers or msgspec.UNSET,
        encoding=cast("Encoding", request.encoding) if has_body and request.encoding != "json" else msgspec.UNSET,
    )


def _path(connection: Connection) -> str:
    """Return the path of the provider's base URL, also with a replaced host."""
    return urlsplit(msgspec.structs.replace(connection, origin=None).base_url()).path.rstrip("/")
