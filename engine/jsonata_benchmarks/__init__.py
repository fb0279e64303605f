"""The engine measured: the official suite, speed against others, comparison on random input, and long random runs."""
