"""Recordings: traffic that was written down once, judged as far as it shows something; nothing is sent."""
