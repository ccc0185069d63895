"""The result of `sweep`: baselines, kept scores, ranks, summaries, classes, counters and certificates of every cell."""

import dataclasses

import h5py
import numpy as np

from reference import scenario
from reference.scenario import FEW_LOCATIONS

from .measures import NO_ANSWER, compare_orientation, compare_scores, compare_spectrum, compare_year_before
from .program import is_open, references_of, spread

NEVER_TESTED = 2**64 - 1  # _FillValue of counters
TURNED_SHARE = 0.05  # of the replicates, from which an orientation is called ambiguous
SCORE_UNIT, PRODUCT_UNIT, MOMENT_LIMIT = 2.0**-32, 2.0**-24, 2.0**24  # of the moments
LAST_BIN = 2.0**16  # of a score histogram


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


def distances(a, b):
    """Knob by knob in the order of the table: of numbers the difference, of words whether they differ."""
    pairs = zip(dataclasses.astuple(a), dataclasses.astuple(b))
    return [x != y if isinstance(x, str) else abs(x - y) for x, y in pairs]


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
                nothing = np.isnan([*signs, *(axis if validity != "localised" else [])]).all()
                nothing &= np.isnan(self.get("baseline/eci")).all() and (self.get("baseline/rank") == 0).all()
                nothing &= numbers["sign_ambiguous"] == numbers["turned"] == NO_ANSWER
                findings.hold("baseline not valid", nothing, "numbers of a baseline that is not valid")
            return
        compare_spectrum(findings, "baseline", own, numbers, bounded=True)
        error = 2 * own.own_error + numbers["residual"] / own.gap
        compare_scores(findings, "baseline", own, self.get("baseline/eci")[self.location],
                       self.get("baseline/pci")[self.product], error)
        compare_orientation(findings, "baseline", own, numbers, error)
        findings.same("baseline few_locations", numbers["few_locations"], float(own.participation < FEW_LOCATIONS),
                      sure=abs(own.participation - FEW_LOCATIONS) > 1e-6)
        findings.same("baseline components", self.get("baseline/components"), own.components)
        certifications = self.file["baseline/certified_by"].attrs["flag_meanings"].split()
        if certifications[int(self.get("baseline/certified_by"))] == "not_certified" or "sign" in own.unsure:
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
        if own.validity == "valid" and not is_open(own):
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
        self.open = np.array([is_open(own) for own in self.own], dtype=bool)
        self.valid = np.array([own.validity == "valid" for own in self.own], dtype=bool)
        self.sure = ~self.open
        self.settled = self.sure & self.valid
        if "presence" in self.own_baseline.unsure:
            return findings.skip("replicates", max(plan.replicates, 1))
        findings.same("scenarios", self.get("tally/scenarios"), plan.replicates)
        self.not_certified = int(self.get("tally/certified_by")[2])
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
        """A cell is aligned with its own baseline where that is valid; else with the nearest in the grid that is."""
        kind = self.file["alignment"].attrs["flag_meanings"].split()[int(self.get("alignment"))]
        at = int(self.get("alignment_specification"))
        baselines, specifications = self.reference.baselines, self.case.specifications
        if any(b.unsure & {"presence", "validity"} for b in baselines):
            self.aligned_with = None if at < 0 else at
            return at < 0 or baselines[at].eci is not None
        usable = [s for s, b in enumerate(baselines) if b.validity == "valid"]
        if self.s in usable:
            expected = ("own_baseline", self.s)
        elif usable:
            expected = ("neighbour", min(usable, key=lambda s: distances(specifications[s], specifications[self.s])))
        else:
            expected = ("convention", -1)
        self.findings.hold("alignment", (kind, at) == expected, f"found {kind} {at}, expected {expected}")
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
                              {"presence", "validity", "few"}),
        }
        if self.open.any() and not self.settled.any():
            return findings.skip("diagnostic", self.plan.replicates)  # not even sure that there were any
        said = {name: int(self.get(f"diagnostic/{name}"))
                for name in (*tested, "not_certified", "orientation_ambiguous")}
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
            if own.votes_unsure or is_open(own):
                return
            expected = min(own.votes) < 0 or max(own.votes) == 0
        else:
            expected = NO_ANSWER
        self.findings.same("diagnostic/orientation_ambiguous", found, float(expected))

    def compare_raw(self):
        """Kept scores of each replicate; and the best knowledge of them, in self.eci and self.pci [replicate, item]
        with their doubt."""
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
        maybe = sum(np.bincount([round(x) - d for x in near if round(x) >= d], minlength=len(histogram))
                    for d in (0, 1))
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
            worst = self.get("certificate/worst_gap")
            findings.hold("gap bounds", worst <= own.gap + 1e-12,
                          lambda: f"replicate {replicate}: worst gap {worst:.12g}, true {own.gap:.12g}")
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
            wanted = [x[-(-len(x) * q.numerator // q.denominator) - 1] if len(x) else np.nan
                      for q in self.plan.quantiles]
            findings.same("rank/quantiles", self.get("rank/quantiles")[c], wanted)

    def compare_summary(self, group, scores, place, unit):
        """Mean, sd, quantiles, minimum and maximum against the scores of the replicates, whatever they are."""
        findings = self.findings
        if not self.complete:
            return findings.skip(f"{group} summary")
        doubt = self.eci_doubt if group == "score" else self.pci_doubt
        said = {name: self.get(f"{group}/{name}")
                for name in ("mean", "sd", "mc_error", "minimum", "maximum", "quantiles")}
        attributes = self.file[f"{group}/quantiles"].attrs
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
                if around > LAST_BIN * (1 - 1e-6) and np.isnan(said["quantiles"][i][k]):
                    continue  # beyond the last bin; the ends alone are exact
                expected = a + float(at - int(at)) * (b - a)
                findings.same(f"{group}/quantiles", said["quantiles"][i][k], expected, width + error)

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
        least = np.maximum(low - self.not_certified, 0)
        findings.between(self.of("class/count"), self.get("class/count"), least, low + maybe,
                         (cells * len(self.location) * self.plan.replicates, int(maybe[:, :, 2].sum())))
        valid = int(self.get("tally/valid_scenarios"))
        if valid == 0:
            return findings.hold("probability/p1", np.isnan(self.get("probability/p1")).all(), "of no scenario")
        counted = self.get("probability/p1") * valid
        findings.same("probability/p1", counted, np.round(counted), 1e-6)
        least = np.maximum(p1 - self.not_certified, 0)
        findings.between(self.of("probability/p1"), np.round(counted), least, p1 + p1_maybe,
                         (self.plan.replicates, p1_maybe))
