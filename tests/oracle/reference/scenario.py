"""One scenario from values and weights to classes (METHODS A1, A2 step 3, C0). float64 throughout; the spectrum by a
dense singular value decomposition, its trivial vector taken out exactly.

Where a decision is nearer than rounding can tell (a cell at the threshold, a gap of 1e-10, two scores), the outcome
says so, and whoever compares leaves that decision out.
"""

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

EQUAL_SCORES = 1e-10  # of a deviation: such scores tie (METHODS C0.7)
EQUAL_NUMBERS = 1e-12  # relative: such shares, HHI and cuts are the same number
TIED_GAP, NO_SIGNAL = 1e-10, 1e-12  # METHODS C0.6 iv, v
NO_CORRELATION = 1e-12  # gives no sign (FORMATS 5)
VOTE = 2.0  # standard errors 1 / sqrt(n - 1) of a correlation of nothing with nothing, beyond which a rule votes
ROUNDING = 5e-15  # of a singular vector, times 1 / (its distance to the next singular value)

FEW_LOCATIONS = 3.0  # a participation below it is remarked

O, FO, L, NOT_VALID, UNSURE = 0, 1, 2, 255, 254


@dataclass
class Year:
    """One year of a panel, without locations and products that trade nothing."""

    label: int
    value: np.ndarray  # [C, P]
    location_item: np.ndarray  # [C] index in the panel
    product_item: np.ndarray  # [P]
    panel_locations: int
    panel_products: int
    class_unit: np.ndarray  # [C] bool: in the sample of medians
    given_p1: np.ndarray  # [P] bool, or None


@dataclass
class Specification:
    threshold: float = 1.0
    above: bool = False  # RCA > t; else RCA >= t
    deviation: str = "population"  # | sample | long-table
    pci_scale: str = "eci"  # | own
    giant: bool = False  # a disconnected matrix: scores of its largest component; else none
    min_participation: float = 0.0


@dataclass
class Classes:
    quantiles: list = field(default_factory=list)  # Fractions; [None]: P1 is given
    splits: list = field(default_factory=list)  # texts
    cuts: list = field(default_factory=list)


@dataclass
class Outcome:
    validity: str = "valid"
    unsure: set = field(default_factory=set)  # presence, validity, sign, rule, swap, few, p1
    weight: np.ndarray = None  # [P] w
    location_weight: np.ndarray = None  # [C] v
    presence: np.ndarray = None  # [C, P]
    diversity: np.ndarray = None  # [C] drawn products present, of those that a drawn location has
    weighted_diversity: np.ndarray = None  # [C]
    ubiquity: np.ndarray = None  # [P] drawn locations with a drawn product that have it
    components: int = 0
    in_matrix: np.ndarray = None  # [C] locations that are scored
    eigenvalue: np.ndarray = None  # lambda_2, lambda_3, ...
    vector: np.ndarray = None  # [C, k] of A, as columns 2, 3, ...; 0 for locations that are not scored or not drawn
    participation: float = np.nan
    corr_diversity: float = np.nan  # of the scores as signed
    corr_ubiquity: float = np.nan
    corr_reflection: float = np.nan  # weighted by diversity: its numerator is sum k_c^2 K_c (C0.8)
    votes: tuple = ()  # of the three rules for the sign applied: 1, 0 = within the rule's noise, -1
    votes_unsure: bool = False
    rule_sign: int = 0  # against the sign applied: 1 as the rule wants it, -1 turned, 0 undefined
    eci: np.ndarray = None  # [C], NaN = none
    pci: np.ndarray = None  # [P]
    eci_gain: np.ndarray = None  # [C] |d ECI| per unit error of the vector
    pci_gain: np.ndarray = None  # [P]
    rank_low: np.ndarray = None  # [C] 0 = none; equal to rank_high where rounding leaves no doubt
    rank_high: np.ndarray = None
    turned: bool = False  # to go with the other years
    axis_swap: bool = False
    in_p1: np.ndarray = None  # [q, P]
    share: np.ndarray = None  # [q, C] per cent
    hhi: np.ndarray = None  # [q, C]
    split_value: np.ndarray = None  # [q, s]
    location_class: np.ndarray = None  # [cell, C]

    @property
    def gap(self):
        return self.eigenvalue[0] - self.eigenvalue[1]

    @property
    def own_error(self):
        """Bound of this module's own rounding on the vector."""
        singular = np.sqrt(np.maximum(self.eigenvalue[:2], 0.0))
        return ROUNDING / max(singular[0] - singular[1], 1e-300)


