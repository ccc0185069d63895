"""What `compute` and `sweep` say and store, held to the reference (tests/oracle/reference).

findings.py   what was compared, what rounding left out, what differs
program.py    a panel and a plan in a folder, and the program run on them
measures.py   the result of `compute`
sweep.py      the result of `sweep`, cell by cell
replay.py     `sweep --scenario K --json`
"""
