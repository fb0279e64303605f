"""What keeps a failing or slow provider from taking the service down: breaker, bulkhead, retry budget."""
