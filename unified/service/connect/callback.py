"""The way back from the provider: state, browser and issuer are checked before the code is exchanged."""

from unified.service.connect.completion import Connected
from unified.service.services import Services


async def finish(services: Services, provider: str, parameters: list[tuple[str, str]], browser: str | None) -> Connected:
    """End a try with what the provider sent to `/oauth/callback/{provider}`.

    Args:
        provider: the path's.
        parameters: the query in order, as it came.
        browser: the cookie's secret, None when there was none.

    Raises:
        ConnectFailed: nothing was connected; `reason` is a stable code, `detail` plain text of ours.
    """
    raise NotImplementedError
