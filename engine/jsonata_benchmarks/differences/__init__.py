"""Differences from the other engines that are meant or not ours, by subject."""
