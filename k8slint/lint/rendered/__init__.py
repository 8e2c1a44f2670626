"""Rendered overlays and charts, linted, and repaired in their source files.

A finding of several renderings is reported once. A repair is made where a value is written, if all
renderings with that file want it. Then they are rendered again, and it is kept only if the result
changes as intended and no rule finds anything new in it.
"""
