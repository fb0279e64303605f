"""A stand-in of HubSpot's CRM: objects, search, batches, associations, owners, pipelines, properties, OAuth."""

from collections.abc import Mapping

from unified_sandbox.hubspot import associations, batch, describe, objects
from unified_sandbox.hubspot.data import seed
from unified_sandbox.hubspot.errors import oauth_refuse, refuse
from unified_sandbox.hubspot.records import plant
from unified_sandbox.hubspot.schema import PORTAL
from unified_sandbox.hubspot.search import search
from unified_sandbox.standin import Bearer, Incoming, OAuth, RateLimit, Record, StandIn

_OBJECT = "/crm/v3/objects/{object}"
_LINKS = "/crm/v4/objects/{from}/{id}/associations"
_BATCH = "/crm/v4/associations/{from}/{to}/batch"

ROUTES = (
    ("GET", _OBJECT, objects.list_objects),
    ("POST", _OBJECT, objects.create_object),
    ("GET", _OBJECT + "/{id}", objects.get_object),
    ("PATCH", _OBJECT + "/{id}", objects.update_object),
    ("DELETE", _OBJECT + "/{id}", objects.archive_object),
    ("POST", _OBJECT + "/search", search),
    ("POST", _OBJECT + "/batch/create", batch.batch_create),
    ("POST", _OBJECT + "/batch/read", batch.batch_read),
    ("POST", _OBJECT + "/batch/update", batch.batch_update),
    ("POST", _OBJECT + "/batch/upsert", batch.batch_upsert),
    ("POST", _OBJECT + "/batch/archive", batch.batch_archive),
    ("GET", _LINKS + "/{to}", associations.list_associations),
    ("PUT", _LINKS + "/default/{to}/{to_id}", associations.put_default),
    ("PUT", _LINKS + "/{to}/{to_id}", associations.put_labelled),
    ("DELETE", _LINKS + "/{to}/{to_id}", associations.delete_association),
    ("GET", "/crm/v4/associations/{from}/{to}/labels", associations.list_labels),
    ("POST", _BATCH + "/read", associations.batch_read),
    ("POST", _BATCH + "/create", associations.batch_create),
    ("POST", _BATCH + "/associate/default", associations.batch_default),
    ("POST", _BATCH + "/archive", associations.batch_archive),
    ("GET", "/crm/v3/properties/{object}", describe.list_properties),
    ("POST", "/crm/v3/properties/{object}", describe.create_property),
    ("GET", "/crm/v3/properties/{object}/{name}", describe.get_property),
    ("GET", "/crm/v3/pipelines/{object}", describe.list_pipelines),
    ("GET", "/crm/v3/pipelines/{object}/{id}", describe.get_pipeline),
    ("GET", "/crm/v3/pipelines/{object}/{id}/stages", describe.list_stages),
    ("GET", "/crm/v3/owners", describe.list_owners),
    ("GET", "/crm/v3/owners/{id}", describe.get_owner),
    ("GET", "/crm/v3/schemas", describe.list_schemas),
    ("GET", "/crm/v3/schemas/{object}", describe.get_schema),
    ("GET", "/account-info/v3/details", describe.account),
)


def _limit_headers(limit: int, remaining: int, window_s: int) -> Mapping[str, str]:
    return {
        "X-HubSpot-RateLimit-Daily": "650000",
        "X-HubSpot-RateLimit-Daily-Remaining": "649000",
        "X-HubSpot-RateLimit-Interval-Milliseconds": str(window_s * 1000),
        "X-HubSpot-RateLimit-Max": str(limit),
        "X-HubSpot-RateLimit-Remaining": str(remaining),
    }


def _token_answer(body: Record, _request: Incoming) -> Record:
    scopes = body.pop("scope", "").split()
    return body | {"hub_id": int(PORTAL), "scopes": scopes}


STANDIN = StandIn(
    name="hubspot",
    seed=seed,
    routes=ROUTES,
    refuse=refuse,
    accepts=(Bearer(),),
    demo_credentials=(
        {"type": "oauth2", "access_token": "demo-hubspot-access", "refresh_token": "demo-hubspot-refresh"},
        {"type": "bearer", "token": "pat-demo-hubspot"},
    ),
    demo_settings={"portal_id": PORTAL, "custom_properties": "shoe_size,loyalty_tier,newsletter,account_tier,contract_months"},
    oauth=OAuth(
        authorize_path="/oauth/authorize",
        token_path="/oauth/v1/token",  # noqa: S106
        lifetime_s=1800,
        client_auth=frozenset({"body"}),
        shape=_token_answer,
        refuse=oauth_refuse,
    ),
    limit=RateLimit(requests=190, window_s=10, headers=_limit_headers),
    plant=plant,
    shaped=True,
)
