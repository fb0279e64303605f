"""Conditions on records in a scope: how they are read, when one lies within another, and what they say in words.

They are the filters of lists, with relative times, and one step to related records. Relative times are resolved before
the conditions are applied: `unified.service.records.visibility.boundary.record_limit`.
"""