# ---- presence (A1 eq. 3, E8) --------------------------------------------------------------------------------------


def sums_are_exact(value, weight, location_weight):
    """Whether every partial sum of values times weights is a double, so that any order of adding gives the same."""
    there = value[value > 0]
    mantissa, exponent = np.frexp(there)
    whole = (mantissa * 2.0**53).astype(np.int64)
    unit = exponent - 53 + np.log2((whole & -whole).astype(np.float64)).astype(int)  # exponent of the last bit set
    total = location_weight.astype(np.float64) @ (value @ weight.astype(np.float64))
    return bool(total < 2.0 ** (53 + unit.min()))


def presence(value, weight, location_weight, specification):
    """M, and whether rounding could turn a cell. fl(X_cp X) against fl(fl(t X_c) X_p), which with exact totals is one
    number however they were added."""
    location_total = value @ weight.astype(np.float64)
    product_total = location_weight.astype(np.float64) @ value
    left = value * (location_weight.astype(np.float64) @ location_total)
    right = (specification.threshold * location_total)[:, None] * product_total[None, :]
    m = (left > right) if specification.above else (left >= right)
    there = (location_total > 0)[:, None] & (product_total > 0)[None, :]
    m &= there
    if sums_are_exact(value, np.maximum(weight, 1), np.maximum(location_weight, 1)):
        return m, False
    near = np.abs(left - right) <= EQUAL_NUMBERS * right
    return m, bool((near & there & (value > 0)).any())


def margins(m, weight, location_weight, counted):
    """k_c = sum_p w_p M_cp over the products that a counted location has, and k_p = sum_c v_c M_cp over those among the
    counted with k_c > 0 (C0.1, C0.2)."""
    diversity = (m & m[counted].any(axis=0)) @ weight
    return diversity, (location_weight * (counted & (diversity > 0))) @ m


# ---- components (C0.6 iii, E1) ------------------------------------------------------------------------------------


def component_labels(m):
    """Of the rows of a 0/1 matrix whose rows are none empty: rows that share a column are one component."""
    label = np.full(m.shape[0], -1)
    count = 0
    for start in range(m.shape[0]):
        if label[start] >= 0:
            continue
        rows = np.zeros(m.shape[0], dtype=bool)
        rows[start] = True
        while True:
            more = m[:, m[rows].any(axis=0)].any(axis=1) | rows
            if (more == rows).all():
                break
            rows = more
        label[rows] = count
        count += 1
    return label, count


# ---- spectrum (A1.1, C0.1) ----------------------------------------------------------------------------------------


def spectrum(m, weight, location_weight, diversity, ubiquity):
    """Eigenvalues lambda_2, lambda_3, ... of D^-1 M diag(w) U^-1 M^T diag(v) and the unit vectors of its symmetric form,
    from the singular values of (v / D)^1/2 M (w / U)^1/2 less its trivial pair."""
    total = location_weight @ diversity
    b = m * np.sqrt(weight / ubiquity)[None, :] * np.sqrt(location_weight / diversity)[:, None]
    b -= np.sqrt(location_weight * diversity / total)[:, None] * np.sqrt(weight * ubiquity / total)[None, :]
    u, s, _ = np.linalg.svd(b)
    values = np.zeros(max(m.shape[0], 4))
    values[: len(s)] = s**2
    return values, u


# ---- scores (A1.1, A1.2, C0.3, C0.5) ------------------------------------------------------------------------------


def correlation(a, b, weight=None):
    """0 where a side is constant."""
    w = np.ones(len(a)) if weight is None else weight
    constant = np.ptp(a) == 0
    a, b = a - a @ w / w.sum(), b - b @ w / w.sum()
    scale = np.sqrt((w * a @ a) * (w * b @ b))
    return float(w * a @ b / scale) if scale > 0 and not constant else 0.0


def vote(r, n):
    """Whether a correlation of n values says yes or no, beyond its noise; and whether that is near."""
    errors = r * np.sqrt(n - 1.0)
    return (0 if abs(errors) <= VOTE else 1 if r > 0 else -1), abs(abs(errors) - VOTE) < 1e-6


