"""A campaign: the plan carried out on one target, and what it showed written into a evidence."""
