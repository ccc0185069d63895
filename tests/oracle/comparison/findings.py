"""What was compared, what was left out because rounding decides it, what differs."""

from collections import Counter

import numpy as np


class Findings:
    """What was compared, what was left out, what differs."""

    def __init__(self):
        self.made, self.skipped, self.differences = Counter(), Counter(), []

    def skip(self, kind, count=1):
        self.made[kind] += count
        self.skipped[kind] += count

    def differ(self, kind, text):
        self.differences.append((kind, text))

    def hold(self, kind, condition, text):
        self.made[kind] += 1
        if not condition:
            self.differ(kind, text() if callable(text) else text)

    def same(self, kind, found, expected, tolerance=0.0, sure=True):
        """Arrays or numbers within the tolerance; NaN where NaN. Where not `sure`, left out."""
        found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
        if found.shape != expected.shape:
            return self.differ(kind, f"shape {found.shape}, expected {expected.shape}")
        sure = np.broadcast_to(sure, found.shape)
        self.made[kind] += found.size
        self.skipped[kind] += int((~sure).sum())
        with np.errstate(invalid="ignore"):
            off = ~(np.abs(found - expected) <= tolerance) & ~(found == expected)
        off &= ~(np.isnan(found) & np.isnan(expected)) & sure
        if off.any():
            at = tuple(int(i[0]) for i in np.nonzero(off)) if found.ndim else ()
            allowed = np.broadcast_to(tolerance, found.shape)[at]
            self.differ(kind, f"{int(off.sum())} of {found.size}, first at {list(at)}: found {found[at]:.17g}, "
                              f"expected {expected[at]:.17g} within {allowed:.3g}")

    def between(self, kind, found, low, high, decisions=None):
        """Numbers that rounding may leave open between low and high. decisions: of how many each is the count, and how
        many of them all are open; else one each."""
        found, low, high = np.asarray(found, dtype=float), np.asarray(low, dtype=float), np.asarray(high, dtype=float)
        made, skipped = decisions or (found.size, int((low != high).sum()))
        self.made[kind] += made
        self.skipped[kind] += skipped
        off = (found < low) | (found > high)
        if off.any():
            at = tuple(int(i[0]) for i in np.nonzero(off)) if found.ndim else ()
            self.differ(kind, f"{int(off.sum())} of {found.size}, first at {list(at)}: found {found[at]:.0f}, expected "
                              f"{low[at]:.0f} to {high[at]:.0f}")
