"""`sweep --scenario K --json`: what was drawn, the vector itself, shares, splits, classes."""

import json

import h5py
import numpy as np

from reference import scenario

from .measures import compare_correlations, compare_scores, compare_spectrum


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
    if own.location_weight is not None and "locations" in plan.draws and replicate > 0:
        findings.same(f"{name} location weight", column(location, "weight"), own.location_weight)
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
    rows = own.in_matrix & (own.location_weight > 0)
    d = (own.location_weight * own.weighted_diversity)[rows].astype(float)
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
    # Of panels made to have next to no gap the vector is open, and its correlations with it.
    if "sign" not in own.unsure and error * np.nanmax(own.pci_gain) < 1e-3:
        compare_correlations(findings, name, own, said, error)
        votes = [said["votes"][rule] for rule in ("diversity", "ubiquity", "reflection")]
        findings.same(f"{name} votes", votes, own.votes, sure=not own.votes_unsure)
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
