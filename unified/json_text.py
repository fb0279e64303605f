"""JSON texts from files, options and settings."""

from typing import Any

import msgspec

TOO_DEEP = "nested too deeply"
NOT_UTF_8 = "not UTF-8"


def decode_json(content: bytes | str, kind: Any = Any) -> Any:
    """Decode JSON, into a type if one is given.

    Raises:
        msgspec.DecodeError: It is not valid, does not fit the type, is nested too deeply or is not UTF-8.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except RecursionError:
        raise msgspec.DecodeError(TOO_DEEP) from None
    except UnicodeError:  # of a text from a command line; bytes are a DecodeError of msgspec
        raise msgspec.DecodeError(NOT_UTF_8) from None
