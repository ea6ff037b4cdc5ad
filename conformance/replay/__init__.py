"""A finding of a report sent again: the stored bytes and preconditions, not the seed."""
