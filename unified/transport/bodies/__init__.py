"""Bodies of requests and answers: encodings, forms and their limits."""
