"""SQL: tables, migrations and one module of queries per noun; the only place with SQLAlchemy.

Holds what the product manages (tenants, keys, accounts, idempotency marks) and never provider data or plaintext
secrets. Every query on a tenant's rows takes the tenant's id.
"""
