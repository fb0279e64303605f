"""Objects, groups, and the record that is converted in the same program."""
