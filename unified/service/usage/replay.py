"""Decides a recorded call again under other scopes, with the functions that decide about calls; nothing is sent.

Of a call, the trail has no ids of records. So whether a record lies within chosen resources is not decided here, and links
between records of two models, of which it has no ends, are decided as if they were within reach.
"""

from collections.abc import Mapping

import msgspec

from unified.errors.access import Forbidden, OutsideResources
from unified.errors.error import UnifiedError
from unified.errors.requests import NotFound
from unified.models import REMOTE_FIELDS, method_class
from unified.models import model as find_model
from unified.models.hidden import NOTHING, Hidden
from unified.models.relations import relations
from unified.service.access.consent import scopes_within
from unified.service.access.scope.scopes import Scopes, require, require_account, write_policy
from unified.service.records.expand import require_related
from unified.service.records.pass_through import require_pass_through
from unified.service.records.visibility.boundary.shared_resources import boundary_at
from unified.service.records.visibility.hidden_fields import FieldVisibility
from unified.service.records.visibility.hiding import hidden_of, refuse_revealing_ids
from unified.service.records.visibility.mapping_lookup import mapping_for
from unified.service.usage.recorded_calls import RecordedCall
from unified.store.accounts import AccountRow
from unified.transform.catalog import Catalog
from unified.transform.mapping import Mapping as ModelMapping
from unified.transform.queries.asked_fields import EXPAND, INCLUDE_RAW, REMOTE_QUERY, SEARCH
from unified.transform.queries.query import Query


class ReplayWorld(msgspec.Struct, frozen=True, kw_only=True):
    """The catalog and the accounts, as they are now, by which calls are decided in addition to scopes."""

    catalog: Catalog
    accounts: Mapping[str, AccountRow] = {}
    """The accounts that still exist, by id."""
    looked_up: frozenset[str] = frozenset()
    """The ids for which accounts were searched."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result of deciding a recorded call again."""

    refusal: UnifiedError | None = None
    waits: bool = False
    """Whether it is a write that would wait for its approval."""
    missed: Hidden = NOTHING
    """The hidden part of what it asks for: of whole records, or of the fields that it names."""


def replay(world: ReplayWorld, scopes: Scopes, call: RecordedCall) -> Outcome:
    """Return what would become of a call under these scopes; all of them must allow it."""
    try:
        missed = _decide(world, scopes, call)
    except (Forbidden, UnifiedError) as refusal:
        return Outcome(refusal=refusal)
    if call.model is None or method_class(call.method) == "read":
        return Outcome(missed=missed)
    return Outcome(waits=write_policy(scopes, call.model, call.method) == "approve", missed=missed)


def _decide(world: ReplayWorld, caller: Scopes, call: RecordedCall) -> Hidden:
    require_account(caller, call.account_id)
    account = world.accounts.get(call.account_id)
    if account is None:
        raise NotFound("no such account")
    scopes = scopes_within(caller, account)
    if call.model is None:
        require_pass_through(scopes, call.method.partition(" ")[0])
        if boundary_at(world.catalog, account.provider, account.resources, scopes):
            raise OutsideResources("the pass-through is only for accounts without chosen resources and conditions on records")
        return NOTHING
    mapping = mapping_for(world.catalog, account.provider, call.model)
    require(scopes, mapping.model, call.method, mapping.tags)
    hidden = hidden_of(world.catalog, mapping, scopes)
    refuse_revealing_ids(mapping, hidden)
    visibility = FieldVisibility(
        model=mapping.model,
        hidden=hidden.fields,
        inside=hidden.inside,
        boundary=boundary_at(world.catalog, account.provider, account.resources, scopes),
        scopes=scopes,
    )
    _require_names(visibility, call)
    _require_expanded(world, scopes, mapping, call)
    return _missed(hidden, call)


def _require_names(visibility: FieldVisibility, call: RecordedCall) -> None:
    """Require that the names may be asked for. Raises Forbidden, as for the call itself."""
    fields = tuple(one.name for one in visibility.model.fields if one.name in call.names)
    if method_class(call.method) != "read":
        visibility.refuse_hidden_keys(dict.fromkeys((*fields, *({REMOTE_FIELDS} & call.names))))
        return
    visibility.shown_query(
        Query(
            fields=fields,
            search="" if SEARCH in call.names else None,
            include_raw=INCLUDE_RAW in call.names,
            remote_query=((REMOTE_QUERY, ""),) if REMOTE_QUERY in call.names else (),
        )
    )


def _require_expanded(world: ReplayWorld, scopes: Scopes, mapping: ModelMapping, call: RecordedCall) -> None:
    known = relations(find_model(mapping.model.id))
    for name in sorted(one.removeprefix(EXPAND) for one in call.names if one.startswith(EXPAND)):
        relation = known.get(name)
        if relation is None or (relation.name in mapping.filled and relation.owned_by):
            continue
        related = mapping_for(world.catalog, mapping.provider.name, relation.model)
        require_related(world.catalog, scopes, relation, related)


def _missed(hidden: Hidden, call: RecordedCall) -> Hidden:
    if call.is_whole:
        return hidden
    inside = tuple((name, inner) for name, inner in hidden.inside if name in call.names)
    return Hidden(fields=hidden.fields & call.names, inside=inside)
