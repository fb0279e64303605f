"""The OAuth 2 endpoints that every stand-in shares: the consent page and the token endpoint.

Codes and one-time refresh tokens are spent on first use, PKCE (S256) is checked when a challenge was sent, and an
answer has the provider's own form (`OAuth.shape`, `OAuth.refuse`).
"""

import base64
import hashlib
import hmac
import html
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from unified_sandbox.auth import basic_pair
from unified_sandbox.messages import Answer, Incoming, Record
from unified_sandbox.tokens import Grant, Tokens

CODE_LIFETIME = timedelta(minutes=10)

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Connect {name}</title>
<style>body{{font:16px/1.5 system-ui;max-width:32rem;margin:4rem auto;padding:0 1rem}}
button{{font:inherit;padding:.5rem 1rem;margin-right:.5rem}}</style></head><body>
<h1>{name} (stand-in)</h1>
<p><strong>{client}</strong> asks for access to this demo account.</p><ul>{scopes}</ul>
<form method="post">{hidden}
<button name="decision" value="approve" autofocus>Approve</button>
<button name="decision" value="deny">Deny</button></form></body></html>"""

_CARRIED = ("response_type", "client_id", "redirect_uri", "state", "scope", "code_challenge", "code_challenge_method")


def authorize_page(name: str, request: Incoming, tokens: Tokens) -> Answer:
    """Show the consent form (GET), or act on it (POST): back to `redirect_uri` with a code or an error."""
    asked = request.query if request.method == "GET" else request.form
    if problem := _authorize_problem(asked, tokens):
        return Answer(400, problem.encode(), {"Content-Type": "text/plain; charset=utf-8"})
    if request.method == "GET":
        return Answer(200, _consent(name, asked).encode(), {"Content-Type": "text/html; charset=utf-8"})
    if asked.get("decision") != "approve":
        return _redirect(asked, {"error": "access_denied"})
    grant = Grant(
        client_id=asked["client_id"],
        scope=asked.get("scope", ""),
        redirect_uri=asked["redirect_uri"],
        challenge=asked.get("code_challenge", ""),
        expires_at=request.now + CODE_LIFETIME,
    )
    return _redirect(asked, {"code": tokens.issue_code(grant)})


def _authorize_problem(asked: Mapping[str, str], tokens: Tokens) -> str:
    oauth = tokens.oauth()
    target = urlsplit(asked.get("redirect_uri", ""))
    if asked.get("client_id") != oauth.client_id:
        return f"Unknown client_id; the sandbox knows {oauth.client_id!r}."
    if target.scheme not in {"http", "https"} or not target.netloc:
        return "redirect_uri must be an absolute http or https URL."
    if asked.get("response_type") != "code":
        return "response_type must be 'code'."
    if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
        return "code_challenge_method must be 'S256'."
    if oauth.pkce_required and not asked.get("code_challenge"):
        return "code_challenge is required."
    return ""


def _consent(name: str, asked: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{key}" value="{html.escape(asked[key])}">' for key in _CARRIED if key in asked
    )
    scopes = "".join(f"<li>{html.escape(scope)}</li>" for scope in asked.get("scope", "").split())
    return _PAGE.format(name=name, client=html.escape(asked["client_id"]), scopes=scopes, hidden=hidden)


def _redirect(asked: Mapping[str, str], outcome: dict[str, str]) -> Answer:
    query = outcome | ({"state": asked["state"]} if "state" in asked else {})
    separator = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    return Answer(302, None, {"Location": asked["redirect_uri"] + separator + urlencode(query)})


def token_endpoint(request: Incoming, tokens: Tokens) -> Answer:
    """Answer one token call, form or JSON, in the provider's form."""
    oauth = tokens.oauth()
    asked = _asked(request)
    client_id = _client(request, asked, tokens)
    if client_id is None:
        return oauth.refuse(401, "invalid_client", "Client authentication failed.")
    grant_type = asked.get("grant_type", "")
    if grant_type not in oauth.grants:
        known = ", ".join(sorted(oauth.grants))
        return oauth.refuse(400, "unsupported_grant_type", f"grant_type must be one of: {known}.")
    return GRANTS[grant_type](request, asked, client_id, tokens)


def _asked(request: Incoming) -> dict[str, str]:
    if "json" in request.headers.get("content-type", ""):
        return {key: str(value) for key, value in request.fields.items()}
    return dict(request.query) | dict(request.form)


def _client(request: Incoming, asked: Mapping[str, str], tokens: Tokens) -> str | None:
    oauth = tokens.oauth()
    given: tuple[str, str] | None = None
    if "basic" in oauth.client_auth:
        given = basic_pair(request)
    if given is None and "body" in oauth.client_auth:
        given = asked.get("client_id", ""), asked.get("client_secret", "")
    return oauth.client_id if given == (oauth.client_id, oauth.client_secret) else None


def _by_code(request: Incoming, asked: Mapping[str, str], client_id: str, tokens: Tokens) -> Answer:
    grant = tokens.codes.pop(asked.get("code", ""), None)
    problem = _code_problem(grant, request, asked, client_id)
    if problem or grant is None:
        return tokens.oauth().refuse(400, "invalid_grant", problem)
    refresh = tokens.issue_refresh(grant) if tokens.oauth().refreshable else ""
    return _granted(request, grant.scope, client_id, refresh, tokens)


def _code_problem(grant: Grant | None, request: Incoming, asked: Mapping[str, str], client_id: str) -> str:
    if grant is None or grant.client_id != client_id:
        return "The code is unknown or was used."
    if grant.expires_at is not None and grant.expires_at <= request.now:
        return "The code has expired."
    if asked.get("redirect_uri", "") != grant.redirect_uri:
        return "redirect_uri is not the one of the authorization."
    if grant.challenge and not hmac.compare_digest(challenge_of(asked.get("code_verifier", "")), grant.challenge):
        return "code_verifier does not match the code_challenge."
    return ""


def challenge_of(verifier: str) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _by_refresh(request: Incoming, asked: Mapping[str, str], client_id: str, tokens: Tokens) -> Answer:
    spent = tokens.refresh_with(asked.get("refresh_token", ""), client_id)
    if spent is None:
        return tokens.oauth().refuse(400, "invalid_grant", "The refresh token is unknown, used or revoked.")
    grant, refresh = spent
    return _granted(request, grant.scope, client_id, refresh, tokens)


def _by_client(request: Incoming, asked: Mapping[str, str], client_id: str, tokens: Tokens) -> Answer:
    return _granted(request, asked.get("scope", ""), client_id, "", tokens)


def _granted(request: Incoming, scope: str, client_id: str, refresh: str, tokens: Tokens) -> Answer:
    body: Record = {
        "access_token": tokens.issue(client_id, request.now),
        "token_type": "bearer",
        "expires_in": tokens.lifetime_s,
    }
    body |= {"refresh_token": refresh} if refresh else {}
    body |= {"scope": scope} if scope else {}
    return Answer(200, tokens.oauth().shape(body, request), {"Cache-Control": "no-store"})


GRANTS: dict[str, Callable[[Incoming, Mapping[str, str], str, Tokens], Answer]] = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
    "client_credentials": _by_client,
}
