"""What a rule can be about: a closed set of things that a document with a pod may have."""

from enum import Flag, auto


class Feature(Flag):
    """Something about a pod by which the rules that look at it are chosen.

    A document may be said to have a feature that it lacks, and is never said to lack one that it
    has. All but `SETTING` and `MESH` are about containers that get a stop signal.
    """

    HOOK = auto()  # a lifecycle: hooks, or a stop signal
    SETTING = auto()  # a key of a shutdown setting, other than a plain grace period in its place
    GRACE = auto()  # a grace period other than the default
    DRAIN = auto()  # a program with a drain that is written down
    PROGRAM = auto()  # a known program
    WORKER = auto()  # a known program that works off tasks
    SIGNAL = auto()  # a process that the stop signal may not end well: `signals.py`
    SERVED = auto()  # requests from outside come to it and others like it
    BUDGET = auto()  # a PodDisruptionBudget that selects it
    NODE = auto()  # nodes that leave little time: spot nodes, and those of Karpenter
    MESH = auto()  # an annotation that says how a mesh's proxy ends
