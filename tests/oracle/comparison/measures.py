"""The result of `compute`, and the comparisons that it shares with a sweep's baselines."""

import h5py
import numpy as np

from reference import scenario
from reference.scenario import FEW_LOCATIONS

from .program import baselines, is_open, spread

NO_ANSWER = 255  # _FillValue of yes and no


def compare_compute(findings, case, specification):
    """Every measure of `compute` of each year; the ECI by year."""
    case.compute(specification, "measures.h5")
    gets = []
    with h5py.File(case.folder / "measures.h5") as file:
        causes = file["status/of_year"].attrs["flag_meanings"].split()
        for y in range(len(case.panel.years)):
            get = {name: file[name][y] for name in ("measure/eci", "measure/pci", "measure/mcp", "measure/rca",
                                                    "measure/hhi", "measure/diversity", "measure/ubiquity",
                                                    "measure/eci_rank", "measure/pci_rank", "measure/p_quartile",
                                                    "spectrum")}
            get.update({name: file[f"certificate/{name}"][y] for name in file["certificate"]})
            get["validity"] = causes[int(file["status/of_year"][y])]
            gets.append(get)
    years = [case.year(y) for y in range(len(gets))]
    owns = baselines(years, specification, scenario.Classes(), case.plan.align_years)
    for y, get in enumerate(gets):
        compare_year(findings, years[y], owns[y], get)
        compare_year_before(findings, "compute", years, owns, y, get["corr_year_before"])
    return [get["measure/eci"] for get in gets]


def compare_year_before(findings, name, years, owns, y, said):
    """The correlation with the last year before that has scores."""
    scored = [x for x in range(y) if owns[x].validity == "valid"]
    if any(is_open(own) for own in owns[:y + 1]):
        return findings.skip(f"{name} corr_year_before")
    expected, doubt = np.nan, 0.0
    if scored and owns[y].validity == "valid":
        pair = (scored[-1], y)
        expected, _ = scenario.year_correlation(
            *(spread(owns[x].eci, years[x].location_item, years[x].panel_locations) for x in pair))
        doubt = sum((owns[x].own_error + 1e-12 / owns[x].gap) * np.nanmax(owns[x].eci_gain) for x in pair)
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
    findings.same("compute participation", get["participation"], own.participation,
                  own.participation * (1e-9 + 20 * error))
    findings.same("compute components", get["components"], own.components)
    compare_orientation(findings, "compute", own, get, error)
    if "sign" in own.unsure:
        return findings.skip("compute eci_rank")
    low, high = scenario.ranks(own.eci, own.own_error * own.eci_gain)
    findings.between("compute eci_rank", get["measure/eci_rank"][year.location_item], low, high)
    low, high = scenario.ranks(own.pci, own.own_error * np.nan_to_num(own.pci_gain))
    findings.between("compute pci_rank", get["measure/pci_rank"][year.product_item], low, high)
    n = int((low > 0).sum())
    beyond = lambda rank, k: (rank > n - (4 - k) * n // 4).astype(int)
    quartile = lambda rank: np.where(rank == 0, 0, 1 + sum(beyond(rank, k) for k in (1, 2, 3)))
    findings.between("compute p_quartile", get["measure/p_quartile"][year.product_item], quartile(low), quartile(high))


def compare_orientation(findings, name, own, said, error):
    """The three rules of orientation, their votes, and whether the year was turned."""
    if "sign" in own.unsure:
        return findings.skip(f"{name} correlations")
    compare_correlations(findings, name, own, said, error)
    findings.same(f"{name} sign_ambiguous", said["sign_ambiguous"], float(min(own.votes) < 0 or max(own.votes) == 0),
                  sure=not own.votes_unsure)
    findings.same(f"{name} turned", said["turned"], float(own.turned))


def compare_correlations(findings, name, own, said, error):
    tolerance = 1e-9 + 100 * error * np.nanmax(own.eci_gain)
    of_products = tolerance * max(1.0, np.nanmax(own.pci_gain) / np.nanmax(own.eci_gain))
    findings.same(f"{name} correlations", [said[f"corr_{x}"] for x in ("eci_diversity", "pci_ubiquity", "reflection")],
                  [own.corr_diversity, own.corr_ubiquity, own.corr_reflection], [tolerance, of_products, tolerance],
                  sure=error * np.nanmax(own.pci_gain) < 1e-3)


def compare_scores(findings, name, own, eci, pci, error, unit=0.0):
    """Scores within `error` of the vector; `unit`: how coarsely they are stored, relatively. Up to a sign where
    rounding chose it."""
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
