"""Accounts, prepared for display: status and reason, masked credentials with their expiry, and calls left."""

from datetime import datetime, timedelta

import msgspec
from markupsafe import Markup

from unified.service.runtime.refreshes.refresh_times import is_refreshable_now, margin
from unified.service.runtime.services import Services
from unified.store.accounts import AccountRow
from unified.web.html.messages import MESSAGES, NOUNS, REASONS
from unified.web.html.rendering import moment, t


class CallsLeft(msgspec.Struct, frozen=True, kw_only=True):
    """How many calls the provider's rate limit still allows."""

    remaining: int
    limit: int | None = None
    resets_at: datetime | None = None


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """One account, prepared for display."""

    id: str
    name: str
    external_id: str | None
    provider: str
    product: str
    status: str
    status_words: str
    shade: str
    """The status that selects the colour: an account waiting for its OAuth app looks like one that needs reconnecting."""
    reason: str
    access: Markup
    limits: Markup | None
    changed: datetime
    used: str
    """The chosen resources, as text."""


def account_view(
    row: AccountRow, product: str, limits: CallsLeft | None, now: datetime, *, app_refused: bool = False
) -> AccountView:
    """Prepare a row for display, without decrypting its credentials.

    Args:
        row: the account.
        product: the product's title.
        limits: the last known rate limit, if any.
        now: the current time.
        app_refused: whether the product refuses the OAuth app in use.
    """
    by_app = app_refused and row.status == "active" and row.credentials_type == "oauth2" and row.credentials_refreshable
    waits = by_app and row.credentials_expires_at is not None and row.credentials_expires_at <= now
    reasons = [explain_reasons(row.status_reason), REASONS["oauth_app_invalid"] if by_app else ""]
    return AccountView(
        id=row.id,
        name=row.name,
        external_id=row.external_id,
        provider=row.provider,
        product=product,
        status=row.status,
        status_words=MESSAGES["status.waits_for_app" if waits else f"status.{row.status}"],
        shade="needs_reauth" if waits else row.status,
        reason=" ".join(filter(None, reasons)),
        access=_access(row, now, by_app=by_app),
        limits=None if limits is None else _limits(limits, now),
        changed=row.updated_at,
        used=_used(row),
    )


def _used(row: AccountRow) -> str:
    if not row.resources:
        return MESSAGES["resources.count.all"]
    return ", ".join(f"{NOUNS.get(model, model)}: {len(ids)}" for model, ids in row.resources.items())


def explain_reasons(reason: str | None) -> str:
    """Explain a reason: codes separated by `;`, each with optional details after a colon. Unknown codes are shown unchanged."""
    codes = [part.partition(":")[0].strip() for part in (reason or "").split(";")]
    return " ".join(REASONS.get(code, code) for code in codes)


def _access(row: AccountRow, now: datetime, *, by_app: bool) -> Markup:
    if row.credentials_type is None:
        return Markup(MESSAGES["access.none"])  # noqa: S704 - a text of this project
    kept = t("access.kept", kind=MESSAGES[f"kind.{row.credentials_type}"], masked=row.credentials_masked or "")
    life = _life(row, now, renewed=not by_app)
    return kept + ", " + life if life else kept


def _life(row: AccountRow, now: datetime, *, renewed: bool) -> Markup | None:
    ends = row.credentials_expires_at
    if ends is None:
        return None
    if not renewed or row.status != "active" or not row.credentials_refreshable:
        return t("access.ended" if ends <= now else "access.ends", when=moment(ends, now))
    if row.refresh_not_before is not None and not is_refreshable_now(row, now):
        return t("access.retries", when=moment(row.refresh_not_before, now))
    renewal = ends - margin(row)
    return t("access.renews", when=moment(renewal, now)) if renewal > now else t("access.renews.now")


def _limits(limits: CallsLeft, now: datetime) -> Markup:
    if limits.limit is None:
        shown = t("accounts.limits.remaining", remaining=limits.remaining)
    else:
        shown = t("accounts.limits.value", remaining=limits.remaining, limit=limits.limit)
    return shown + ", " + t("accounts.limits.resets", when=moment(limits.resets_at, now)) if limits.resets_at else shown


def calls_left(services: Services, account_id: str) -> CallsLeft | None:
    """Return the last known rate limit of an account; None until its provider has reported one to this process."""
    reported = services.client.limits_of(account_id)
    if reported is None:
        return None
    resets_at = None if reported.reset is None else services.clock() + timedelta(seconds=reported.reset)
    return CallsLeft(remaining=reported.remaining, limit=reported.limit, resets_at=resets_at)
