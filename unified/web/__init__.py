"""Pages for people: plain HTML made on the server, forms that work without script. See docs/pages.md."""
