"""Shows the service's rows in responses: structs named `…View` or `…Created`, and the functions that make them."""
