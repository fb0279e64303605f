"""Removes the provider's own words from a refusal, as they may repeat values that a caller does not see."""

import msgspec

from unified.errors.error import UnifiedError


def hide_provider_message(refused: UnifiedError) -> None:
    """Remove a provider's own words from its refusal, for callers who may not see all."""
    said = refused.provider
    if said is not None:
        refused.provider = msgspec.structs.replace(said, code=None, message=None)
        refused.errors = ()
