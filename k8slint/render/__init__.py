"""Manifests that are rendered first: building them, and the way back to what was written."""
