"""Bytes and YAML: text, trees, values, edits and their proof; nothing about Kubernetes."""
