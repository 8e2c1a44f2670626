"""What really happened: drills, stops watched in a cluster, and the file that keeps both.

`kubectl` and `within` read a cluster, for `observe` and for `live`, the objects of `check --live`.
"""
