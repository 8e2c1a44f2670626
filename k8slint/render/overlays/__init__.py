"""Kustomizations: building them, and which of their files set a value."""