def sign_of(r, outcome, what):
    """1, -1, or 0 where |r| < NO_CORRELATION; notes where rounding decides."""
    if NO_CORRELATION / 10 < abs(r) < NO_CORRELATION * 100:
        outcome.unsure.add(what)
    return 0 if abs(r) < NO_CORRELATION else 1 if r > 0 else -1


def choose_sign(raw, by_diversity, reference, turned, outcome):
    """The sign to apply to the raw scores: that of the covariance with the reference on common locations (C0.3);
    without one, or where that is 0, that of corr(diversity, K); where that is undefined, the largest |score| is
    positive. And the rule's sign against it. The rule is reversed in a year that is turned to go with the others."""
    turn = -1 if turned else 1
    rule = turn * sign_of(by_diversity, outcome, "rule")
    common = outcome.in_matrix & ~np.isnan(reference) if reference is not None else np.zeros(len(raw), dtype=bool)
    if common.any():
        r = correlation(reference[common], raw[common])
        if abs(r) < 1e-9:
            outcome.unsure.add("sign")
        if r != 0.0:
            sign = 1 if r > 0 else -1
            return sign, rule * sign
    if "rule" in outcome.unsure:
        outcome.unsure.add("sign")
    if rule != 0:
        return rule, 1
    there = raw[outcome.in_matrix]
    largest = there[np.argmax(np.abs(there))]
    if (np.abs(there[np.sign(there) != np.sign(largest)]) >= np.abs(largest) * (1 - 1e-9)).any():
        outcome.unsure.add("sign")
    return (turn if largest >= 0 else -turn), 0


def one_for_the_same(rows, score):
    """Identical baskets have one score, to the bit (C0.7)."""
    _, group = np.unique(np.packbits(rows, axis=1), axis=0, return_inverse=True)
    group = group.ravel()
    return (np.bincount(group, score) / np.bincount(group))[group]


def deviation_of(x, rule, copies):
    """copies: the rows that Stata's long table gives each of the n scores (FORMATS 5)."""
    n = len(x)
    square = ((x - x.mean()) ** 2).sum()
    if rule == "sample":
        return np.sqrt(square / (n - 1))
    if rule == "long-table":
        return np.sqrt(copies * square / (n * copies - 1))
    return np.sqrt(square / n)


def largest_errors(matrix, w, v, d, u, lambda2):
    """Of K_c / lambda_2 and of K_p per unit error of the vector. K_c of a drawn location is z / (v d)^1/2; of any one
    s . B^T z / (lambda_2 d) with s = M_c (w / u)^1/2, and an error of z passes B^T with a length of lambda_2^1/2 at most."""
    by_projection = np.sqrt(matrix @ (w / u) / lambda2) / d
    directly = np.where(v > 0, 1.0 / np.sqrt(np.where(v > 0, v, 1.0) * d), np.inf)
    return np.minimum(directly, by_projection).max(), (1.0 / np.sqrt(d[v > 0].min() * u.min()))


