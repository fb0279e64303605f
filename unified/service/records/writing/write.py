"""Describes a write as values: the caller's request, the plan, the sent requests and the outcome."""

from typing import Any

import msgspec

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.service.records.calls.call import Call
from unified.service.records.calls.record_warnings import ListWarning
from unified.service.records.reading.versions import version_binding
from unified.store.approvals import ApprovalRow
from unified.transform.calls.operation import Operation
from unified.transform.prepared_write import PreparedWrite, prepare_write


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
    """Warnings for the caller, although the provider accepted the write."""

    def __repr__(self) -> str:
        """Without the record, which is a customer's."""
        return f"Written(approval={self.approval!r})"


class PlannedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request of a write, ready to be sent."""

    operation: Operation
    request: ProviderRequest


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Every request of a write as it would be sent now."""

    write: PreparedWrite
    """The values that they are made of."""
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
    """A plan that the provider has accepted."""

    plan: Plan
    answer: ProviderAnswer | None
    """That to the write's own request; None when only steps after it had anything to send."""

    @property
    def write(self) -> PreparedWrite:
        """The values that the requests were made of."""
        return self.plan.write

    @property
    def bindings(self) -> dict[str, Any]:
        """The bindings of the plan, with the results of the calls before the write."""
        return self.plan.bindings


def prepare(call: Call, write: Write) -> PreparedWrite:
    """Prepare all values of the requests of a write, for the account of a call.

    Raises:
        InvalidId: the id does not have the required form.
        NotSupported, ValidationFailed: the mapping has no call for it.
    """
    named = version_binding(write.version) | ({} if write.by is None else {"by": write.by})
    return prepare_write(call.mapping, write.method, write.body, call.bindings({}) | named, path_of(call, write))


def path_of(call: Call, write: Write) -> dict[str, str]:
    """Return what a write names in its path: the path parameters, and the id with its parts."""
    return {**write.path, **({} if write.record_id is None else call.mapping.id_values(write.record_id))}
