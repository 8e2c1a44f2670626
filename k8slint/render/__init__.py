"""Rendered manifests: how to build them, and where in the source files they come from."""