def scores(m, diversity, ubiquity, specification, reference, turned, outcome):
    """ECI of the locations in the matrix, PCI of every product they have; undrawn ones by projection (C0.2)."""
    rows, columns = outcome.in_matrix, ubiquity > 0
    d, u = diversity[rows].astype(float), ubiquity[columns].astype(float)
    w, v = outcome.weight[columns].astype(float), outcome.location_weight[rows].astype(float)
    lambda2, drawn = outcome.eigenvalue[0], v > 0
    matrix = m[np.ix_(rows, columns)]
    k = np.zeros(len(d))  # K_c / lambda_2
    k[drawn] = outcome.vector[rows, 0][drawn] / np.sqrt(v * d)[drawn]
    feed = v @ (matrix * k[:, None]) / u
    k[~drawn] = (matrix @ (w * feed))[~drawn] / (lambda2 * d[~drawn])
    k = one_for_the_same(matrix[:, w > 0], k)
    k_product = one_for_the_same(matrix.T[:, drawn], v @ (matrix * k[:, None]) / u)  # K_p
    raw = np.zeros(len(diversity))
    raw[rows] = k
    by_diversity = correlation(d, k)
    sign, outcome.rule_sign = choose_sign(raw, by_diversity, reference, turned, outcome)
    outcome.corr_diversity = sign * by_diversity
    outcome.corr_ubiquity = sign * correlation(u, k_product)
    m_weight = v * d
    outcome.corr_reflection = sign * correlation(d, k, m_weight)
    # Complex products are rare: ubiquity votes with the opposite sign.
    votes = [vote(outcome.corr_diversity, len(d)), vote(-outcome.corr_ubiquity, len(u)),
             vote(outcome.corr_reflection, m_weight.sum() ** 2 / (m_weight @ m_weight))]
    outcome.votes, outcome.votes_unsure = tuple(v for v, _ in votes), any(near for _, near in votes)

    deviation = deviation_of(k, specification.deviation, columns.sum())
    outcome.eci, outcome.pci = np.full(len(diversity), np.nan), np.full(len(ubiquity), np.nan)
    outcome.eci[rows] = sign * (k - k.mean()) / deviation
    largest, largest_product = largest_errors(matrix, w, v, d, u, lambda2)
    outcome.eci_gain = 2.0 * (1.0 + np.abs(outcome.eci)) * largest / deviation
    if specification.pci_scale == "own":
        own = deviation_of(k_product, specification.deviation, rows.sum())
        outcome.pci[columns] = sign * (k_product - k_product.mean()) / own
        outcome.pci_gain = 2.0 * (1.0 + np.abs(outcome.pci)) * largest_product / own
    else:
        outcome.pci[columns] = sign * (k_product / lambda2 - k.mean()) / deviation
        outcome.pci_gain = (2.0 * (largest_product / lambda2 + (1.0 + np.abs(outcome.pci)) * largest) / deviation +
                            np.abs(outcome.pci) / lambda2)


def compare_axes(diversity, reference, outcome):
    """axis_swap (C0.4): axis 2 holds less than half of the square of the reference's vector, and axis 3 or 4 more."""
    mass = np.where(outcome.in_matrix, outcome.location_weight * diversity, 0)
    wanted = np.sqrt(mass) * np.where(np.isnan(reference), 0.0, reference)
    trivial = np.sqrt(mass)
    trivial /= np.linalg.norm(trivial)
    wanted -= trivial * (trivial @ wanted)
    if not np.linalg.norm(wanted) > 0:
        return
    wanted /= np.linalg.norm(wanted)
    share = (wanted @ outcome.vector[:, :3]) ** 2  # of axes 2, 3, 4, as many as there are
    second, others = share[0], share[1:]
    outcome.axis_swap = bool(second < 0.5 and (others > second).any())
    values = np.append(outcome.eigenvalue, 0.0)
    # A vector is not defined where its eigenvalue is tied with the next, or 0.
    doubtful = any(values[k] - values[k + 1] < 1e-7 or values[k] < 1e-9 or abs(share[k] - second) < 1e-5
                   for k in range(1, len(share)))
    if abs(second - 0.5) < 1e-7 or (second < 0.5 and doubtful):
        outcome.unsure.add("swap")


# ---- ranks (C0.7) -------------------------------------------------------------------------------------------------


def ranks(eci, error):
    """Lowest and highest rank that scores within `error` [C] of these can have: 1 = highest, ties the smallest. Equal
    ones are those of identical baskets, and tie."""
    low, high = np.zeros(len(eci), dtype=int), np.zeros(len(eci), dtype=int)
    order = np.argsort(np.where(np.isnan(eci), np.inf, -eci), kind="stable")[: int((~np.isnan(eci)).sum())]
    start, firm = 0, True
    for i in range(len(order)):
        a = order[i]
        apart = eci[a] - eci[order[i + 1]] if i + 1 < len(order) else np.inf
        doubt = error[a] + error[order[i + 1]] if i + 1 < len(order) else 0.0
        if apart > EQUAL_SCORES + doubt:
            low[order[start: i + 1]] = start + 1
            high[order[start: i + 1]] = start + 1 if firm else i + 1
            start, firm = i + 1, True
        elif apart > 0.0 and apart > EQUAL_SCORES - doubt:
            firm = False
    return low, high


# ---- classes (A2 step 3, C0.9; FORMATS 4) -------------------------------------------------------------------------


