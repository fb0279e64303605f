"""A typed client of Unified: one API over CRM, HRIS and ticketing products."""

from msgspec import UNSET, UnsetType

from unified_client import errors
from unified_client._async import Records as AsyncRecords
from unified_client._async_client import AsyncAccount, AsyncClient
from unified_client._calls import Answer, Options, ProxyRequest
from unified_client._client import Account, Client
from unified_client._envelopes import BatchResult, BatchWrite, Page
from unified_client._sync import Records
from unified_client.errors import *  # noqa: F403 - every class of errors
from unified_client.version import VERSION
from unified_client.webhooks import WebhookEvent, WebhookRejected, verify_webhook

__all__ = [
    "UNSET",
    "VERSION",
    "Account",
    "Answer",
    "AsyncAccount",
    "AsyncClient",
    "AsyncRecords",
    "BatchResult",
    "BatchWrite",
    "Client",
    "Options",
    "Page",
    "ProxyRequest",
    "Records",
    "UnsetType",
    "WebhookEvent",
    "WebhookRejected",
    "errors",
    "verify_webhook",
]
__all__ += errors.__all__
