"""A panel and a plan in a folder, the program run on them there, and the reference's baselines and replicates."""

import shlex
import subprocess

import numpy as np

from reference import draws, scenario


class Failed(Exception):
    pass


class Case:
    """A panel and a plan in a folder, and the program run on them there."""

    def __init__(self, program, folder, panel, plan):
        self.program, self.folder, self.panel, self.plan = program, folder, panel, plan
        self.specifications = plan.specifications()
        self.commands = []

    def run(self, *arguments):
        command = [self.program, *arguments, "--threads", "1"]
        self.commands.append("balassa " + shlex.join(command[1:]))
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"{self.commands[-1]}: exit {done.returncode}: {done.stderr.strip()[-400:]}")
        return done.stdout

    def sweep(self, *arguments):
        return self.run("sweep", "plan.toml", "--panel", "panel.h5", "--device", "cpu", *arguments)

    def compute(self, specification, output):
        s = specification
        more = ["--min-participation", repr(s.min_participation)] if s.min_participation > 0 else []
        more += ["--align-years"] if self.plan.align_years else []
        return self.run("compute", "panel.h5", "--device", "cpu", "--rca-threshold", repr(float(s.threshold)),
                        "--rca-tie", ">" if s.above else ">=", "--deviation", s.deviation, "--pci-scale", s.pci_scale,
                        "--read-as", self.plan.read_as, "--disconnected", "giant" if s.giant else "na", *more,
                        "--force", "-o", output)

    def year(self, index):
        return self.panel.year(index, self.plan.read_as, self.plan.units)


def spread(values, item, width, nothing=np.nan):
    """[..., n] to [..., width] by item."""
    values = np.asarray(values)
    out = np.full(values.shape[:-1] + (width,), nothing, dtype=np.result_type(values, type(nothing)))
    out[..., item] = values
    return out


# ---- the reference on the same case ------------------------------------------------------------------------------


def baselines(years, specification, classes, align_years):
    """Replicate 0 of each year; with align_years turned to go with the year whose orientation is best determined."""
    owns = [scenario.run(year, specification, classes) for year in years]
    if not align_years:
        return owns
    wide = lambda own, year: spread(own.eci, year.location_item, year.panel_locations)
    scored = [None if own.eci is None else (wide(own, year), own.corr_diversity) for own, year in zip(owns, years)]
    turned, unsure = scenario.turned_years(scored)
    unsure |= any(is_open(own) for own in owns)
    owns = [scenario.run(year, specification, classes, turned=turn) for year, turn in zip(years, turned)]
    for own in owns:
        own.unsure |= {"sign"} if unsure else set()
    return owns


class Reference:
    """Baselines and replicates of one year, drawn once for all specifications (common random numbers)."""

    def __init__(self, case, year, baselines):
        self.case, self.plan, self.year, self.baselines = case, case.plan, year, baselines
        self.draws = {}

    def draw(self, replicate):
        if replicate not in self.draws:
            r, seed = self.plan.resample, self.plan.seed
            weight = location_weight = factors = None
            if "products" in self.plan.draws:
                weight = draws.weights(r["weights"], seed, replicate, self.year.product_item, draws.PRODUCT_WEIGHTS)
            if "locations" in self.plan.draws:
                location_weight = draws.weights(r["location_weights"], seed, replicate, self.year.location_item,
                                                draws.LOCATION_WEIGHTS)
            if "noise" in self.plan.draws:
                factors = draws.noise_factors(seed, replicate, self.year, r["sigma"], r["rho_location"],
                                              r["rho_product"])
            self.draws[replicate] = weight, location_weight, factors
        return self.draws[replicate]

    def replicate(self, specification, replicate, aligned_with, vector_error=None):
        """aligned_with: the specification whose baseline gives the sign, None = the convention's rule."""
        baseline = self.baselines[specification]
        weight, location_weight, factors = self.draw(replicate)
        fixed = None
        if not self.plan.resample["recompute_presence"] and factors is None:
            fixed = baseline.presence, "presence" in baseline.unsure
        reference = None if aligned_with is None else self.baselines[aligned_with].eci
        own = scenario.run(self.year, self.case.specifications[specification], self.plan.classes, weight,
                           location_weight, factors, fixed, reference, baseline.turned, vector_error)
        if aligned_with is not None and self.baselines[aligned_with].unsure & {"presence", "validity", "sign"}:
            own.unsure.add("sign")
        return own


def references_of(case):
    """One a year."""
    years = [case.year(y) for y in range(len(case.panel.years))]
    by_specification = [baselines(years, s, case.plan.classes, case.plan.align_years) for s in case.specifications]
    return [Reference(case, year, [owns[y] for owns in by_specification]) for y, year in enumerate(years)]


def is_open(own):
    """Whether rounding leaves the scenario's scores open altogether."""
    return bool(own.unsure & {"presence", "validity", "sign"})
