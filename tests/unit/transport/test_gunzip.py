"""Gzip opened piece by piece: the same bytes as when opened whole, in chunks of bounded size."""

import gzip
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unified.transport.http1.content import MAX_CHUNK_BYTES, Gunzip
from unified.transport.http1.failures import DecodingError


def opened(packed: bytes, piece: int) -> list[bytes]:
    gunzip = Gunzip()
    chunks = [chunk for at in range(0, len(packed), piece) for chunk in gunzip.chunks(packed[at : at + piece])]
    gunzip.check_end()
    return chunks


@pytest.mark.parametrize("size", [MAX_CHUNK_BYTES - 1, MAX_CHUNK_BYTES, MAX_CHUNK_BYTES + 1, 3 * MAX_CHUNK_BYTES + 17])
@pytest.mark.parametrize("piece", [1_000, 65_536, 8 * MAX_CHUNK_BYTES])
def test_a_large_body_is_opened_in_bounded_chunks(size: int, piece: int) -> None:
    for content in (bytes(size), random.Random(7).randbytes(size), b'{"id": 1}, ' * (size // 11)):
        chunks = opened(gzip.compress(content, 1), piece)
        assert b"".join(chunks) == content
        assert max(map(len, chunks)) <= MAX_CHUNK_BYTES


@given(st.lists(st.binary(max_size=200), max_size=4), st.integers(1, 60))
def test_members_of_any_content_in_pieces_of_any_size_are_opened(contents: list[bytes], piece: int) -> None:
    packed = b"".join(map(gzip.compress, contents))
    assert b"".join(opened(packed, piece)) == b"".join(contents)


@given(st.binary(min_size=1, max_size=200), st.integers(1, 60), st.data())
def test_a_stream_that_is_cut_anywhere_is_refused(content: bytes, piece: int, data: st.DataObject) -> None:
    packed = gzip.compress(content)
    cut = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(DecodingError):
        opened(packed[:cut], piece)


@given(st.binary(min_size=1, max_size=100))
def test_any_bytes_end_as_they_do_when_opened_whole(content: bytes) -> None:
    try:
        found = b"".join(opened(content, 10))
    except DecodingError:
        with pytest.raises((OSError, EOFError, zlib.error)):
            gzip.decompress(content)
    else:
        assert found == gzip.decompress(content)
