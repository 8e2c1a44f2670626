"""Helm charts: rendering them, and what in their files a rendered value comes from."""
