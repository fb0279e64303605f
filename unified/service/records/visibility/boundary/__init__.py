"""The boundary of an account: which of its projects, companies, groups … callers may see, and how it is enforced.

Records are read and written through `unified.service.records.visibility.visibility`, which calls this package. Besides,
`boundary_of` says whether there is a boundary, and `parameters` what schemas and tools may offer within it.
"""
