"""What responses show of the service's rows: structs named `…View` or `…Created`, and the functions that make them."""
