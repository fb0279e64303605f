"""Values that cannot be written: refused with 422 and the caller's own field, never dropped or sent as something else."""

import re
from typing import Any, NoReturn

from unified.transform.functions.registry import function
from unified.transform.functions.values import is_number, missing, text_of
from unified.transform.refusal import ValueRefused

_WHOLE = re.compile(r"0|[1-9][0-9]{0,17}")
"""Digits that stay the same as a number: no sign, no leading zero, no exponent, within 64 bits."""


@function("1 > 0 ? 'sent' : $refuse('amount', 'expected more than nothing')", "sent")
def refuse(field: Any, text: Any) -> NoReturn:
    """Refuse the write with 422: `field` is the common field that cannot be sent as it is, `text` says what is expected.

    Where a query is built, it refuses the condition on that field.
    """
    raise ValueRefused(text_of("refuse", text, "text that says what is expected"), field=text_of("refuse", field, "a field"))


@function("$int('9007199254740993', 'owner_id')", 9007199254740993)
def int_(value: Any, field: Any) -> Any:
    """Return the exact whole number that text of digits writes, for ids that the provider takes as numbers.

    Any other text (`abc`, `007`, `1e3`) is refused with 422 at the common field `field`. Whole numbers are returned unchanged.
    """
    if missing(value) or (is_number(value) and value == int(value)):
        return value
    if not is_number(value) and _WHOLE.fullmatch(text_of("int", value, "digits as text, or a number")):
        return int(value)
    raise ValueRefused("expected a whole number in digits, such as 42", field=text_of("int", field, "a field"))
