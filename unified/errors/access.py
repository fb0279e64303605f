"""Refusals of a caller: who it is, and what its scope, the consent of an owner or a policy allows."""

from unified.errors.error import UnifiedError
from unified.errors.requests import Unprocessable


class Unauthenticated(UnifiedError):
    """The key is missing, wrong, expired or revoked; the answer is the same for all four."""

    status, code, title = 401, "unauthenticated", "Authentication required"


class Forbidden(UnifiedError):
    """The caller is known, but the scope does not allow the call."""

    status, title = 403, "Outside the scope"


class MethodNotAllowedByScope(Forbidden):
    """The method class is not in the scope."""

    code = "method_not_allowed_by_scope"


class OutsideTags(Forbidden):
    """The operation carries none of the scope's tags."""

    code = "outside_tags"


class OutsideModels(Forbidden):
    """The model is not in the scope."""

    code = "outside_models"


class OutsideAccounts(Forbidden):
    """The account is not in the scope."""

    code = "outside_accounts"


class OutsideResources(Forbidden):
    """The record is outside the account's chosen resources."""

    code = "outside_resources"


class OutsideConsent(Forbidden):
    """The owner of the account did not agree to it when they connected the account; a wider connect link can ask them to."""

    code = "outside_consent"


class FieldHidden(Forbidden):
    """The field is hidden from this scope."""

    code = "field_hidden"


class WritesDenied(Forbidden):
    """The scope denies writes."""

    code = "writes_denied"


class FormRefused(Forbidden):
    """The form was not sent from a page that this service gave to this browser, or the page is too old."""

    code, title = "form_refused", "Form refused"


class ForbiddenByPolicy(Forbidden):
    """The installation's policy does not allow it, whatever the scope says."""

    code = "forbidden_by_policy"


class ScopeExceedsParent(Forbidden):
    """A scope asks for more than the key that creates it has."""

    code = "scope_exceeds_parent"


class Paused(Forbidden):
    """The key, the MCP server, all agents of the tenant or all its writes were paused, until someone resumes them."""

    code, title = "paused", "Paused"


class LinkPaused(Paused):
    """The API key that made a connect link was paused: the link connects nothing until the key is resumed."""


class OutsideHours(Forbidden):
    """The key or the MCP server may not be used at this time; `retry_after` is the time until it may."""

    code, title = "outside_hours", "Outside its hours"


class LimitUsedUp(Forbidden):
    """The total limit of a key or an MCP server is used up; it does not renew with time."""

    code, title = "limit_used_up", "Limit used up"


class TenantSuspended(Forbidden):
    """The operator suspended the tenant: its keys, MCP servers, pages and links are refused until it is resumed."""

    code, title = "tenant_suspended", "Tenant suspended"


REFUSED_FOR_NOW = (TenantSuspended, Paused, OutsideHours)
"""Errors that refuse a valid credential, whatever it asks for, until a person or the clock ends that."""


class OriginRefused(Forbidden):
    """A web page of an origin that is not allowed made the request through a user's browser."""

    code, title = "origin_refused", "Origin not allowed"


class EmptyScope(Unprocessable):
    """A scope that allows nothing."""

    code, title = "empty_scope", "Empty scope"
