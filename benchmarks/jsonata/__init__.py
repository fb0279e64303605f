"""The JSONata engine measured: the official suite, speed against others, and comparison on random input."""
