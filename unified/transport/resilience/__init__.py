"""Protection of the service against failing and slow providers: breaker, bulkhead, retry budget."""
