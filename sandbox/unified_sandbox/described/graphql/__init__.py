"""Stand-ins with a GraphQL API: every query is validated against the schema of the file, and executed."""

from unified_sandbox.described.graphql.executing import graphql_route

__all__ = ["graphql_route"]
