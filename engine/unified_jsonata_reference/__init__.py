"""jsonata-python behind the interface of `unified_jsonata`: the independent oracle, chosen by UNIFIED_JSONATA=reference.

It needs `pip install 'unified-jsonata[reference]'`, is slow, and has its own faults.
"""

from unified_jsonata_reference.runner import ReferenceRunner

__all__ = ["ReferenceRunner"]
