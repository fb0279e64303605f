"""A stand-in of Zendesk Support: tickets, comments, users, organizations, groups, tags, search, exports, OAuth."""

from collections.abc import Mapping

from unified_sandbox.standin import Basic, Bearer, Handler, OAuth, RateLimit, Route, StandIn
from unified_sandbox.zendesk import comments, people, places, tickets
from unified_sandbox.zendesk.data import seed
from unified_sandbox.zendesk.errors import refuse
from unified_sandbox.zendesk.search import search

_PATHS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/tickets", tickets.list_tickets),
    ("POST", "/tickets", tickets.create_ticket),
    ("GET", "/tickets/show_many", tickets.show_many),
    ("GET", "/tickets/{id}", tickets.get_ticket),
    ("PUT", "/tickets/{id}", tickets.update_ticket),
    ("DELETE", "/tickets/{id}", tickets.delete_ticket),
    ("GET", "/tickets/{id}/comments", comments.list_comments),
    ("PUT", "/tickets/{id}/comments/{comment_id}/make_private", comments.make_private),
    ("GET", "/incremental/tickets/cursor", tickets.export),
    ("GET", "/incremental/tickets", tickets.export_by_time),
    ("GET", "/attachments/{id}", comments.get_attachment),
    ("GET", "/users", people.list_users),
    ("POST", "/users", people.create_user),
    ("GET", "/users/me", people.get_me),
    ("GET", "/users/show_many", people.show_many),
    ("GET", "/users/{id}", people.get_user),
    ("PUT", "/users/{id}", people.update_user),
    ("DELETE", "/users/{id}", people.delete_user),
    ("GET", "/incremental/users/cursor", people.export),
    ("GET", "/organizations", places.list_organizations),
    ("POST", "/organizations", places.create_organization),
    ("GET", "/organizations/show_many", places.show_organizations),
    ("GET", "/organizations/search", places.search_organizations),
    ("GET", "/organizations/{id}", places.get_organization),
    ("PUT", "/organizations/{id}", places.update_organization),
    ("DELETE", "/organizations/{id}", places.delete_organization),
    ("GET", "/incremental/organizations", places.export_organizations),
    ("GET", "/groups", places.list_groups),
    ("GET", "/groups/{id}", places.get_one("groups", "group")),
    ("GET", "/groups/{id}/users", people.list_members),
    ("GET", "/search", search),
    ("GET", "/tags", places.list_tags),
    ("GET", "/autocomplete/tags", places.complete_tags),
    ("GET", "/custom_statuses", places.list_statuses),
    ("GET", "/custom_statuses/{id}", places.get_one("custom_statuses", "custom_status")),
    ("GET", "/ticket_fields", places.list_all("ticket_fields")),
    ("GET", "/user_fields", places.list_all("user_fields")),
    ("GET", "/organization_fields", places.list_all("organization_fields")),
)


def _routes() -> tuple[Route, ...]:
    """Return every path as it is, and with the `.json` that Zendesk accepts too."""
    return tuple((method, f"/api/v2{path}{end}", handler) for method, path, handler in _PATHS for end in ("", ".json"))


def _limit_headers(limit: int, remaining: int, window_s: int) -> Mapping[str, str]:
    return {
        "X-Rate-Limit": str(limit),
        "X-Rate-Limit-Remaining": str(remaining),
        "ratelimit-limit": str(limit),
        "ratelimit-remaining": str(remaining),
        "ratelimit-reset": str(window_s),
    }


STANDIN = StandIn(
    name="zendesk",
    seed=seed,
    routes=_routes(),
    refuse=refuse,
    accepts=(Bearer(), Basic()),
    demo_credentials=(
        {"type": "oauth2", "access_token": "demo-zendesk-access", "refresh_token": "demo-zendesk-refresh"},
        {"type": "basic", "username": "agent@demo.example", "password": "demo-zendesk-token"},
        # As it arrives: an API token is announced by `/token` behind the address.
        {"type": "basic", "username": "agent@demo.example/token", "password": "demo-zendesk-token"},
    ),
    demo_settings={"subdomain": "demo"},
    oauth=OAuth(
        authorize_path="/oauth/authorizations/new",
        token_path="/oauth/tokens",  # noqa: S106
        lifetime_s=1800,
        rotate=True,
        client_auth=frozenset({"body"}),
    ),
    limit=RateLimit(requests=700, window_s=60, headers=_limit_headers),
    shaped=True,
)
