"""A `Call`: the one way to a provider. `open_call` makes it, once account, scope and mapping are resolved for the caller."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import msgspec

from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors.access import WritesDenied
from unified.errors.error import UnifiedError
from unified.errors.writes import VersionConflict
from unified.service.access.principals import Principal
from unified.service.records.visibility.provider_messages import hide_provider_message
from unified.service.records.visibility.visibility import Visibility
from unified.service.runtime.services import Services
from unified.store.accounts import AccountRow
from unified.telemetry.recording import record_answer, record_refusal
from unified.transform.calls.operation import Operation
from unified.transform.mapping import Mapping
from unified.transform.record_metadata import record_version
from unified.transport.connection import Connection

P = ParamSpec("P")
T = TypeVar("T")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One permitted use of one model of one account."""

    services: Services
    principal: Principal
    account: AccountRow
    connection: Connection
    mapping: Mapping
    """The mapping of the model."""
    method: str
    """The method of the model: `list`, `get`, `create`, `update`, `upsert`, `delete` or a custom one."""
    visibility: Visibility
    """The limits of what the caller may see of the model's records."""
    needs_approval: bool = False
    """Whether this is a write that must be approved first; until then nothing of it is sent."""
    warnings: dict[str, str] = msgspec.field(default_factory=dict)
    """Warnings about the answer, by code; collected while it is made."""
    notes: dict[tuple[str, tuple[str, ...]], list[str]] = msgspec.field(default_factory=dict)
    """Code and fields of warnings about single records → the ids of these; also collected while it is made."""
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    """The versions of the records that were read or written one by one, by id; also collected while it is made."""

    @property
    def country(self) -> str | None:
        """The country of the account, by which phone numbers without one are read."""
        return self.account.settings.get("country")

    def bindings(self, query: dict[str, Any]) -> dict[str, Any]:
        """Return what expressions see besides their root."""
        account = {"id": self.account.id, "settings": self.account.settings, "country": self.country}
        return {"account": account, "query": query}

    async def aside(self, answer: ProviderAnswer, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what work on an answer returns: in the event loop, or outside it if the answer is large."""
        size = answer.weight
        return await self.beside(size, work, *args, **kwargs) if self.is_heavy(size) else work(*args, **kwargs)

    def is_heavy(self, size: int) -> bool:
        """Return whether work on so many bytes of answers is done outside the event loop."""
        return self.services.client.heavy.is_heavy(size)

    async def beside(self, size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do work on so many bytes of answers, as `aside` does."""
        return await self.services.client.heavy.run(size, self.account.tenant_id, work, *args, **kwargs)

    def warn(self, code: str, message: str) -> None:
        """Warn of the answer as a whole; messages with the same code are joined, each once."""
        known = self.warnings.get(code)
        if known is None or message not in known:
            self.warnings[code] = message if known is None else f"{known}; {message}"

    def note_version(self, record_id: str, item: Any, bindings: dict[str, Any], headers: dict[str, str]) -> None:
        """Keep the version of one record as the provider's object or the answer's headers say it.

        Raises:
            MappingFailed: the mapping reads none that can be sent back.
        """
        version = record_version(self.mapping, item, {**bindings, "headers": headers})
        if version is not None:
            self.versions[record_id] = version

    async def send(
        self, request: ProviderRequest, operation: Operation, *, safe: bool | None = None, names_version: bool = False
    ) -> ProviderAnswer:
        """Send one request to this call's provider.

        Args:
            request: What to send.
            operation: The call of the mapping that it is made from.
            safe: Whether it may be repeated.
            names_version: Whether the caller has named a version; a conflict of versions is a plain one otherwise.

        Raises:
            WritesDenied: the call waits for its approval.
            UnifiedError: the provider refused, or was not reached.
        """
        if self.needs_approval:
            raise WritesDenied(f"{self.method} of {self.mapping.model.id} waits for an approval; nothing was sent")
        try:
            answer = await self.services.client.send(request, self.connection, operation.errors, safe=safe)
        except UnifiedError as refused:
            problem = refused.without_version() if isinstance(refused, VersionConflict) and not names_version else refused
            record_refusal(problem)
            if self.visibility.is_partial:
                hide_provider_message(problem)
            raise problem from None
        record_answer(answer.status)
        return answer


def get_call(call: Call, *, visibility: Visibility | None = None) -> Call:
    """Return a call that reads a record of the same model, as the caller sees it unless another visibility is given."""
    seen = call.visibility if visibility is None else visibility
    visibility = msgspec.structs.replace(seen, method="get")
    return msgspec.structs.replace(call, method="get", visibility=visibility, needs_approval=False)
