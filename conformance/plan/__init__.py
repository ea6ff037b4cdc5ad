"""The plan: which bodies are sent to an assistant in which state, most telling first."""
