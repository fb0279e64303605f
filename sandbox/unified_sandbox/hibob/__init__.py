"""A stand-in of HiBob: people search, dated tables, named lists, field metadata and time off."""

import time
from collections.abc import Mapping

from unified_sandbox.hibob import company, people, tables, time_off
from unified_sandbox.hibob.data import seed
from unified_sandbox.hibob.errors import refuse
from unified_sandbox.standin import Basic, Bearer, OAuth, RateLimit, StandIn

ROUTES = (
    ("POST", "/v1/people/search", people.search),
    ("POST", "/v1/people", people.create),
    ("POST", "/v1/people/{id}", people.read),
    ("PUT", "/v1/people/{id}", people.update),
    ("PUT", "/v1/people/{id}/email", people.change_email),
    ("POST", "/v1/employees/{id}/start-date", people.change_start),
    ("POST", "/v1/employees/{id}/terminate", people.terminate),
    ("GET", "/v1/bulk/people/{table}", tables.bulk),
    ("GET", "/v1/people/{id}/{table}", tables.history),
    ("POST", "/v1/people/{id}/{table}", tables.add_row),
    ("GET", "/v1/company/people/fields", company.list_fields),
    ("GET", "/v1/company/named-lists", company.list_lists),
    ("GET", "/v1/company/named-lists/{name}", company.get_list),
    ("GET", "/v1/timeoff/policy-types", time_off.policy_types),
    ("GET", "/v1/timeoff/policy-types/{name}", time_off.policy_type),
    ("GET", "/v1/timeoff/requests/changes", time_off.changes),
    ("POST", "/v1/timeoff/employees/{id}/requests", time_off.submit),
    ("GET", "/v1/timeoff/employees/{id}/requests/{request_id}", time_off.details),
    ("DELETE", "/v1/timeoff/employees/{id}/requests/{request_id}", time_off.cancel),
    ("GET", "/v1/timeoff/employees/{id}/balance", time_off.balance),
)


def _limit_headers(limit: int, remaining: int, window_s: int) -> Mapping[str, str]:
    """Return the headers of HiBob's limit: the end of the window in seconds since 1970, never Retry-After."""
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(int(time.time()) + window_s),
    }


STANDIN = StandIn(
    name="hibob",
    seed=seed,
    routes=ROUTES,
    refuse=refuse,
    accepts=(Basic(), Bearer()),
    demo_credentials=(
        {"type": "basic", "username": "SERVICE-1001", "password": "demo-hibob-token"},
        {"type": "oauth2", "access_token": "demo-hibob-access", "refresh_token": "demo-hibob-refresh"},
    ),
    oauth=OAuth(
        authorize_path="/oauth2/v1/apps/authorize",
        token_path="/oauth2/v1/apps/token",  # noqa: S106
        lifetime_s=3600,
    ),
    limit=RateLimit(requests=50, window_s=60, headers=_limit_headers),
    shaped=True,
)
