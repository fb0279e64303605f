"""The synchronous client."""

from collections.abc import Mapping
from typing import Any, Self

import httpx2
from msgspec import UNSET

from unified_client._calls import NOTHING, Answer, Call, Options, Repeat, account_id_of, routed_path, settings_of
from unified_client._connections import OwnClient
from unified_client._sync import Sender
from unified_client._sync_api import AccountApi, ClientApi

Http = httpx2.Client | None
Parameters = Mapping[str, Any]


class Account(AccountApi):
    """One account: its models by category, its tools, and the provider's own API."""

    def __init__(self, client: "Client", sender: Sender, account_id: str) -> None:
        super().__init__(sender)
        self.client, self.id = client, account_id


class Client(ClientApi):
    """Calls Unified; keep one for the process, it is safe in threads.

    Args:
        base_url: the address of the service.
        key: an API key; it is sent to this address only.
        timeout: seconds that one attempt of a call may take; `math.inf` for no limit.
        max_retries: how often a call is sent again.
        max_wait: seconds; a call that would have to wait longer raises at once.
        http: an HTTP client of your own; it stays open when this one is closed.

    Raises:
        ValueError: A value cannot be used.
    """

    def __init__(
        self, base_url: str, key: str, *, timeout: float = 60.0, max_retries: int = 2, max_wait: float = 60.0, http: Http = None
    ) -> None:
        settings = settings_of(base_url, key, timeout, max_retries, max_wait)
        self._http = http or OwnClient()
        self._is_own = http is None
        super().__init__(Sender(settings, self._http))

    def account(self, account_id: str, /) -> Account:
        """Return an account to call; nothing is sent yet. Raises ValueError unless it is an id."""
        return Account(self, self._sender.for_account(account_id_of(account_id)), account_id)

    def request(
        self, method: str, path: str, options: Options | None = None, /, *, query: Parameters = NOTHING, body: Any = UNSET
    ) -> Answer:
        """Send a request to a route of Unified and return the raw answer. Raises UnifiedError for every refusal."""
        repeat: Repeat = "always" if method.upper() == "GET" else "refused"
        return self._sender.run(Call(method.upper(), routed_path(path), Answer, repeat, query, body), options)

    def close(self) -> None:
        """Close the connections."""
        if self._is_own:
            self._http.close()

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        """Leave out the key."""
        return f"{type(self).__name__}({self._sender.base_url!r})"
