"""A stand-in of Salesforce: SOQL over fourteen objects, single records and collections, describe, search, OAuth."""

from collections.abc import Mapping

from unified_sandbox.salesforce import describe, query, records
from unified_sandbox.salesforce.data import seed
from unified_sandbox.salesforce.errors import refuse
from unified_sandbox.standin import Bearer, Incoming, OAuth, RateLimit, Record, StandIn

_ROOT = "/services/data/{version}"
_OBJECT = _ROOT + "/sobjects/{object}"

ROUTES = (
    ("GET", _ROOT + "/query", query.query),
    ("GET", _ROOT + "/queryAll", query.query_all),
    ("GET", _ROOT + "/query/{locator}", query.query_more),
    ("GET", _ROOT + "/parameterizedSearch", query.search),
    ("GET", _ROOT + "/limits", describe.limits),
    ("GET", _ROOT + "/sobjects", describe.list_objects),
    ("GET", _OBJECT + "/describe", describe.describe_object),
    ("POST", _OBJECT, records.create_record),
    ("GET", _OBJECT + "/{id}", records.get_record),
    ("PATCH", _OBJECT + "/{id}", records.update_record),
    ("DELETE", _OBJECT + "/{id}", records.delete_record),
    ("POST", _ROOT + "/composite/sobjects", records.create_collection),
)


def _limit_headers(limit: int, remaining: int, _window_s: int) -> Mapping[str, str]:
    return {"Sforce-Limit-Info": f"api-usage={limit - remaining}/{limit}"}


def _token_answer(body: Record, request: Incoming) -> Record:
    """Return a token response as Salesforce sends it: without a lifetime, with the instance's address."""
    token = {name: value for name, value in body.items() if name != "expires_in"}
    issued = str(int(request.now.timestamp() * 1000))
    identity = f"{request.base}/id/00DAx0000000001AAA/005Ax0000000001AAA"
    return token | {"token_type": "Bearer", "instance_url": request.base, "id": identity, "issued_at": issued}


STANDIN = StandIn(
    name="salesforce",
    seed=seed,
    routes=ROUTES,
    refuse=refuse,
    accepts=(Bearer(),),
    demo_credentials=(
        {"type": "oauth2", "access_token": "demo-salesforce-access", "refresh_token": "demo-salesforce-refresh"},
        {"type": "bearer", "token": "demo-salesforce-session"},
    ),
    demo_settings={"instance": "demo", "currency": "USD"},
    oauth=OAuth(
        authorize_path="/services/oauth2/authorize",
        token_path="/services/oauth2/token",  # noqa: S106
        lifetime_s=7200,
        grants=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
        shape=_token_answer,
    ),
    limit=RateLimit(requests=15_000, window_s=86_400, headers=_limit_headers),
    plant=records.plant,
    shaped=True,
    nullable=True,
)
