"""`compute` and `sweep` against METHODS in numpy (tests/oracle/reference) on random panels: ties, duplicates, blocks,
near-ties of the axis, scales of many orders; every law, precision, convention and policy.

usage: differential.py PROGRAM [--seeds 1000-1100] [--keep DIR] [--seconds N] [--verbose]

Each seed makes a panel and a plan, imports, computes, sweeps, and replays a few scenarios. Decisions that are within
rounding in the reference itself are left out and counted; too many of them fail the test. For a difference it prints the
seed, the shape, the plan and the command that shows it; --keep leaves the panel and the plan in DIR.
"""

import argparse
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices this small gain nothing from more

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}; scripts/setup.sh installs it")
    sys.exit(77)

from reference import draws, scenario, studies

FIXED_SEEDS = range(1, 221)
MOST_SKIPPED = 0.05  # of the decisions of a kind
NEVER_TESTED, NO_ANSWER = 2**64 - 1, 255  # _FillValue of counters, of yes and no
TURNED_SHARE = 0.05  # of the replicates, from which an orientation is called ambiguous
FEW_LOCATIONS = 3.0
SCORE_UNIT, PRODUCT_UNIT, MOMENT_LIMIT = 2.0**-32, 2.0**-24, 2.0**24  # of the moments
LAST_BIN = 2.0**16  # of a score histogram


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
            self.differ(kind, f"{int(off.sum())} of {found.size}, first at {list(at)}: found {found[at]:.17g}, expected "
                              f"{expected[at]:.17g} within {allowed:.3g}")

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


class Failed(Exception):
    pass


class Case:
    """A panel and a plan in a folder, and the program run on them there."""

    def __init__(self, program, folder, panel, plan, panel_file="panel.h5"):
        self.program, self.folder, self.panel, self.plan, self.panel_file = program, folder, panel, plan, panel_file
        self.specifications = plan.specifications()
        self.commands = []

    def run(self, *arguments, codes=(0,)):
        command = [self.program, *arguments, "--threads", "1"]
        self.commands.append("balassa " + shlex.join(command[1:]))
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode not in codes:
            raise Failed(f"{self.commands[-1]}: exit {done.returncode}: {done.stderr.strip()[-400:]}")
        return done.stdout

    def sweep(self, *arguments):
        return self.run("sweep", "plan.toml", "--panel", self.panel_file, "--device", "cpu", *arguments)

    def compute(self, specification, output):
        s = specification
        more = ["--min-participation", repr(s.min_participation)] if s.min_participation > 0 else []
        more += ["--align-years"] if self.plan.align_years else []
        return self.run("compute", self.panel_file, "--device", "cpu", "--rca-threshold", repr(float(s.threshold)),
                        "--rca-tie", ">" if s.above else ">=", "--deviation", s.deviation, "--pci-scale", s.pci_scale,
                        "--values", self.plan.read_as, "--disconnected", "giant" if s.giant else "na", *more,
                        "--force", "-o", output)

    def year(self, index):
        return self.panel.year(index, self.plan.read_as, self.plan.units)


def spread(values, item, width, nothing=np.nan):
    """[..., n] to [..., width] by item."""
    values = np.asarray(values)
    out = np.full(values.shape[:-1] + (width,), nothing, dtype=np.result_type(values, type(nothing)))
    out[..., item] = values
    return out


# ---- compute ------------------------------------------------------------------------------------------------------


def compare_compute(findings, case, specification):
    """Every measure of `compute` of each year; the ECI by year."""
    case.compute(specification, "measures.h5")
    gets = []
    with h5py.File(case.folder / "measures.h5") as file:
        causes = file["status/year"].attrs["flag_meanings"].split()
        for y in range(len(case.panel.years)):
            get = {name: file[name][y] for name in ("measure/eci", "measure/pci", "measure/mcp", "measure/rca",
                                                    "measure/hhi", "measure/diversity", "measure/ubiquity",
                                                    "measure/eci_rank", "measure/pci_rank", "measure/p_quartile",
                                                    "spectrum")}
            get.update({name: file[f"certificate/{name}"][y] for name in file["certificate"]})
            get["validity"] = causes[int(file["status/year"][y])]
            gets.append(get)
    years = [case.year(y) for y in range(len(gets))]
    owns = baselines(years, specification, scenario.Classes(), case.plan.align_years)
    for y, get in enumerate(gets):
        compare_year(findings, years[y], owns[y], get)
        compare_year_before(findings, "compute", years, owns, y, get["corr_year_before"])
    return [get["measure/eci"] for get in gets]


def baselines(years, specification, classes, align_years):
    """Replicate 0 of each year; with align_years turned to go with the year whose orientation is best determined."""
    owns = [scenario.run(year, specification, classes) for year in years]
    if not align_years:
        return owns
    scored = [None if own.eci is None else (spread(own.eci, year.location_item, year.panel_locations), own.corr_diversity)
              for own, year in zip(owns, years)]
    turned, unsure = scenario.turned_years(scored)
    unsure |= any(whole(own) for own in owns)
    owns = [scenario.run(year, specification, classes, turned=turn) for year, turn in zip(years, turned)]
    for own in owns:
        own.unsure |= {"sign"} if unsure else set()
    return owns


def compare_year_before(findings, name, years, owns, y, said):
    """The correlation with the last year before that has scores."""
    scored = [x for x in range(y) if owns[x].validity == "valid"]
    if any(whole(own) for own in owns[:y + 1]):
        return findings.skip(f"{name} corr_year_before")
    expected, doubt = np.nan, 0.0
    if scored and owns[y].validity == "valid":
        pair = [(owns[x], spread(owns[x].eci, years[x].location_item, years[x].panel_locations)) for x in (scored[-1], y)]
        expected, _ = scenario.year_correlation(pair[0][1], pair[1][1])
        doubt = sum((own.own_error + 1e-12 / own.gap) * np.nanmax(own.eci_gain) for own, _ in pair)
    findings.same(f"{name} corr_year_before", said, expected, 1e-9 + 100 * doubt, doubt < 1e-3)


