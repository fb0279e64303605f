"""Evaluation by jsonata-python: the independent oracle, chosen by UNIFIED_JSONATA=reference."""
