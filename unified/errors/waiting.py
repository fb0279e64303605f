"""When to try again, in the words of an error; its `retry_after` has the same number."""

import math

from unified.errors.error import USUAL_WAIT_SECONDS


def try_again(seconds: float | None) -> str:
    """Return the advice for an error with this `retry_after`, in whole seconds as in the header (RFC 9110, 10.2.3)."""
    whole = max(1, math.ceil(USUAL_WAIT_SECONDS if seconds is None else seconds))
    return f"try again in {whole} second{'' if whole == 1 else 's'}"