def compare_year(findings, year, own, get):
    c, p = year.panel_locations, year.panel_products
    total = year.value.sum(axis=1)
    rca = (year.value / total[:, None]) / (year.value.sum(axis=0) / total.sum())[None, :]
    inside = np.ix_(year.location_item, year.product_item)
    findings.same("compute rca", get["measure/rca"][inside], rca, 1e-12 * (1 + rca))
    share = year.value / total[:, None]
    findings.same("compute hhi", get["measure/hhi"], spread(1e4 * (share**2).sum(axis=1), year.location_item, c), 1e-8)
    if own.unsure & {"presence", "validity"}:
        return findings.skip("compute validity")
    findings.same("compute presence", get["measure/mcp"][inside], own.presence)
    findings.same("compute diversity", get["measure/diversity"], spread(own.diversity * 1.0, year.location_item, c))
    findings.same("compute ubiquity", get["measure/ubiquity"], spread(own.ubiquity * 1.0, year.product_item, p))
    findings.hold("compute validity", get["validity"] == own.validity,
                  f"{year.label}: found {get['validity']}, expected {own.validity}")
    if own.validity not in ("too_small", "disconnected"):
        findings.same("compute few_locations", get["few_locations"],
                      NO_ANSWER if own.validity in ("tied_axis", "no_signal") else own.participation < FEW_LOCATIONS,
                      sure=own.validity in ("tied_axis", "no_signal") or abs(own.participation - FEW_LOCATIONS) > 1e-6)
        expected = np.concatenate([[1.0], own.eigenvalue[:3]])
        expected[own.in_matrix.sum():] = np.nan  # W has an eigenvalue a location
        findings.same("compute spectrum", get["spectrum"], expected, 1e-12, sure=~np.isnan(expected))
    if own.validity != "valid" or get["validity"] != "valid":
        findings.hold("compute scores", np.isnan(get["measure/eci"]).all() or get["validity"] == "valid",
                      "ECI of a year that is not valid")
        return
    findings.same("compute gap", get["gap"], own.gap, 1e-12)
    findings.hold("compute residual", get["residual"] < 1e-12, lambda: f"{get['residual']:.3g}")
    error = 2 * own.own_error + get["residual"] / own.gap
    compare_scores(findings, "compute", own, get["measure/eci"][year.location_item],
                   get["measure/pci"][year.product_item], error)
    findings.same("compute participation", get["participation"], own.participation, own.participation * (1e-9 + 20 * error))
    findings.same("compute components", get["components"], own.components)
    compare_correlations(findings, "compute", own, get, error)
    low, high = scenario.ranks(own.eci, own.own_error * own.eci_gain)
    findings.between("compute eci_rank", get["measure/eci_rank"][year.location_item], low, high)
    low, high = scenario.ranks(own.pci, own.own_error * np.nan_to_num(own.pci_gain))
    if "sign" in own.unsure:
        return
    findings.between("compute pci_rank", get["measure/pci_rank"][year.product_item], low, high)
    n = int((low > 0).sum())
    quartile = lambda rank: np.where(rank == 0, 0, 1 + sum((rank > n - (4 - k) * n // 4).astype(int) for k in (1, 2, 3)))
    findings.between("compute p_quartile", get["measure/p_quartile"][year.product_item], quartile(low), quartile(high))


def compare_correlations(findings, name, own, said, error):
    """The three rules of orientation, their votes, and whether the year was turned."""
    if "sign" in own.unsure:
        return findings.skip(f"{name} correlations")
    tolerance = 1e-9 + 100 * error * np.nanmax(own.eci_gain)
    of_products = tolerance * max(1.0, np.nanmax(own.pci_gain) / np.nanmax(own.eci_gain))
    findings.same(f"{name} correlations", [said[f"corr_{x}"] for x in ("eci_diversity", "pci_ubiquity", "reflection")],
                  [own.corr_diversity, own.corr_ubiquity, own.corr_reflection], [tolerance, of_products, tolerance],
                  sure=error * np.nanmax(own.pci_gain) < 1e-3)
    findings.same(f"{name} sign_ambiguous", said["sign_ambiguous"], float(min(own.votes) < 0 or max(own.votes) == 0),
                  sure=not own.votes_unsure)
    findings.same(f"{name} turned", said["turned"], float(own.turned))


def compare_scores(findings, name, own, eci, pci, error, unit=0.0):
    """Scores within `error` of the vector; `unit`: how coarsely they are stored, relatively. Up to a sign where rounding
    chose it. Returns the sign."""
    sign = 1.0
    if "sign" in own.unsure:
        findings.skip(f"{name} sign")
        sign = np.sign(np.nansum(own.eci * eci)) or 1.0
    sure = error * np.nan_to_num(own.eci_gain) < 0.01
    tolerance = error * own.eci_gain + (unit + 1e-13) * np.abs(own.eci)
    findings.same(f"{name} eci", eci, sign * own.eci, np.nan_to_num(tolerance), sure)
    if pci is not None:
        sure = error * np.nan_to_num(own.pci_gain) < 0.01 * (1 + np.abs(np.nan_to_num(own.pci)))
        tolerance = error * own.pci_gain + (unit + 1e-13) * np.abs(own.pci)
        findings.same(f"{name} pci", pci, sign * own.pci, np.nan_to_num(tolerance), sure)
    return sign


# ---- the reference's sweep ----------------------------------------------------------------------------------------


class Reference:
    """Baselines and replicates of one year, drawn once for all specifications (common random numbers)."""

    def __init__(self, case, year, baselines):
        self.case, self.plan, self.year, self.baselines = case, case.plan, year, baselines
        self.draws = {}

    def draw(self, replicate):
        if replicate not in self.draws:
            r, seed = self.plan.resample, self.plan.seed
            weight = factors = None
            if self.plan.scheme == "products":
                weight = draws.product_weights(r["weights"], seed, replicate, self.year.product_item)
            if self.plan.scheme == "noise":
                factors = draws.noise_factors(seed, replicate, self.year, r["sigma"], r["rho_location"],
                                              r["rho_product"])
            self.draws[replicate] = weight, factors
        return self.draws[replicate]

    def replicate(self, specification, replicate, aligned_with, vector_error=None):
        """aligned_with: the specification whose baseline gives the sign, None = the convention's rule."""
        baseline = self.baselines[specification]
        weight, factors = self.draw(replicate)
        fixed = None
        if not self.plan.resample["recompute_presence"] and self.plan.scheme == "products":
            fixed = baseline.presence, "presence" in baseline.unsure
        own = scenario.run(self.year, self.case.specifications[specification], self.plan.classes, weight, factors, fixed,
                           None if aligned_with is None else self.baselines[aligned_with].eci, baseline.turned,
                           vector_error)
        if aligned_with is not None and self.baselines[aligned_with].unsure & {"presence", "validity", "sign"}:
            own.unsure.add("sign")
        return own


def references_of(case):
    """One a year."""
    years = [case.year(y) for y in range(len(case.panel.years))]
    by_specification = [baselines(years, s, case.plan.classes, case.plan.align_years) for s in case.specifications]
    return [Reference(case, year, [owns[y] for owns in by_specification]) for y, year in enumerate(years)]


def whole(own):
    """Whether rounding leaves the scenario's scores open altogether."""
    return bool(own.unsure & {"presence", "validity", "sign"})


# ---- sweep --------------------------------------------------------------------------------------------------------


def compare_sweep(findings, case, computed, computed_specification):
    case.sweep("-o", "sweep.h5", "--force", "--quiet")
    references = references_of(case)
    with h5py.File(case.folder / "sweep.h5") as file:
        for y, reference in enumerate(references):
            for s in range(len(case.specifications)):
                cell = Cell(findings, case, file, reference, y, s)
                cell.compare_baseline()
                compare_year_before(findings, "baseline", [r.year for r in references],
                                    [r.baselines[s] for r in references], y, cell.get("baseline/corr_year_before"))
                if s == computed_specification:
                    cell.compare_with_compute(computed[y])
                cell.compare_replicates()
    return references


class Cell:
    """One (year, specification) of a result against the reference."""

    def __init__(self, findings, case, file, reference, y, s):
        self.findings, self.case, self.plan, self.file = findings, case, case.plan, file
        self.reference, self.year, self.y, self.s = reference, reference.year, y, s
        self.own_baseline = reference.baselines[s]
        self.causes = file["baseline/validity"].attrs["flag_meanings"].split()
        self.location, self.product = self.year.location_item, self.year.product_item
        self.c, self.p = self.year.panel_locations, self.year.panel_products
        self.bounded = self.plan.precision != "fast"

    def get(self, name):
        return self.file[name][self.y, self.s]

    def of(self, kind):
        """Without a certificate decisions may be left open that are not near rounding: they are counted apart."""
        return kind if self.bounded else f"{kind}, fast"

    def by_location(self, values, nothing=np.nan):
        return spread(values, self.location, self.c, nothing)

    def by_product(self, values, nothing=np.nan):
        return spread(values, self.product, self.p, nothing)

    # baseline

    def compare_baseline(self):
        findings, own = self.findings, self.own_baseline
        if own.unsure & {"presence", "validity"}:
            return findings.skip("baseline validity")
        validity = self.causes[int(self.get("baseline/validity"))]
        findings.hold("baseline validity", validity == own.validity, f"found {validity}, expected {own.validity}")
        findings.same("baseline diversity", self.get("baseline/diversity"), self.by_location(own.diversity, -1))
        findings.same("baseline ubiquity", self.get("baseline/ubiquity"), self.by_product(own.ubiquity, -1))
        numbers = {name: float(self.get(f"baseline/{name}")) for name in
                   ("lambda2", "lambda3", "residual", "gap", "participation", "corr_eci_diversity", "corr_pci_ubiquity",
                    "corr_reflection", "sign_ambiguous", "turned", "few_locations")}
        if own.validity != "valid" or validity != "valid":
            if validity != "valid":
                axis = [numbers[name] for name in ("lambda2", "lambda3", "residual", "gap", "participation")]
                signs = [numbers[name] for name in ("corr_eci_diversity", "corr_pci_ubiquity", "corr_reflection")]
                findings.hold("baseline not valid", np.isnan([*signs, *(axis if validity != "localised" else [])]).all() and
                              np.isnan(self.get("baseline/eci")).all() and (self.get("baseline/rank") == 0).all() and
                              numbers["sign_ambiguous"] == numbers["turned"] == NO_ANSWER,
                              "numbers of a baseline that is not valid")
            return
        compare_spectrum(findings, "baseline", own, numbers, bounded=True)
        error = 2 * own.own_error + numbers["residual"] / own.gap
        compare_scores(findings, "baseline", own, self.get("baseline/eci")[self.location],
                       self.get("baseline/pci")[self.product], error)
        compare_correlations(findings, "baseline", own, numbers, error)
        findings.same("baseline few_locations", numbers["few_locations"], float(own.participation < FEW_LOCATIONS),
                      sure=abs(own.participation - FEW_LOCATIONS) > 1e-6)
        findings.same("baseline components", self.get("baseline/components"), own.components)
        certified = self.file["baseline/certification"].attrs["flag_meanings"].split()[int(self.get("baseline/certification"))]
        if certified == "not_certified" or "sign" in own.unsure:
            return findings.skip("baseline rank")
        findings.between("baseline rank", self.get("baseline/rank")[self.location], own.rank_low, own.rank_high)
        if own.share is None:
            return
        if "p1" in own.unsure:
            return findings.skip("baseline class")
        findings.same("baseline share", self.get("baseline/share"), self.by_location(own.share), 1e-10)
        findings.same("baseline hhi", self.get("baseline/hhi_p1"), self.by_location(own.hhi), 1e-7)
        findings.hold("share beyond 100", not (self.get("baseline/share") > 100.0).any(),
                      lambda: f"{np.nanmax(self.get('baseline/share')):.17g}")
        expected = self.by_location(own.location_class, scenario.NOT_VALID)
        findings.same("baseline class", self.get("baseline/class"), expected, sure=expected != scenario.UNSURE)

    def compare_with_compute(self, computed):
        """A year's ECI is one, whichever command says it."""
        own = self.own_baseline
        if own.validity == "valid" and not whole(own):
            error = 2 * own.own_error + (self.get("baseline/residual") + 1e-14) / own.gap
            self.findings.same("baseline and compute", self.get("baseline/eci"), computed,
                               self.by_location(error * own.eci_gain + 1e-12, 0.0))

    # replicates

    def compare_replicates(self):
        findings, plan = self.findings, self.plan
        if not self.check_alignment():
            return findings.skip("alignment")
        residual = float(self.get("certificate/worst_residual"))
        residual = 0.0 if np.isnan(residual) else residual
        self.given_error = lambda own: residual / max(own.gap, 1e-300)
        in_ranks = None if self.bounded else self.given_error
        self.own = [self.reference.replicate(self.s, r, self.aligned_with, in_ranks)
                    for r in range(1, plan.replicates + 1)]
        self.open = np.array([whole(own) for own in self.own], dtype=bool)
        self.valid = np.array([own.validity == "valid" for own in self.own], dtype=bool)
        self.sure = ~self.open
        self.settled = self.sure & self.valid
        if "presence" in self.own_baseline.unsure:
            return findings.skip("replicates", max(plan.replicates, 1))
        findings.same("scenarios", self.get("tally/scenarios"), plan.replicates)
        self.not_certified = int(self.get("tally/certification")[2])
        self.compare_validity()
        self.compare_diagnostics()
        if plan.replicates == 0:
            return
        self.compare_raw()
        self.compare_certificate()
        self.compare_ranks()
        self.compare_summary("score", self.eci, self.by_location, SCORE_UNIT)
        if "product_score" in plan.tallies:
            self.compare_summary("product_score", self.pci, self.by_product, PRODUCT_UNIT)
        if self.own_baseline.presence is not None and plan.classes.quantiles:
            self.compare_classes()

    def check_alignment(self):
        """A cell is aligned with its own baseline where that is valid; else with the nearest threshold's that is."""
        kind = self.file["alignment"].attrs["flag_meanings"].split()[int(self.get("alignment"))]
        at = int(self.get("alignment_specification"))
        baselines, specifications = self.reference.baselines, self.case.specifications
        if any(b.unsure & {"presence", "validity"} for b in baselines):
            self.aligned_with = None if at < 0 else at
            return at < 0 or baselines[at].eci is not None
        usable = [s for s, b in enumerate(baselines) if b.validity == "valid"]
        if self.s in usable:
            expected = {("own_baseline", self.s)}
        elif usable:
            away = lambda s: abs(specifications[s].threshold - specifications[self.s].threshold)
            expected = {("neighbour", s) for s in usable if away(s) == min(away(t) for t in usable)}
        else:
            expected = {("convention", -1)}
        self.findings.hold("alignment", (kind, at) in expected, f"found {kind} {at}, expected one of {sorted(expected)}")
        self.aligned_with = None if at < 0 else at
        return at < 0 or baselines[at].eci is not None

    def compare_validity(self):
        findings = self.findings
        unsure = np.array([bool(own.unsure & {"presence", "validity"}) for own in self.own], dtype=bool)
        count = lambda name: sum(own.validity == name and not u for own, u in zip(self.own, unsure))
        names = self.file["cause"].asstr()[:].tolist()
        expected = np.array([count(name) for name in names])
        findings.between("invalid by cause", self.get("invalid"), expected, expected + unsure.sum(),
                         (self.plan.replicates, int(unsure.sum())))
        valid = np.zeros(self.c)
        for own, u in zip(self.own, unsure):
            if own.validity == "valid" and not u:
                valid[self.location[~np.isnan(own.eci)]] += 1
        findings.between("valid", self.get("valid"), valid, valid + unsure.sum())

    def compare_diagnostics(self):
        """Counters of what was tested; the fill value where nothing was."""
        findings = self.findings
        scored = [own for own in self.own if own.validity == "valid"]
        counted = lambda test, doubt: (sum(test(own) for own in scored if not own.unsure & doubt),
                                       sum(bool(own.unsure & doubt) for own in self.own))
        tested = {
            "sign_disagree": (self.aligned_with is not None, lambda own: own.rule_sign == -1,
                              {"presence", "validity", "sign", "rule"}),
            "sign_undefined": (True, lambda own: own.rule_sign == 0, {"presence", "validity", "rule"}),
            "axis_swap": (self.aligned_with is not None, lambda own: own.axis_swap,
                          {"presence", "validity", "sign", "swap"}),
            "giant_component": (True, lambda own: own.components > 1, {"presence", "validity"}),
            "few_locations": (self.c >= FEW_LOCATIONS, lambda own: own.participation < FEW_LOCATIONS,
                              {"presence", "validity"}),
        }
        if self.open.any() and not self.settled.any():
            return findings.skip("diagnostic", self.plan.replicates)  # not even sure that there were any
        said = {name: int(self.get(f"diagnostic/{name}")) for name in (*tested, "not_certified", "orientation_ambiguous")}
        valid = int(self.get("tally/valid_scenarios"))
        findings.hold("diagnostic/not_certified", said["not_certified"] ==
                      (self.not_certified if self.bounded and valid > 0 else NEVER_TESTED),
                      lambda: f"found {said['not_certified']}")
        self.compare_orientation(said, valid)
        for name, (is_tested, test, doubt) in tested.items():
            found = said[name]
            if not is_tested or not scored:
                findings.hold(f"diagnostic/{name}", found == NEVER_TESTED, f"found {found} where nothing was tested")
                continue
            low, more = counted(test, doubt)
            findings.between(f"diagnostic/{name}", found, low, low + more, (self.plan.replicates, more))

    def compare_orientation(self, said, valid):
        """Ambiguous where the rule would turn 5 % of the replicates; without replicates by the rules' votes."""
        own, found = self.own_baseline, said["orientation_ambiguous"]
        if said["sign_disagree"] != NEVER_TESTED:
            expected = (said["sign_disagree"] + said["sign_undefined"]) / valid >= TURNED_SHARE
        elif self.plan.replicates == 0 and own.validity == "valid":
            if own.votes_unsure or whole(own):
                return
            expected = min(own.votes) < 0 or max(own.votes) == 0
        else:
            expected = NO_ANSWER
        self.findings.same("diagnostic/orientation_ambiguous", found, float(expected))

    def compare_raw(self):
        """Kept scores of each replicate; and the best knowledge of them, in self.eci and self.pci [replicate, item] with
        their doubt."""
        findings = self.findings
        raw = {name: self.file[f"raw/{name}"][self.y, self.s].astype(float) for name in self.plan.keep}
        n = self.plan.replicates
        self.eci, self.pci = [np.full((n, width), np.nan) for width in (self.c, self.p)]
        self.eci_doubt, self.pci_doubt = np.zeros((n, self.c)), np.zeros((n, self.p))
        for r, own in enumerate(self.own):
            kept = {"eci": raw["eci"][r] if "eci" in raw else None, "pci": raw["pci"][r] if "pci" in raw else None}
            if self.settled[r]:
                error = 2 * own.own_error + self.given_error(own)
                if kept["eci"] is not None:
                    pci = None if kept["pci"] is None else kept["pci"][self.product]
                    compare_scores(findings, "raw", own, kept["eci"][self.location], pci, error, 2.0**-23)
                self.eci[r, self.location], self.pci[r, self.product] = own.eci, own.pci
                self.eci_doubt[r, self.location] = error * np.nan_to_num(own.eci_gain)
                self.pci_doubt[r, self.product] = error * np.nan_to_num(own.pci_gain)
            elif self.sure[r] and kept["eci"] is not None:
                findings.hold("raw validity", np.isnan(kept["eci"]).all(),
                              f"replicate {r + 1}: scores, expected {own.validity}")
            # Where the kept number is nearer to what was tallied than the reference can be, it serves.
            for name, scores, doubt in (("eci", self.eci, self.eci_doubt), ("pci", self.pci, self.pci_doubt)):
                if kept[name] is None:
                    continue
                size = 2.0**-24 * np.abs(kept[name])
                better = (doubt[r] > size) | (self.open[r] & ~np.isnan(kept[name]))
                scores[r, better], doubt[r, better] = kept[name][better], size[better]
        self.complete = not self.open.any() or {"eci", "pci"} <= raw.keys()

    def compare_certificate(self):
        findings = self.findings
        scored = [own for own, s in zip(self.own, self.settled) if s]
        doubtful = int(self.open.sum())
        for name in ("log_residual", "log_gap", "participation"):
            findings.between(f"certificate/{name} in all", self.get(f"certificate/{name}").sum(), len(scored),
                             len(scored) + doubtful, (self.plan.replicates, doubtful))
        histogram = self.get("certificate/participation")
        near = [own.participation for own in scored if abs(own.participation - round(own.participation)) < 1e-4]
        low = np.bincount([int(own.participation) for own in scored if own.participation not in near],
                          minlength=len(histogram))
        maybe = sum(np.bincount([round(x) - d for x in near if round(x) >= d], minlength=len(histogram)) for d in (0, 1))
        findings.between("certificate/participation", histogram, low, low + maybe + doubtful)
        offset = (self.y * len(self.case.specifications) + self.s) * (self.plan.replicates + 1)
        if doubtful == 0 and scored:
            smallest = min(own.participation for own in scored)
            findings.same("certificate/worst_participation", self.get("certificate/worst_participation"), smallest,
                          1e-4 * smallest if not self.bounded else 1e-6 * smallest)
            replicate = int(self.get("certificate/worst_participation_scenario")) - offset
            findings.same("certificate/worst_participation_scenario", self.own[replicate - 1].participation, smallest,
                          1e-3 * smallest)
        if not self.bounded or not scored:
            return
        # The gap of a certificate is a bound: no replicate's may pass the true one.
        replicate = int(self.get("certificate/worst_gap_scenario")) - offset
        own = self.own[replicate - 1]
        if self.settled[replicate - 1]:
            findings.hold("gap bounds", self.get("certificate/worst_gap") <= own.gap + 1e-12,
                          lambda: f"replicate {replicate}: worst gap {self.get('certificate/worst_gap'):.12g}, true {own.gap:.12g}")
        edge = 10.0 ** self.file["log_bin"][:]
        gaps = np.array([own.gap for own in scored])
        true_above = np.array([(gaps + 1e-12 >= e * (1 - 1e-9)).sum() for e in edge])
        said_above = self.get("certificate/log_gap")[::-1].cumsum()[::-1]
        true_above[0] = len(scored)
        findings.hold("gap bounds", (said_above <= true_above + doubtful).all(),
                      lambda: f"gaps said above {edge[np.argmax(said_above > true_above + doubtful)]:.3g}: "
                              f"{said_above[np.argmax(said_above > true_above + doubtful)]}, true "
                              f"{true_above[np.argmax(said_above > true_above + doubtful)]}")

    def compare_ranks(self):
        findings, n = self.findings, self.plan.replicates
        low, maybe = np.zeros((self.c, self.c + 1)), np.zeros((self.c, self.c + 1))
        unsettled = 0
        there = np.zeros(self.c, dtype=bool)
        there[self.location] = True
        low[~there, 0] = n
        for own, is_open in zip(self.own, self.open):
            if is_open:
                maybe[self.location] += 1
                unsettled += len(self.location)
                continue
            if own.validity != "valid":
                low[self.location, 0] += 1
                continue
            for item, a, b in zip(self.location, own.rank_low, own.rank_high):
                if a == b:
                    low[item, a] += 1
                else:
                    maybe[item, a:b + 1] += 1
                    unsettled += 1
        maybe[self.location] += self.not_certified
        unsettled += self.not_certified * len(self.location)
        least = np.maximum(low - self.not_certified, 0)
        histogram = None
        if "rank" in self.plan.tallies:
            histogram = self.get("rank/histogram").astype(float)
            findings.between(self.of("rank/histogram"), histogram[there], least[there], (low + maybe)[there],
                             (n * len(self.location), unsettled))
            findings.same("rank/histogram of the absent", histogram[~there], low[~there])
            findings.same("rank/histogram in all", histogram.sum(axis=1), np.full(self.c, n))
        elif not maybe.any():
            histogram = low
        if histogram is None:
            return findings.skip(self.of("rank summary"))
        rank = np.arange(self.c + 1)
        for c in range(self.c):
            x = np.repeat(rank[1:], histogram[c, 1:].astype(int))
            expected = {"mean": x.mean(), "sd": x.std(ddof=1) if len(x) > 1 else np.nan} if len(x) else {}
            for name in ("mean", "sd"):
                findings.same(f"rank/{name}", self.get(f"rank/{name}")[c], expected.get(name, np.nan), 1e-9)
            top = (x <= 10).mean() if len(x) else np.nan
            findings.same("probability/top10", self.get("probability/top10")[c], top, 1e-12)
            findings.same("probability/top10_mc_error", self.get("probability/top10_mc_error")[c],
                          np.sqrt(top * (1 - top) / max(len(x), 1)), 1e-12)
            # The smallest rank whose cumulative share reaches the quantile.
            wanted = [x[-(-len(x) * q.numerator // q.denominator) - 1] if len(x) else np.nan for q in self.plan.quantiles]
            findings.same("rank/quantile", self.get("rank/quantile")[c], wanted)

    def compare_summary(self, group, scores, place, unit):
        """Mean, sd, quantiles, minimum and maximum against the scores of the replicates, whatever they are."""
        findings = self.findings
        if not self.complete:
            return findings.skip(f"{group} summary")
        doubt = self.eci_doubt if group == "score" else self.pci_doubt
        said = {name: self.get(f"{group}/{name}") for name in ("mean", "sd", "mc_error", "minimum", "maximum", "quantile")}
        attributes = self.file[f"{group}/quantile"].attrs
        fine, coarse = float(attributes["resolution"]), float(attributes.get("resolution_beyond", 0.0))
        for i in range(scores.shape[1]):
            there = ~np.isnan(scores[:, i])
            x, error = scores[there, i], doubt[there, i].max(initial=0.0)
            if group == "product_score":
                findings.between("product_score/valid", self.get("product_score/valid")[i], len(x), len(x))
            if len(x) == 0:
                for name in said:
                    findings.hold(f"{group}/{name}", np.isnan(said[name][i]).all(), f"a {name} of no scores")
                continue
            largest = np.abs(x).max()
            error += 1e-13 * largest
            findings.same(f"{group}/minimum", said["minimum"][i], x.min(), error)
            findings.same(f"{group}/maximum", said["maximum"][i], x.max(), error)
            beyond = largest > MOMENT_LIMIT * (1 - 1e-6)
            sd = x.std(ddof=1) if len(x) > 1 else np.nan
            if not beyond or not np.isnan(said["mean"][i]):
                findings.same(f"{group}/mean", said["mean"][i], x.mean(), error + unit)
                findings.same(f"{group}/sd", said["sd"][i], sd, 2 * error + 2 * unit)
                findings.same(f"{group}/mc_error", said["mc_error"][i], sd / np.sqrt(len(x)), 2 * error + 2 * unit)
            ordered = np.sort(x)
            for k, q in enumerate(self.plan.quantiles):
                at = (len(x) - 1) * q
                a, b = ordered[int(at)], ordered[min(int(at) + 1, len(x) - 1)]
                binned = [x for x, place in ((a, int(at)), (b, int(at) + 1)) if 0 < place < len(ordered) - 1]
                around = max(map(abs, binned), default=0.0)
                width = fine if around <= 8 else max(fine, coarse * around)
                if around > LAST_BIN * (1 - 1e-6) and np.isnan(said["quantile"][i][k]):
                    continue  # beyond the last bin; the ends alone are exact
                findings.same(f"{group}/quantile", said["quantile"][i][k], a + float(at - int(at)) * (b - a), width + error)

    def compare_classes(self):
        findings = self.findings
        cells = len(self.plan.classes.quantiles) * len(self.plan.classes.splits) * len(self.plan.classes.cuts)
        low, maybe = np.zeros((cells, self.c, 3)), np.zeros((cells, self.c, 3))
        p1, p1_maybe = np.zeros((len(self.plan.classes.quantiles), self.p)), 0
        for own, is_open in zip(self.own, self.open):
            if is_open or "p1" in own.unsure:
                maybe[:, self.location] += 1
                p1_maybe += 1
                continue
            if own.validity != "valid":
                continue
            p1[:, self.product] += own.in_p1
            for k in range(3):
                low[:, self.location, k] += own.location_class == k
                maybe[:, self.location, k] += own.location_class == scenario.UNSURE
        maybe[:, self.location] += self.not_certified
        p1_maybe += self.not_certified
        findings.between(self.of("class/count"), self.get("class/count"), np.maximum(low - self.not_certified, 0), low + maybe,
                         (cells * len(self.location) * self.plan.replicates, int(maybe[:, :, 2].sum())))
        valid = int(self.get("tally/valid_scenarios"))
        if valid == 0:
            return findings.hold("probability/p1", np.isnan(self.get("probability/p1")).all(), "of no scenario")
        counted = self.get("probability/p1") * valid
        findings.same("probability/p1", counted, np.round(counted), 1e-6)
        findings.between(self.of("probability/p1"), np.round(counted), np.maximum(p1 - self.not_certified, 0), p1 + p1_maybe,
                         (self.plan.replicates, p1_maybe))


def compare_spectrum(findings, name, own, numbers, bounded):
    """lambda_2; where `bounded`, the gap as a bound, and lambda_3 from below."""
    residual = numbers["residual"]
    findings.same(f"{name} lambda2", numbers["lambda2"], own.eigenvalue[0], 1e-12 + residual**2 / own.gap)
    if bounded:
        findings.hold("gap bounds", numbers["gap"] <= own.gap + 1e-12 + residual**2 / own.gap,
                      lambda: f"{name}: gap {numbers['gap']:.12g}, true {own.gap:.12g}")
        findings.hold(f"{name} lambda3", numbers["lambda3"] <= own.eigenvalue[1] + 1e-6,
                      lambda: f"{numbers['lambda3']:.9g} passes the true {own.eigenvalue[1]:.9g}")
    findings.same(f"{name} participation", numbers["participation"], own.participation,
                  own.participation * (1e-9 + 20 * (own.own_error + residual / own.gap)))


# ---- scenarios in full --------------------------------------------------------------------------------------------


def compare_scenario(findings, case, references, y, s, replicate):
    """`sweep --scenario K --json` against the reference: what was drawn, the vector itself, shares, splits, classes."""
    plan, reference = case.plan, references[y]
    k = (y * len(case.specifications) + s) * (plan.replicates + 1) + replicate
    said = json.loads(case.sweep("--scenario", str(k), "--json"))
    with h5py.File(case.folder / "sweep.h5") as file:
        at = int(file["alignment_specification"][y, s])
    aligned_with = None if at < 0 else at
    if any(reference.baselines[b].unsure & {"presence", "validity"} for b in {s, *([] if at < 0 else [at])}):
        return findings.skip("scenario")
    if aligned_with is not None and reference.baselines[aligned_with].eci is None:
        return findings.skip("scenario")
    residual = said["residual"] or 0.0
    bounded = plan.precision != "fast" or replicate == 0
    given = None if bounded else lambda own: residual / max(own.gap, 1e-300)
    own = reference.baselines[s] if replicate == 0 else reference.replicate(s, replicate, aligned_with, given)
    name = "scenario"
    locations = {entry["location"]: entry for entry in said["locations"]}
    products = {entry["product"]: entry for entry in said["products"]}
    location = [locations[case.panel.locations[i]] for i in reference.year.location_item]
    product = [products[case.panel.products[i]] for i in reference.year.product_item]
    column = lambda entries, key: np.array([np.nan if e[key] is None else e[key] for e in entries], dtype=float)
    findings.same(f"{name} weight", column(product, "weight"), own.weight)
    if own.unsure & {"presence", "validity"}:
        return findings.skip(f"{name} validity")
    findings.same(f"{name} diversity", column(location, "diversity"), own.diversity)
    findings.same(f"{name} ubiquity", column(product, "ubiquity"), own.ubiquity)
    findings.hold(f"{name} validity", said["validity"] == own.validity,
                  f"scenario {k}: found {said['validity']}, expected {own.validity}")
    if own.validity != "valid" or said["validity"] != "valid":
        return
    compare_spectrum(findings, name, own, said, bounded)
    eci, pci = column(location, "eci"), column(product, "pci")

    # The certificate's promise: sin angle <= residual / gap, of the vector that the scores are made of.
    rows = own.in_matrix
    d = own.weighted_diversity[rows].astype(float)
    v = np.sqrt(d) * (eci[rows] - (d @ eci[rows]) / d.sum())
    v /= np.linalg.norm(v)
    off = v - own.vector[rows, 0] * (own.vector[rows, 0] @ v)
    gap = said["gap"] if bounded else own.gap
    slack = 20 * own.own_error + 1e-13 * np.nanmax(own.eci_gain)
    if gap > 0:
        findings.hold("vector within residual / gap", np.linalg.norm(off) <= residual / gap + slack,
                      lambda: f"scenario {k}: sine {np.linalg.norm(off):.3g}, residual / gap {residual / gap:.3g}")
    error = 2 * own.own_error + residual / own.gap
    compare_scores(findings, name, own, eci, pci, error)
    findings.same(f"{name} components", said["components"], own.components)
    if "sign" not in own.unsure and "rule" not in own.unsure:
        findings.same(f"{name} rule_sign", said["sign"] * said["rule_sign"], own.rule_sign)
    tested = replicate > 0 and aligned_with is not None
    findings.hold(f"{name} axis_swap", (said["axis_swap"] is not None) == tested, f"scenario {k}: {said['axis_swap']}")
    if tested and not own.unsure & {"swap", "sign"}:
        findings.same(f"{name} axis_swap", float(bool(said["axis_swap"])), float(own.axis_swap))
    if not bounded:
        name = "fast scenario"  # without a certificate more is left open
    if "sign" in own.unsure or said["certification"].replace(" ", "_") == "not_certified":
        return findings.skip(f"{name} rank")
    findings.between(f"{name} rank", np.nan_to_num(column(location, "rank")), own.rank_low, own.rank_high)
    if own.share is None:
        return
    if "p1" in own.unsure:
        return findings.skip(f"{name} class")
    table = lambda key: np.array([[np.nan if x is None else x for x in e[key]] for e in location], dtype=float).T
    findings.same(f"{name} in_p1", np.array([e["in_p1"] for e in product]).T, own.in_p1)
    findings.same(f"{name} share", table("share"), own.share, 1e-10)
    findings.hold("share beyond 100", not (table("share") > 100.0).any(),
                  lambda: f"scenario {k}: {np.nanmax(table('share')):.17g}")
    findings.same(f"{name} hhi", table("hhi_p1"), own.hhi, 1e-7)
    findings.same(f"{name} split_value", [np.nan if x is None else x for x in said["split_value"]],
                  own.split_value.ravel(), 1e-10)
    letter = {"O": scenario.O, "F-O": scenario.FO, "L": scenario.L}
    found = np.array([[letter.get(x, scenario.NOT_VALID) for x in e["class"]] for e in location]).T
    findings.same(f"{name} class", found, own.location_class, sure=own.location_class != scenario.UNSURE)


# ---- cases --------------------------------------------------------------------------------------------------------


def compare_case(findings, case, rng, scenarios=3):
    plan = case.plan
    chosen = int(rng.integers(len(case.specifications)))
    computed = compare_compute(findings, case, case.specifications[chosen])
    references = compare_sweep(findings, case, computed, chosen)
    for _ in range(scenarios):
        compare_scenario(findings, case, references, int(rng.integers(len(case.panel.years))),
                         int(rng.integers(len(case.specifications))), int(rng.integers(plan.replicates + 1)))


def random_case(findings, program, folder, seed):
    rng = np.random.default_rng(seed)
    kind, panel = studies.random_panel(rng)
    plan = studies.random_plan(rng, panel)
    options = panel.write(folder, rng)
    plan.write(folder / "plan.toml")
    case = Case(program, folder, panel, plan)
    case.about = f"{kind} of {len(panel.years)} x {len(panel.locations)} x {len(panel.products)}"
    case.run("import", "trade.csv", *options, "-o", "panel.h5", "--force")
    case.panel = studies.read_panel(folder / "panel.h5")
    check_import(findings, panel, case.panel)
    compare_case(findings, case, rng)
    return case


def check_import(findings, written, found):
    at = [written.locations.index(x) for x in found.locations], [written.products.index(x) for x in found.products]
    years = [written.years.index(y) for y in found.years]
    value = np.where(written.missing[:, :, None], 0.0, written.value)[np.ix_(years, *at)]
    findings.same("import", np.nan_to_num(found.value), value)


def recorded_case(findings, program, folder, source, command):
    """A panel and a plan that once gave a wrong number, with the command that showed it."""
    words = shlex.split(command, comments=True)
    words = words[:words.index("|")] if "|" in words else words
    arguments = words[1:]
    flags = [(a, b) for a, b in zip(arguments, arguments[1:] + [""]) if a.startswith("--") and not b.startswith("--")]
    panels = [a for a in arguments if a.endswith(".h5") and (source / a).exists()] or sorted(p.name for p in source.glob("panel*.h5"))
    plans = [a for a in arguments if a.endswith(".toml")]
    panel_file = panels[0] if not command.startswith("balassa sweep --panel gx") else panels[int(command[24]) - 1]
    shutil.copy(source / panel_file, folder / "panel.h5")
    plan = studies.read_plan(source / plans[0]) if plans else studies.plan_of_flags(flags)
    plan.given.get("", {}).pop("panel", None)
    plan.given.setdefault("output", {}).setdefault("keep", ["eci", "pci"])
    plan.given["output"].pop("file", None)
    plan = studies.Plan(plan.given)
    plan.write(folder / "plan.toml")
    case = Case(program, folder, studies.read_panel(folder / "panel.h5"), plan)
    case.about = f"{source.name}: {command[:100]}"
    asked = dict(flags).get("--scenario")
    rng = np.random.default_rng(0)
    compare_case(findings, case, rng)
    if asked is not None and plan.replicates > 0:
        cell, replicate = divmod(int(asked), plan.replicates + 1)
        y, s = divmod(cell, len(case.specifications))
        compare_scenario(findings, case, references_of(case), y, s, replicate)
    return case


def recorded(root):
    """(name, folder, command) of the cases that lie beside the repository, where they do."""
    folder = root.parent / "shared" / "trouble-numbers"
    for source in sorted(folder.iterdir()) if folder.is_dir() else []:
        for file in sorted(source.glob("cmd*")):
            for line in file.read_text().splitlines():
                if line.startswith("balassa sweep"):
                    yield f"{source.name}/{file.name}", source, line
                    break


def report(name, case_about, commands, differences, keep, folder):
    print(f"\n{name}: {case_about}")
    count = Counter(kind for kind, _ in differences)
    for kind, text in dict(reversed(differences)).items():  # the first of each kind
        print(f"  {kind}: {text}" + (f" (and {count[kind] - 1} more such)" if count[kind] > 1 else ""))
    if (folder / "plan.toml").exists():
        print("  plan: " + " ".join((folder / "plan.toml").read_text().split("\n")))
    for command in commands:
        print(f"  {command}")
    if keep:
        kept = pathlib.Path(keep) / name.replace("/", "-").replace(" ", "-")
        shutil.copytree(folder, kept, dirs_exist_ok=True)
        print(f"  kept in {kept}")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seeds", help="as 7 or 1000-1100; else the fixed ones and the recorded cases")
    parser.add_argument("--keep", help="folder for the panels and plans that show a difference")
    parser.add_argument("--recorded", action="store_true", help="the recorded cases alone")
    parser.add_argument("--verbose", action="store_true", help="a line for each case")
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    root = pathlib.Path(__file__).resolve().parents[2]
    first, _, last = (options.seeds or "").partition("-")
    seeds = range(int(first), int(last or first) + 1) if first else FIXED_SEEDS
    cases = [] if options.recorded else [(f"seed {s}", lambda f, d, s=s: random_case(f, program, d, s))
                                         for s in seeds]
    if not first or options.recorded:
        cases += [(name, lambda f, d, source=source, command=command: recorded_case(f, program, d, source, command))
                  for name, source, command in recorded(root)]

    start, made, skipped, failed, kinds = time.monotonic(), Counter(), Counter(), 0, Counter()
    for name, run in cases:
        findings = Findings()
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="differential-") as folder:
            folder = pathlib.Path(folder)
            about, commands = "", []
            try:
                case = run(findings, folder)
                about, commands = case.about, case.commands
            except Failed as failure:
                findings.differ("exit code", str(failure))
            except Exception:
                findings.differ("the test itself", "".join(traceback.format_exc().splitlines(keepends=True)[-5:]))
            if findings.differences:
                failed += 1
                kinds.update({kind for kind, _ in findings.differences})
                report(name, about, commands, findings.differences, options.keep, folder)
        made += findings.made
        skipped += findings.skipped
        if options.verbose:
            print(f"{name}: {about}, {time.monotonic() - began:.2f} s; left out {dict(+findings.skipped)}", flush=True)

    print(f"\n{len(cases)} cases, {failed} with differences; {sum(made.values())} comparisons, {sum(skipped.values())} within "
          f"rounding and left out; {time.monotonic() - start:.0f} s")
    for kind, count in sorted(skipped.items(), key=lambda entry: -entry[1] / made[entry[0]]):
        if count:
            print(f"  {kind}: {count} of {made[kind]} left out")
    for kind, count in kinds.most_common():
        print(f"  differs: {kind} in {count} cases")
    too_many = [kind for kind in made if made[kind] >= 200 and "fast" not in kind and skipped[kind] > MOST_SKIPPED * made[kind]]
    if too_many:
        print(f"too many left out: {', '.join(too_many)}")
    sys.exit(1 if failed or too_many else 0)


if __name__ == "__main__":
    main()
