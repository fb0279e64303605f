"""Whatever scope there is and whatever was called: the proposal admits it, lies within the scope, and has no word too many."""

from datetime import UTC, datetime

import msgspec
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from tests.mcp.servers.test_random_scopes import CONFIGS
from tests.sizes import examples
from tests.world import catalog
from unified.models import MODELS
from unified.models.relations import is_of_links, relations
from unified.service.access.scope.field_rules import classes_of, hidden_fields
from unified.service.access.scope.inheritance import lies_within, read_scope, scope_vocabulary
from unified.service.access.scope.scopes import POLICIES, UNLIMITED, Scope
from unified.service.usage.proposal import propose_scope
from unified.service.usage.recorded_calls import RecordedCall
from unified.service.usage.replay import ReplayWorld, replay
from unified.store.accounts import AccountRow
from unified.transform.queries.asked_fields import EXPAND, INCLUDE_RAW, REMOTE_QUERY, SEARCH, WHOLE

NOW = datetime(2026, 11, 30, tzinfo=UTC)
PROVIDERS = {"acc_1": "hubspot", "acc_2": "zendesk", "acc_3": "bamboohr", "acc_4": "hubspot"}
UNSET = msgspec.UNSET


def account(account_id: str, provider: str, consent=None) -> AccountRow:
    known = {"id": account_id, "tenant_id": "ten_1", "provider": provider, "name": provider, "status": "active"}
    known |= {"created_at": NOW, "updated_at": NOW, "settings": {}, "consent": consent}
    known |= {
        "credentials_version": 1,
        "credentials_refreshable": False,
        "connections": 1,
        "refresh_unfinished": 0,
        "version": 1,
    }
    rest = {one: None for one in AccountRow.__struct_fields__ if one not in known}
    return AccountRow(**known, **rest)


WORLD = ReplayWorld(catalog=catalog(), accounts={one: account(one, provider) for one, provider in PROVIDERS.items()})
OPERATIONS = [
    (account_id, mapping.model, method)
    for account_id, provider in PROVIDERS.items()
    for mapping in WORLD.catalog.offered(provider)
    for method in mapping.methods
]
WIDE = (SEARCH, INCLUDE_RAW, REMOTE_QUERY)


@st.composite
def calls(draw):
    account_id, model, method = draw(st.sampled_from(OPERATIONS))
    fields = st.frozensets(st.sampled_from([one.name for one in model.fields]), max_size=6)
    names = draw(st.one_of(fields, st.just(frozenset({WHOLE}))))
    if draw(st.integers(0, 5)) == 0:
        names |= {draw(st.sampled_from((*WIDE, *(f"{EXPAND}{one}" for one in relations(model)))))}
    return RecordedCall(account_id=account_id, model=model.id, method=method, names=names, waits=draw(st.booleans()))


SCOPES = st.one_of(
    st.just(UNLIMITED),
    CONFIGS.map(lambda config: read_scope(config, scope_vocabulary(catalog()))),
    CONFIGS.map(lambda config: read_scope({**config, "accounts": [*PROVIDERS]}, scope_vocabulary(catalog()))),
    CONFIGS.map(
        lambda config: read_scope(
            {
                **config,
                "methods": ["read", "write", "custom"],
                "writes": "direct",
                "fields": {"classes": ["none", "personal", "sensitive"]},
            },
            scope_vocabulary(catalog()),
        )
    ),
)


def admitted(scope: Scope, recorded, present: Scope) -> bool:
    """Whether every call is answered as it is under the present scope."""
    pairs = [(replay(WORLD, (scope,), one), replay(WORLD, (present,), one)) for one in recorded]
    return all(ours.refusal is None and ours.missed == theirs.missed for ours, theirs in pairs)


def shorter(scope: Scope):
    """The scope without one of its words, for each."""
    for name in ("accounts", "methods", "models", "tags"):
        words = getattr(scope, name)
        for one in () if words is UNSET else words:
            yield name, msgspec.structs.replace(scope, **{name: tuple(word for word in words if word != one)})
    for name, words in (("classes", classes_of(scope.fields)), ("show", scope.fields.show)):
        for one in words if name == "show" or len(words) > 1 else ():
            rest = tuple(word for word in words if word != one)
            yield name, msgspec.structs.replace(scope, fields=msgspec.structs.replace(scope.fields, **{name: rest}))
    models = [one for one in MODELS.values() if scope.models is UNSET or one.id in scope.models]
    for model in models:
        for field in {one.name for one in model.fields} - hidden_fields((scope,), model) - {"id", "remote_id"}:
            hide = (*scope.fields.hide, f"{model.id}.{field}")
            yield "hide", msgspec.structs.replace(scope, fields=msgspec.structs.replace(scope.fields, hide=hide))


@settings(
    phases=(Phase.generate, Phase.shrink),
    deadline=None,
    max_examples=examples(100),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(present=SCOPES, recorded=st.lists(calls(), min_size=1, max_size=8))
def test_a_proposal_admits_all_calls_within_the_scope_and_has_no_word_too_many(present, recorded):
    now = [(one, replay(WORLD, (present,), one)) for one in recorded]
    reached = [one for one, outcome in now if outcome.refusal is None]
    proposal = propose_scope(WORLD, present, recorded)
    event(f"{len(reached)} calls that the scope allows")
    assert (proposal is None) == (not reached)
    if proposal is None:
        return
    scope = proposal.scope
    assert lies_within(scope, [present])
    assert admitted(scope, reached, present)
    waits = [outcome.waits for one, outcome in now if outcome.refusal is None and not one.waits]
    assert [replay(WORLD, (scope,), one).waits for one in reached if not one.waits] == waits
    words_of_links = any(is_of_links(MODELS[one.model]) for one in reached)
    for name, fewer in shorter(scope):
        if not words_of_links or name in {"accounts", "methods"}:
            assert not admitted(fewer, reached, present), name
    narrower = POLICIES[: POLICIES.index(scope.writes)]
    for policy in narrower:
        less = [replay(WORLD, (msgspec.structs.replace(scope, writes=policy),), one) for one in reached]
        assert any(
            outcome.refusal is not None or (outcome.waits and not one.waits) for outcome, one in zip(less, reached, strict=True)
        )
