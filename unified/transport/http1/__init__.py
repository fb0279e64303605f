"""HTTP/1.1 out: requests are written, responses read within bounds, connections pooled; llhttp is the parser."""
