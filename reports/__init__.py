"""What is written down: the report, and the forms that it is rendered to."""
