"""Lint and fix how Kubernetes pods shut down."""

__version__ = "0.1.0"

# Whether this process is the program `k8slint`. As a library it changes nothing for others in it.
is_program = False
