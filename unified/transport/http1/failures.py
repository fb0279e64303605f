"""Failures of a call on the wire; an error message shows their names, and they say whether anything was sent."""


class WireError(Exception):
    """A request got no usable response."""


class NotSent(WireError):
    """Nothing of the request was sent."""


class InvalidUrl(NotSent):
    """A text cannot be called as a URL."""


class WireTimeout(WireError):
    """Something took longer than it may."""


class ConnectError(NotSent):
    """No connection came about."""


class ConnectTimeout(NotSent, WireTimeout):
    """No connection came about in time."""


class ReadError(WireError):
    """The connection broke before the response was complete."""


class WriteError(WireError):
    """The connection broke before the request was complete."""


class LocalProtocolError(WireError):
    """The request cannot be written as HTTP."""


class RemoteProtocolError(WireError):
    """The bytes received are not a complete response of HTTP/1.1."""


class DecodingError(WireError):
    """The body is not what its encoding says."""
