"""The boundary of an account: which of its projects, companies, groups … callers may see, and how it is enforced.

Callers outside this package use `unified.service.records.visibility`; only what schemas and tools offer reads `parameters`.
"""
