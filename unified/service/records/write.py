"""A write as values: what the caller requests, the plan of its requests, what was sent, and what came of it."""

from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.service.records.call import Call
from unified.service.records.record_warnings import ListWarning
from unified.service.records.versions import version_binding
from unified.store.approvals import ApprovalRow
from unified.transform.operation import Operation


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One write of a common model, as the caller requests it."""

    method: str
    """`create`, `update`, `upsert`, `delete`, or a custom method's name."""
    record_id: str | None = None
    by: str | None = None
    """Of an upsert: the external key by which the provider finds the record."""
    body: dict[str, Any] = {}
    path: dict[str, str] = {}
    """Path parameters of the model."""
    version: str | None = None
    """The version of the record that the change is meant for, as it was read; None if any version will do."""

    def __repr__(self) -> str:
        """Without the values, which are a customer's."""
        return f"Write({self.method!r})"


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a write: the record as the provider has it now, or the approval that it waits for."""

    record: dict[str, Any] | None = None
    """None after a delete, and while it waits."""
    is_new: bool | None = None
    """Of an upsert: whether the provider created the record; None where it does not say."""
    approval: ApprovalRow | None = None
    warnings: tuple[ListWarning, ...] = ()
    """What the caller should know, although the provider accepted the write."""

    def __repr__(self) -> str:
        """Without the record, which is a customer's."""
        return f"Written(approval={self.approval!r})"


class PlannedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a write, ready to be sent."""

    operation: Operation
    request: ProviderRequest


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Every request of a write as it would be sent now."""

    first: PlannedRequest | None
    """The write's own request; None when only steps after it have anything to send."""
    steps: tuple[PlannedRequest, ...] = ()
    waiting: tuple[Operation, ...] = ()
    """Calls after it that need its answer before they can be built."""
    bindings: dict[str, Any]

    def __repr__(self) -> str:
        """Without the requests, which hold a customer's data."""
        return f"Plan({len(self.requests)} requests)"

    @property
    def requests(self) -> tuple[PlannedRequest, ...]:
        """All of them in order."""
        return self.steps if self.first is None else (self.first, *self.steps)


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's answer to a write's own request; None when only steps after it had anything to send."""

    answer: ProviderAnswer | None
    bindings: dict[str, Any]


def operation_of(call: Call, write: Write) -> Operation:
    """Return the call of the mapping that makes this write."""
    return call.mapping.chosen(write.method, common_body(call, write), bindings_of(call, write))


def values_of(call: Call, write: Write) -> dict[str, str]:
    """Return what fills the paths of a write: the path parameters, and the id with its parts."""
    return {**write.path, **({} if write.record_id is None else call.mapping.id_values(write.record_id))}


def bindings_of(call: Call, write: Write) -> dict[str, Any]:
    """Return what expressions see beside the body: the account, the path with the id, the version and the external key."""
    bindings = call.bindings({**common_body(call, write), **values_of(call, write)})
    return bindings | version_binding(write.version) | ({} if write.by is None else {"by": write.by})


def common_body(call: Call, write: Write) -> dict[str, Any]:
    """Return the body as expressions see it."""
    return call.mapping.common_body(write.body)