def p1_set(pci, quantile, error, outcome):
    """The n - floor(q n) highest PCI among the n products with one; ties at the cut go up together."""
    there = ~np.isnan(pci)
    n = int(there.sum())
    size = n - int(quantile * n)
    falling = np.sort(pci[there])[::-1]
    below = falling[size - 1] - np.where(there, pci, -np.inf)
    near = np.abs(below - EQUAL_SCORES) <= error + error[np.nonzero(there)[0][np.argsort(-pci[there])[size - 1]]]
    if (near & (below != 0.0))[there].any():
        outcome.unsure.add("p1")
    return there & (below <= EQUAL_SCORES)


def split_at(split, units):
    """Median, mean and quantiles (type 7) of the units' shares, or a fixed share."""
    if len(units) == 0:
        return np.nan
    if split == "median":
        return float(np.median(units))
    if split == "mean":
        return float(np.mean(units))
    if split.startswith("q"):
        return float(np.quantile(units, float(split[1:]) / 100.0))
    return float(split[len("fixed:"):])


def passes(x, cut):
    """x > cut: 1 yes, 0 no, -1 where that hangs on how near numbers are the same."""
    difference, size = x - cut, np.abs(x) + np.abs(cut)
    return np.where(difference > 4 * EQUAL_NUMBERS * size, 1, np.where(difference <= 0.1 * EQUAL_NUMBERS * size, 0, -1))


def classify(year, value, classes, pci_error, outcome):
    total = value.sum(axis=1)
    valid = ~np.isnan(outcome.eci)
    sets = []
    for quantile in classes.quantiles:
        sets.append(year.given_p1 if quantile is None else p1_set(outcome.pci, quantile, pci_error, outcome))
    outcome.in_p1 = np.array(sets)
    inside = [value * p1[None, :] for p1 in sets]
    outcome.share = np.array([np.where(valid, 100.0 * x.sum(axis=1) / total, np.nan) for x in inside])
    # Shares within P1 before their squares: no scale of values is too small or too large.
    parts = [x / np.where(x.sum(axis=1) > 0, x.sum(axis=1), 1.0)[:, None] for x in inside]
    outcome.hhi = np.array([np.where(valid, 1e4 * (x**2).sum(axis=1), np.nan) for x in parts])
    units = valid & year.class_unit
    outcome.split_value = np.array([[split_at(s, share[units]) for s in classes.splits] for share in outcome.share])
    cells = []
    for q in range(len(sets)):
        for s in range(len(classes.splits)):
            beyond = passes(np.where(valid, outcome.share[q], 0.0), outcome.split_value[q, s])
            if np.isnan(outcome.split_value[q, s]):
                beyond = np.zeros(len(valid), dtype=int)
            for cut in classes.cuts:
                concentrated = passes(np.where(valid, outcome.hhi[q], 0.0), cut)
                c = np.where(beyond == 0, L, np.where(concentrated == 1, O, FO))
                c = np.where((beyond == -1) | ((beyond == 1) & (concentrated == -1)), UNSURE, c)
                cells.append(np.where(valid, c, NOT_VALID))
    outcome.location_class = np.array(cells)


# ---- the whole ----------------------------------------------------------------------------------------------------


