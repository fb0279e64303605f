"""What is published of a model: schema, fields and options."""
