"""Argo CD, Flux and helmfile: which charts and overlays their objects have built, and how."""