def run(year, specification, classes, weight=None, location_weight=None, factors=None, fixed_presence=None,
        reference=None, turned=False, vector_error=None):
    """weight: [P] integers, location_weight: [C] integers, None = 1 each; factors: [C, P] noise; fixed_presence: M of
    the baseline, with whether rounding could turn a cell of it (C1 V1); reference: [C] ECI to align with, NaN = none;
    turned: the convention's rule is reversed; vector_error(outcome): error allowed to the vector beside this module's
    own, where ranks and P1 sets are judged."""
    outcome = Outcome(turned=turned)
    value = year.value if factors is None else year.value * factors
    weight = np.ones(value.shape[1], dtype=np.int64) if weight is None else weight
    v = np.ones(value.shape[0], dtype=np.int64) if location_weight is None else location_weight
    outcome.weight, outcome.location_weight = weight, v
    m, near = presence(value, weight, v, specification) if fixed_presence is None else fixed_presence
    if near:
        outcome.unsure.add("presence")
    outcome.presence = m
    drawn = weight > 0
    outcome.diversity = (m & m[v > 0].any(axis=0))[:, drawn].sum(axis=1)
    diversity, ubiquity = margins(m, weight, v, v > 0)
    outcome.ubiquity = m[(diversity > 0) & (v > 0)].sum(axis=0)
    outcome.weighted_diversity = diversity
    outcome.in_matrix = diversity > 0
    rows, columns = outcome.in_matrix & (v > 0), drawn & (ubiquity > 0)
    if rows.sum() < 3 or columns.sum() < 2:
        outcome.validity = "too_small"
        return outcome

    label, outcome.components = component_labels(m[np.ix_(rows, columns)])
    if outcome.components > 1:
        sizes = np.sort(np.bincount(label))[::-1]
        if not specification.giant or sizes[0] == sizes[1] or 2 * sizes[0] < len(label):
            outcome.validity = "disconnected"
            return outcome
        giant = np.zeros(len(rows), dtype=bool)
        giant[rows] = label == np.argmax(np.bincount(label))
        diversity, ubiquity = margins(m, weight, v, giant)
        outcome.in_matrix = (diversity > 0) & (giant | (v == 0))
        rows, columns = giant, drawn & (ubiquity > 0)
        if rows.sum() < 3 or columns.sum() < 2:
            outcome.validity = "too_small"
            return outcome

    d = np.where(outcome.in_matrix, diversity, 0)
    values, vectors = spectrum(m[np.ix_(rows, columns)].astype(float), weight[columns].astype(float),
                               v[rows].astype(float), d[rows].astype(float), ubiquity[columns].astype(float))
    outcome.eigenvalue = values
    outcome.vector = np.zeros((len(rows), vectors.shape[1]))
    outcome.vector[rows] = vectors
    if 0.9 * TIED_GAP < outcome.gap < 1.1 * TIED_GAP:
        outcome.unsure.add("validity")
    if outcome.gap < TIED_GAP:
        outcome.validity = "tied_axis"
        return outcome
    if values[0] < NO_SIGNAL:
        outcome.validity = "no_signal"
        return outcome
    square = vectors[:, 0] ** 2
    outcome.participation = float(square.sum() ** 2 / (square**2).sum())
    if abs(outcome.participation - specification.min_participation) < 1e-8 * outcome.participation:
        outcome.unsure.add("validity")
    if abs(outcome.participation - FEW_LOCATIONS) < 1e-8:
        outcome.unsure.add("few")
    if outcome.participation < specification.min_participation:
        outcome.validity = "localised"
        return outcome

    scores(m, d, ubiquity, specification, reference, turned, outcome)
    if reference is not None:
        compare_axes(d, reference, outcome)
    error = outcome.own_error + (vector_error(outcome) if vector_error is not None else 0.0)
    outcome.rank_low, outcome.rank_high = ranks(outcome.eci, error * outcome.eci_gain)
    if classes.quantiles and classes.splits and classes.cuts:
        classify(year, value, classes, error * np.nan_to_num(outcome.pci_gain), outcome)
    return outcome


def year_correlation(before, now):
    """Of the ECI of two years on the locations that both have; and how many those are. Two always correlate fully."""
    common = ~np.isnan(before) & ~np.isnan(now)
    if common.sum() < 3:
        return np.nan, 0
    return correlation(before[common], now[common]), int(common.sum())


def turned_years(years):
    """Which years to turn so that all go with the one whose own orientation is best determined. years: (ECI on the
    panel's locations as the rule signs it, corr(diversity, ECI)), or None. From the best one year by year, by the
    correlation with the neighbour, where that votes. And whether rounding could change that."""
    turned, scored = [False] * len(years), [y for y, entry in enumerate(years) if entry is not None]
    if not scored:
        return turned, False
    certainty = [abs(years[y][1]) * np.sqrt((~np.isnan(years[y][0])).sum() - 1.0) for y in scored]
    best = int(np.argmax(certainty))
    unsure = sum(abs(c - certainty[best]) < 1e-9 for c in certainty) > 1
    for path in (scored[best:], scored[best::-1]):
        for before, now in zip(path, path[1:]):
            r, n = year_correlation(years[before][0], years[now][0])
            says, near = vote(r, n) if n > 0 else (0, False)
            turned[now] = says != 0 and turned[before] != (says < 0)
            unsure |= near
    return turned, unsure


def fraction(text):
    """A quantile as the text says it: 0.75 is 3 / 4."""
    return Fraction(str(text))
