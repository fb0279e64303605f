"""Processor time of a piece of work, without what the collection of a large test run's garbage would add to it."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Spent:
    """Seconds, known once the block has ended."""

    seconds = 0.0


@contextmanager
def processor_time() -> Iterator[Spent]:
    """Measure the block. All that is alive before it is left out of collections, which is a second of a full run's heap."""
    spent = Spent()
    gc.freeze()
    began = time.process_time()
    try:
        yield spent
    finally:
        spent.seconds = time.process_time() - began
        gc.unfreeze()
