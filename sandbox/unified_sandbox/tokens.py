"""The tokens of one stand-in: issued, expired, revoked, rotated; and the demo's fixed credentials."""

import secrets
from datetime import datetime, timedelta

import msgspec

from unified_sandbox.standin import OAuth, StandIn


class AccessToken(msgspec.Struct):
    """One OAuth access token; `expires_at` None lasts until it is revoked."""

    principal: str
    expires_at: datetime | None = None
    revoked: bool = False


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """The approval of a person, kept for a code at first and for a refresh token afterwards."""

    client_id: str
    scope: str = ""
    redirect_uri: str = ""
    challenge: str = ""
    expires_at: datetime | None = None


class Tokens:
    """Mutable by design: the control surface and the token endpoint both change it, on one event loop."""

    def __init__(self, standin: StandIn) -> None:
        self._standin = standin
        self.access: dict[str, AccessToken] = {}
        self.refresh: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self.restore()

    def restore(self) -> None:
        """Make the demo's credentials valid and take back what the control surface changed.

        Tokens that were issued stay known, so that a connected account survives a reset.
        """
        oauth = self._standin.oauth
        self.fixed_revoked = False
        self.rotate = bool(oauth and oauth.rotate)
        self.lifetime_s = oauth.lifetime_s if oauth else 3600
        self.delay_ms = 0
        for credentials in self._standin.demo_credentials:
            if credentials["type"] == "oauth2":
                self.access[credentials["access_token"]] = AccessToken("demo")
                if token := credentials.get("refresh_token"):
                    self.refresh[token] = Grant(client_id=oauth.client_id if oauth else "demo-client")

    def fixed(self, kind: str) -> list[dict[str, str]]:
        """Return the demo's credentials of a kind (`bearer`, `basic`, `api_key`); none after a revocation."""
        if self.fixed_revoked:
            return []
        return [credentials for credentials in self._standin.demo_credentials if credentials["type"] == kind]

    def issue(self, principal: str, now: datetime) -> str:
        """Make a fresh access token that lives `lifetime_s`."""
        token = f"at-{self._standin.name}-{secrets.token_urlsafe(24)}"
        self.access[token] = AccessToken(principal, now + timedelta(seconds=self.lifetime_s))
        return token

    def issue_refresh(self, grant: Grant) -> str:
        """Make a fresh refresh token for what was approved."""
        token = f"rt-{self._standin.name}-{secrets.token_urlsafe(24)}"
        self.refresh[token] = grant
        return token

    def issue_code(self, grant: Grant) -> str:
        """Make a one-time authorization code."""
        code = f"code-{secrets.token_urlsafe(18)}"
        self.codes[code] = grant
        return code

    def refresh_with(self, token: str, client_id: str) -> tuple[Grant, str] | None:
        """Spend a refresh token: the grant and the next refresh token, or None (invalid_grant)."""
        grant = self.refresh.get(token)
        if grant is None or grant.client_id != client_id:
            return None
        if not self.rotate:
            return grant, token
        del self.refresh[token]
        return grant, self.issue_refresh(grant)

    def expire(self, now: datetime) -> int:
        """End every access token as time would; refresh tokens stay valid. Return how many ended."""
        living = [token for token in self.access.values() if token.expires_at is None or token.expires_at > now]
        for token in living:
            token.expires_at = now
        return len(living)

    def revoke(self) -> int:
        """Take everything back, the demo's fixed credentials too; only a new authorization helps."""
        for token in self.access.values():
            token.revoked = True
        count = len(self.access) + len(self.refresh)
        self.refresh.clear()
        self.fixed_revoked = True
        return count

    def oauth(self) -> OAuth:
        """Return the stand-in's OAuth settings; asked for only where they exist."""
        assert self._standin.oauth is not None
        return self._standin.oauth
