"""A stand-in of Jira Cloud: issues with JQL and transitions, comments, files, users, projects, OAuth 3LO."""

from collections.abc import Mapping

from unified_sandbox.jira import comments, directory, issues
from unified_sandbox.jira.data import seed
from unified_sandbox.jira.errors import refuse
from unified_sandbox.jira.shapes import API
from unified_sandbox.standin import Basic, Bearer, OAuth, RateLimit, Route, StandIn

_ISSUE = f"{API}/issue/{{id}}"
_COMMENTS = f"{API}/issue/{{issue}}/comment"

_SITE: tuple[Route, ...] = (
    ("GET", f"{API}/myself", directory.myself),
    ("GET", f"{API}/search/jql", issues.search),
    ("POST", f"{API}/issue", issues.create_issue),
    ("GET", _ISSUE, issues.get_issue),
    ("PUT", _ISSUE, issues.update_issue),
    ("DELETE", _ISSUE, issues.delete_issue),
    ("GET", f"{_ISSUE}/transitions", issues.list_transitions),
    ("POST", f"{_ISSUE}/transitions", issues.transition),
    ("GET", _COMMENTS, comments.list_comments),
    ("POST", _COMMENTS, comments.create_comment),
    ("GET", f"{_COMMENTS}/{{id}}", comments.get_comment),
    ("PUT", f"{_COMMENTS}/{{id}}", comments.update_comment),
    ("DELETE", f"{_COMMENTS}/{{id}}", comments.delete_comment),
    ("GET", f"{API}/attachment/{{id}}", issues.get_attachment),
    ("DELETE", f"{API}/attachment/{{id}}", issues.delete_attachment),
    ("GET", f"{API}/users/search", directory.list_users),
    ("GET", f"{API}/user/search", directory.find_users),
    ("GET", f"{API}/user", directory.get_user),
    ("GET", f"{API}/group/bulk", directory.list_groups),
    ("GET", f"{API}/project/search", directory.list_projects),
    ("GET", f"{API}/project/{{id}}", directory.get_project),
    ("GET", f"{API}/label", directory.list_labels),
    ("GET", f"{API}/priority/search", directory.list_priorities),
    ("GET", f"{API}/status", directory.whole("statuses")),
    ("GET", f"{API}/status/{{id}}", directory.one("statuses", "The status with id '{0}' does not exist")),
    ("GET", f"{API}/issuetype", directory.whole("issuetypes")),
    ("GET", f"{API}/issuetype/{{id}}", directory.one("issuetypes", "The issue type with id '{0}' does not exist")),
    ("GET", f"{API}/field", directory.whole("fields")),
)
ROUTES = _SITE + tuple((method, f"/ex/jira/{{cloud_id}}{path}", handler) for method, path, handler in _SITE)
"""The site's own, and the same below the host of OAuth tokens."""


def _limit_headers(limit: int, remaining: int, _window_s: int) -> Mapping[str, str]:
    return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(remaining)}


STANDIN = StandIn(
    name="jira",
    seed=seed,
    routes=ROUTES,
    refuse=refuse,
    accepts=(Basic(), Bearer()),
    demo_credentials=(
        {"type": "basic", "username": "demo@unified.example", "password": "demo-jira-token"},
        {"type": "oauth2", "access_token": "demo-jira-access", "refresh_token": "demo-jira-refresh"},
    ),
    demo_settings={"site": "demo"},
    oauth=OAuth(authorize_path="/authorize", token_path="/oauth/token", rotate=True, client_auth=frozenset({"body"})),  # noqa: S106
    limit=RateLimit(requests=100, window_s=1, headers=_limit_headers),
    shaped=True,
)
