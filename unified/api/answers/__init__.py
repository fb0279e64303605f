"""What a request is answered: records, problems and the headers about limits."""
