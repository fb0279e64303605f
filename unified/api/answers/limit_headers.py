"""`RateLimit` and `RateLimit-Policy`: what the caller may still do here, and at the provider as it last said.

The fields are those of draft-ietf-httpapi-ratelimit-headers-10, lists of structured fields (RFC 9651). A policy has `q`
(quota) and `w` (window in seconds), a limit `r` (remaining) and `t` (seconds until more is available). Policies are `key`,
`account` and `tenant` where this service has rates for them, and `provider`.
"""

import math

from unified.api.requests.context import Context
from unified.errors.requests import MalformedRequest, ValidationFailed
from unified.service.access.consent import scopes_within
from unified.service.records.opening import visible_account
from unified.service.records.visibility.boundary.boundary import has_boundary
from unified.service.runtime.rate_limits import RateLimitState
from unified.transport.resilience.rate_limit_cache import SeenLimit


async def limit_headers(context: Context) -> dict[str, str]:
    """Return the fields for a response; none if nothing is limited, the account's only for callers that may use it.

    Where there is a boundary, what the provider said is left out: it counts the calls that tell where a record belongs, and
    those are made only for records that there are.
    """
    services, caller = context.services, context.principal
    states = await services.budgets.left("key", caller.key_id)
    seen: SeenLimit | None = None
    account_id = _account(context)
    account = None if account_id is None else await visible_account(services, caller, account_id)
    if account is not None:
        states += await services.budgets.left("account", account.id)
        seen = (
            None
            if has_boundary(account.resources, scopes_within(caller.scopes, account))
            else services.client.limits_of(account.id)
        )
    states += await services.budgets.left("tenant", caller.tenant_id)
    return _fields(states, seen)


def _account(context: Context) -> str | None:
    try:
        return context.named_account()
    except (MalformedRequest, ValidationFailed):  # the answer says so already
        return None


def _fields(states: list[RateLimitState], seen: SeenLimit | None) -> dict[str, str]:
    limits = [f'"{one.policy}";r={one.remaining};t={math.ceil(one.reset)}' for one in states]
    policies = [f'"{one.policy}";q={one.quota};w={one.window}' for one in states]
    if seen is not None:
        limits.append(_item("provider", r=seen.remaining, t=seen.reset))
        if seen.limit is not None:
            policies.append(_item("provider", q=seen.limit))
    found = {"RateLimit": ", ".join(limits), "RateLimit-Policy": ", ".join(policies)}
    return {name: value for name, value in found.items() if value}


def _item(policy: str, **parameters: float | None) -> str:
    """One item of a list: a string with whole numbers as parameters; unknown ones are left out."""
    known = "".join(f";{name}={math.ceil(value)}" for name, value in parameters.items() if value is not None)
    return f'"{policy}"{known}'
