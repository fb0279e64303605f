"""Calls that need the answer to a write before they can be built: made once the provider has accepted it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from unified.catalog.wire import ProviderRequest
from unified.errors.error import UnifiedError
from unified.errors.providers import NotSupported
from unified.service.records.calls.call import Call
from unified.service.records.calls.prefetch import Prefetch, build_with_results
from unified.transform.calls.after import step_requests
from unified.transform.calls.operation import Bindings, Operation
from unified.transform.calls.path import path_values


def refuse_unseen(call: Call, steps: tuple[Operation, ...]) -> None:
    """Refuse an approval of a write with requests that cannot all be shown; `steps` are the calls that need the answer.

    Raises:
        NotSupported: There are such calls.
    """
    if steps:
        raise NotSupported(
            f"{steps[0].where}: this {call.method} makes a request that depends on the provider's answer to the one before, "
            "so it cannot be shown to whoever approves it: use a key with `writes: direct`"
        )


async def send_after(
    call: Call, steps: tuple[Operation, ...], before: Mapping[str, Operation], body: dict[str, Any], bindings: Bindings
) -> None:
    """Build and send these calls in order; `bindings` have `$answer`, and in `$query` the id of the record with its parts.

    `before` are the calls before the write, of which the results that were not needed for it may be needed now.

    Raises:
        UnifiedError: One of them cannot be built or sent; `is_partly_done` is set, as the provider accepted the write.
    """
    try:
        for step in steps:
            wanted = Prefetch(call=call, calls={**before, **step.before}, root=body)
            requests, _ = await build_with_results(wanted, bindings, partial(_requests, step, body))
            await call.visibility.check_requests(((step, one) for one in requests), bindings)
            for one in requests:
                await call.send(one, step)
    except UnifiedError as problem:
        problem.partly_done()
        raise


def _requests(step: Operation, body: dict[str, Any], bindings: Bindings) -> list[ProviderRequest]:
    return step_requests(step, body, bindings, {**path_values(body), **bindings["query"]})
