"""Lint and fix how Kubernetes pods shut down."""

__version__ = "0.1.0"
