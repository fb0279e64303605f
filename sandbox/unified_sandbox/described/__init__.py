"""Stand-ins as data: `providers/<name>.sandbox.yaml` says what a provider does, and this package does it."""

from unified_sandbox.described.load import SUFFIX, load_standin, standin_files

__all__ = ["SUFFIX", "load_standin", "standin_files"]
