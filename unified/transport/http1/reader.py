"""Reading of one response: llhttp parses it, strictly; here its size is bounded and its body decompressed as it comes."""

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpResponseParser

from unified.catalog.wire import ProviderAnswer
from unified.errors.providers import UpstreamTooLarge
from unified.transport.http1.content import Gunzip, check_head
from unified.transport.http1.failures import RemoteProtocolError

MAX_SILENT_BYTES = 100_000
"""How many bytes may come that complete no header and belong to no body: an unfinished header, or padding of chunks."""
MAX_FIELD_BYTES = 100_000
"""The largest sum of headers that is read at all, trailers included; of a head, less than that is accepted."""
MAX_INTERIM = 16
"""How many interim responses (1xx) may come before the response."""
CUT = "the connection was closed before the response was complete"
_VERSIONS = frozenset({"1.0", "1.1"})
_OK, _LOWEST, _SWITCH = 200, 100, 101

Fields = list[tuple[bytes, bytes]]


class ResponseReader:
    """Takes the bytes of a connection until one response is complete; the parser calls the methods `on_…`."""

    __slots__ = (
        "_bodiless",
        "_chunks",
        "_field_bytes",
        "_fields",
        "_gunzip",
        "_headers",
        "_interim",
        "_max_bytes",
        "_parser",
        "_raw",
        "_silent",
        "_size",
        "_to_the_end",
        "began",
        "complete",
        "drain",
        "reusable",
        "status",
    )

    def __init__(self, method: str, *, max_bytes: int, drain: float | None = None) -> None:
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._bodiless = method == "HEAD"
        self._max_bytes = max_bytes
        self._fields: Fields = []
        self._chunks: list[bytes] = []
        self._headers: dict[str, str] = {}
        self._gunzip: Gunzip | None = None
        self._to_the_end = False
        self._field_bytes = self._interim = self._raw = self._silent = self._size = 0
        self.drain = drain
        """Seconds for which the rest is read after the head, if only the status is of interest."""
        self.began = False
        """Whether a single byte has come."""
        self.status = 0
        """The status, once the head is complete."""
        self.complete = False
        self.reusable = False
        """Whether the connection may carry another request after this response."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            WireError, UnifiedError: They are not, or no longer, a response that is accepted.
        """
        assert self._parser is not None
        self.began = True
        before = self._field_bytes + self._raw
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if self.complete:  # bytes after the response
                self.reusable = False
                return
            ours = error.__context__ if isinstance(error, HttpParserCallbackError) else None
            raise ours or RemoteProtocolError("not a response of HTTP/1.1") from None
        self._silent = self._silent + len(data) if self._field_bytes + self._raw == before else 0
        if self._silent > MAX_SILENT_BYTES:
            raise RemoteProtocolError("a header, or the padding of a chunk, is too large")

    def end(self) -> None:
        """Take the end of the connection.

        Raises:
            WireError: The response is not complete.
        """
        if not self.complete and not (self.status and self._to_the_end):
            raise RemoteProtocolError(CUT)
        self._complete()

    def close(self) -> None:
        """Let go of the parser, which knows this reader, and of half a body: both are freed now, not at the next collection."""
        self._parser = None
        if not self.complete:
            self._chunks.clear()

    def answer(self) -> ProviderAnswer:
        """Return the response."""
        return ProviderAnswer(status=self.status, headers=self._headers, body=None, content=b"".join(self._chunks))

    def on_message_begin(self) -> None:
        """Refuse a second response: nothing asked for it."""
        if self.complete:
            raise RemoteProtocolError("bytes after the response")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; trailers are only counted."""
        self._field_bytes += len(name) + len(value)
        if self._field_bytes > MAX_FIELD_BYTES:
            raise RemoteProtocolError("the head is too large")
        if not self.status:
            self._fields.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        """Decide by the head how the rest is read, and whether at all."""
        assert self._parser is not None
        status = self._parser.get_status_code()
        if self._parser.get_http_version() not in _VERSIONS or status < _LOWEST or status == _SWITCH:
            raise RemoteProtocolError("the response changes or breaks the protocol")
        if status < _OK:
            self._pass_over()
            return
        self._read_head()
        self.reusable = self._parser.should_keep_alive() and not self._bodiless
        self.status = status
        if self._bodiless:
            self._complete()

    def on_body(self, part: bytes) -> None:
        """Take a part of the body, as sent."""
        self._raw += len(part)
        if self._raw > self._max_bytes:
            raise self._too_large()
        if self.drain is not None:
            return
        for chunk in (part,) if self._gunzip is None else self._gunzip.chunks(part):
            self._size += len(chunk)
            if self._size > self._max_bytes:
                raise self._too_large()
            self._chunks.append(chunk)

    def on_message_complete(self) -> None:
        """Note the end of a response; of an interim one there is nothing to note."""
        if self.status:
            self._complete()

    def _pass_over(self) -> None:
        self._interim += 1
        if self._interim > MAX_INTERIM:
            raise RemoteProtocolError("too many interim responses")
        self._fields.clear()
        self._field_bytes = 0

    def _read_head(self) -> None:
        headers = self._headers = header_map(self._fields)
        coding, has_length = headers.get("transfer-encoding"), "content-length" in headers
        if coding is not None and (has_length or coding.lower() != "chunked"):
            raise RemoteProtocolError("the head does not say in one way where the body ends")
        self._to_the_end = coding is None and not has_length
        if self.drain is None and check_head(headers, count=len(self._fields), size=self._field_bytes) == "gzip":
            self._gunzip = Gunzip()

    def _complete(self) -> None:
        if self._gunzip is not None:
            self._gunzip.check_end()
        self.complete = True

    def _too_large(self) -> UpstreamTooLarge:
        return UpstreamTooLarge(f"the answer has more than {self._max_bytes} bytes")


def header_map(fields: Fields) -> dict[str, str]:
    """Return headers by name; values of one name are joined by commas (RFC 9110, 5.3)."""
    try:
        return _joined(fields, "utf-8")
    except UnicodeDecodeError:
        return _joined(fields, "latin-1")


def _joined(fields: Fields, encoding: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in fields:
        name, value = name_bytes.decode("ascii"), value_bytes.decode(encoding)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
