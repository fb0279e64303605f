"""Makes the process forget what it prepared, so that compiling is timed as the first time."""

import re
import sys


def forget() -> None:
    """Empty every bounded cache of the engine, and the standard library's of regular expressions."""
    re.purge()
    for name, module in list(sys.modules.items()):
        if name.startswith("unified_jsonata"):
            for value in list(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if callable(clear):
                    clear()
