"""What overlays and charts render, linted and repaired in the files that they are made of.

A finding of several renderings is told once. A repair is made where a value was written, when all
renderings with that file want it. Then they are rendered again, and it is kept only where what
comes out is changed as intended, and no rule finds anything new in it.
"""
