"""Sends the requests of a write exactly as planned, and reports what a failure leaves open."""

from collections.abc import Callable

from unified.errors.error import UnifiedError
from unified.service.records.calls.call import Call
from unified.service.records.writing.write import Plan, Sent

OUTCOME_UNKNOWN = frozenset(
    {"provider_timeout", "provider_error", "provider_malformed", "upstream_too_large", "mapping_failed"}
)
"""Failures of a request that was sent, after which the provider may have done the write anyway."""
Accepted = Callable[[], None]
"""Called after each request that the provider accepted."""


async def send_planned(call: Call, plan: Plan, accepted: Accepted = lambda: None) -> Sent:
    """Send the requests of a plan in order, exactly as planned; no expression of the mapping runs again.

    Raises:
        UnifiedError: the provider's refusal; `is_partly_done` says that it accepted an earlier request, `may_be_done` that
            it may have accepted this one.
    """
    answer = None
    for accepted_count, planned in enumerate(plan.requests):
        try:
            is_named = planned is plan.first and "version" in plan.bindings
            received = await call.send(planned.request, planned.operation, names_version=is_named)
        except UnifiedError as problem:
            problem.may_be_done = problem.code in OUTCOME_UNKNOWN
            if accepted_count > 0:
                problem.partly_done()
            raise
        answer = received if planned is plan.first else answer
        accepted()
    return Sent(plan=plan, answer=answer)
