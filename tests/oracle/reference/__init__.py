"""METHODS in numpy: an implementation of the whole scenario that shares no code and no algorithm with the program's.

draws.py     weights and noise of a replicate, from (seed, replicate, item, purpose)
scenario.py  presence, margins, components, spectrum, scores, ranks, P1, shares, classes
studies.py   random panels and plans, and those of files
"""
