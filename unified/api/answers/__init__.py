"""Builds the answers to requests: records, problems and the headers about limits."""
