"""Every repository call is bound to one tenant: it takes the tenant, or a row that has one, or is listed here with why not."""

import importlib
import inspect
import pkgutil

import unified.store

FINDS_THE_TENANT = {
    "approvals.find_tenant",
    "bearer_tokens.find_by_digest",
    "bearer_tokens.find_former",
    "connect_links.find_any",
    "connect_links.find_attempt",
    "connect_links.find_usable",
    "connect_links.spend_state",
    "sessions.find_key",
    "sessions.end",
}
"""By a secret's digest: it is how the tenant becomes known, or nothing but the secret's own row is touched. By the id of an
approval, nothing but the tenant is found, so that its own pages may open it in a window."""
OF_ALL_TENANTS = {
    "adoption.bind_credentials",
    "adoption.widen",
    "api_keys.announce_ends",
    "approvals.lapse",
    "approvals.purge_old",
    "connect_links.purge_expired",
    "deliveries.purge_old",
    "deliveries.take_due",
    "erasure.list_deleted",
    "idempotency.purge_expired",
    "marks.adopt",
    "marks.count_unfit",
    "marks.give_up_marks",
    "marks.remark",
    "marks.take_over",
    "refreshes.list_due",
    "sealed.count_by_key",
    "sealed.find_any",
    "sealed.find_other",
    "sealed.find_other_within",
    "sealed.give_up",
    "sealed.list_texts",
    "sealed.replace_texts",
    "service_keys.add",
    "service_keys.add_within",
    "service_keys.get",
    "service_keys.has_tokens",
    "sessions.purge_expired",
    "tenants.active_among",
    "tenants.list_page",
    "triggers.list_foreign",
    "credential_loss.give_up_credentials",
    "webhooks.forget_previous",
}
"""Housekeeping, rotation and the command line; no request of a caller reaches them."""
BY_ROW = {"row", "taken", "batches"}
"""Parameters that carry the tenant with them."""
WITHOUT_ROWS = {"engine", "postgresql", "pages", "guarded"}
"""Modules whose functions are given a query that is bound already."""


def _calls():
    for found in pkgutil.walk_packages(unified.store.__path__, "unified.store."):
        name_of_module = found.name.rpartition(".")[2]
        if found.ispkg or name_of_module in WITHOUT_ROWS or ".migrations." in found.name:
            continue
        module = importlib.import_module(found.name)
        for name, one in vars(module).items():
            own = getattr(one, "__module__", None) == module.__name__ and not name.startswith("_")
            if own and (inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one)):
                yield f"{name_of_module}.{name}", set(inspect.signature(one).parameters)


def test_every_repository_call_is_bound_to_a_tenant():
    unbound = {name for name, taken in _calls() if "tenant_id" not in taken and not BY_ROW & taken}
    assert unbound == FINDS_THE_TENANT | OF_ALL_TENANTS


def test_there_are_repository_calls():
    assert len(list(_calls())) > 40
