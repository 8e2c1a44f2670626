"""Timelines made visible, one file per format."""
