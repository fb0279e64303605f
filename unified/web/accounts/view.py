"""An account as the accounts page tells it: status and reason in words, access masked, when it ends, calls left."""

from datetime import datetime, timedelta

import msgspec
from markupsafe import Markup

from unified.service.runtime.services import Services
from unified.service.runtime.token_refresher import margin
from unified.store.accounts import AccountRow
from unified.web.html.messages import NOUNS, REASONS, WORDS
from unified.web.html.rendering import moment, t


class CallsLeft(msgspec.Struct, frozen=True, kw_only=True):
    """How many calls the provider still takes."""

    remaining: int
    limit: int | None = None
    resets_at: datetime | None = None


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """One account, ready to be shown."""

    id: str
    name: str
    external_id: str | None
    provider: str
    product: str
    status: str
    status_words: str
    shade: str
    """The status by which it is coloured: one that waits for its app looks like one that is lost."""
    reason: str
    access: Markup
    limits: Markup | None
    changed: datetime
    used: str
    """What of it was chosen, in words."""


def account_view(
    row: AccountRow, product: str, limits: CallsLeft | None, now: datetime, *, app_refused: bool = False
) -> AccountView:
    """The view of a row; credentials are never opened for it. `app_refused`: the product refuses the OAuth app in use."""
    by_app = app_refused and row.status == "active" and row.credentials_type == "oauth2" and row.credentials_refreshable
    waits = by_app and row.credentials_expires_at is not None and row.credentials_expires_at <= now
    told = [reason_in_words(row.status_reason), REASONS["oauth_app_invalid"] if by_app else ""]
    return AccountView(
        id=row.id,
        name=row.name,
        external_id=row.external_id,
        provider=row.provider,
        product=product,
        status=row.status,
        status_words=WORDS["status.waits_for_app" if waits else f"status.{row.status}"],
        shade="needs_reauth" if waits else row.status,
        reason=" ".join(filter(None, told)),
        access=_access(row, now, by_app=by_app),
        limits=None if limits is None else _limits(limits, now),
        changed=row.updated_at,
        used=_used(row),
    )


def _used(row: AccountRow) -> str:
    if not row.resources:
        return WORDS["resources.count.all"]
    return ", ".join(f"{NOUNS.get(model, model)}: {len(ids)}" for model, ids in row.resources.items())


def reason_in_words(reason: str | None) -> str:
    """A reason's stable codes in words; what follows a colon in one is for programs, an unknown one is shown as it is."""
    codes = [part.partition(":")[0].strip() for part in (reason or "").split(";")]
    return " ".join(REASONS.get(code, code) for code in codes)


def _access(row: AccountRow, now: datetime, *, by_app: bool) -> Markup:
    if row.credentials_type is None:
        return Markup(WORDS["access.none"])  # noqa: S704 - our own words
    kept = t("access.kept", kind=WORDS[f"kind.{row.credentials_type}"], masked=row.credentials_masked or "")
    life = _life(row, now, renewed=not by_app)
    return kept + ", " + life if life else kept


def _life(row: AccountRow, now: datetime, *, renewed: bool) -> Markup | None:
    ends = row.credentials_expires_at
    if ends is None:
        return None
    if not renewed or row.status != "active" or not row.credentials_refreshable:
        return t("access.ended" if ends <= now else "access.ends", when=moment(ends, now))
    if row.refresh_not_before is not None and row.refresh_not_before > now:
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
    """The last known limit of an account; None while its provider has told this process none."""
    seen = services.client.limits_of(account_id)
    if seen is None:
        return None
    resets_at = None if seen.reset is None else services.clock() + timedelta(seconds=seen.reset)
    return CallsLeft(remaining=seen.remaining, limit=seen.limit, resets_at=resets_at)
