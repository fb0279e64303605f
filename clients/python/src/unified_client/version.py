"""The version, the same as the service's, and the version of the API that every request names."""

VERSION = "0.2.0"
API_VERSION = "2026-11-29"
