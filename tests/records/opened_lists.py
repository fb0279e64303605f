"""Lists as a caller opens them at an account, and what is asked of them, without a provider."""

from msgspec.structs import replace

from tests.world import PROVIDERS, catalog
from unified.models import MODELS
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import CLASSES, METHOD_CLASSES, Chosen, FieldScope, Scope
from unified.service.records.opening import open_call
from unified.service.records.visibility.boundary.parameters import extent_of, refused_parameters
from unified.service.records.visibility.boundary.queries import bound_list
from unified.transform.queries.filter_names import field_of
from unified.transform.queries.query_reading import query_from_pairs
from unified.transform.tools import required_filters

DATE, TIME = "2026-01-01", "2026-01-01T00:00:00Z"
NUMBERS = {"number": "1", "integer": "1"}
BY_KIND = {"datetime": TIME, "date": DATE, "due": DATE, **NUMBERS, "country": "DE", "currency": "EUR"}
MAPPINGS = [(provider, one.model.id) for provider in PROVIDERS for one in catalog().offered(provider)]


def drawn(rng, model):
    """A scope that hides some fields, and has a boundary half of the time."""
    names = [field.name for field in model.fields]
    hide = tuple(rng.sample(names, rng.choice([0, 1, 2, 5])))
    kinds = [one.id for one in MODELS.values() if one.is_resource and one.category == model.category]
    resources = {}
    if rng.random() < 0.6:
        ids = tuple(str(number) for number in range(rng.choice([1, 2, 60])))
        resources = {"resources": {rng.choice(kinds): Chosen(ids=ids)}}
    classes = rng.choice([CLASSES, ("none", "personal"), ("none",)])
    return Scope(methods=METHOD_CLASSES, fields=FieldScope(hide=hide, classes=classes), writes="direct", **resources)


async def opened(world, provider, model, scope):
    principal = Principal(tenant_id=world.tenant, key_id="key_x", role="app", scope=scope)
    return await open_call(world.services, principal, world.accounts[provider], model.id, "list", describes=True)


def asked(call, name, value=None):
    """A query with one condition, and those that the list needs in any case."""
    model = call.mapping.model
    field = name.removeprefix("filter[").partition("]")[0]
    text = value or (TIME if name.endswith(("after", "before")) else fitting(model, field_of(field, model)))
    pairs = [] if name == "" else [(name, text)]
    needed = [(f"filter[{one}]", "1") for one in required_filters(call.mapping) if one != field]
    return query_from_pairs([*pairs, *needed], model)


def fitting(model, name):
    """A value that a condition on this field may have."""
    field = next((one for one in model.fields if one.name == name), None)
    if field is None:
        return "true"
    return field.enum[0] if field.enum else BY_KIND.get(field.kind, "true")


def urls(schema):
    """The filters of a schema with each of their operators, under each of their names, as a URL has them."""
    for one in schema["filters"]:
        for name in (one["name"], *one["also"]):
            yield from (f"filter[{name}][{operator}]".removesuffix("[eq]") for operator in one["operators"])


def passes(call, query):
    """Asked as `list_records` would, as far as that needs no provider."""
    seen = call.visibility.fields.shown_query(query)
    if call.visibility.is_bounded:
        seen = replace(seen, closed=refused_parameters(call.mapping, extent_of(call.visibility.boundary)))
    call.mapping.list_for(bound_list(call.mapping, call.visibility.boundary, seen))
