"""JSON texts, decoded so that whatever is wrong with one is a `DecodeError`."""

from typing import Any

import msgspec


class NestedTooDeeply(msgspec.DecodeError):
    """The text has more levels than the decoder can follow."""

    def __init__(self) -> None:
        super().__init__("nested too deeply")


def decode_json(content: bytes | str, kind: Any = Any) -> Any:
    """Decode JSON, into a type if one is given.

    Raises:
        msgspec.DecodeError: It is not valid, does not fit the type, is nested too deeply or is not UTF-8.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except RecursionError:
        raise NestedTooDeeply from None
    except UnicodeError:  # of a text from a command line; bytes are a DecodeError of msgspec
        raise msgspec.DecodeError("not UTF-8") from None
