"""The tests of the engine, which need nothing of the product that it was written for."""
