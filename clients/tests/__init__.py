"""Tests of the clients that need npm, other runtimes or a running demo; `make test-clients` runs them."""
