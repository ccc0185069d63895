"""A small panel that shows what went unseen on real ones: replicates whose axes change places, replicates that the sign
rule would turn, a year that turns round from the one before, an axis that one location carries. The sweep's counts are
held to a bootstrap in numpy (tests/oracle/reference) with the same draws, one by one.

usage: diagnostics.py PROGRAM
"""

import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}; scripts/setup.sh --dev installs it")
    sys.exit(77)

from reference import draws, scenario, studies

REPLICATES, SEED = 300, 42
NEVER_TESTED = 2**64 - 1  # _FillValue of counters
LOCATIONS, PRODUCTS = 14, 60
QUANTILES = (0.025, 0.975)


def two_ways(rng):
    """Two gradients of nearly the same strength: lambda_2 and lambda_3 are near, and neither goes with diversity."""
    location, product = rng.normal(0, 1, (LOCATIONS, 2)) * [1.0, 0.9], rng.normal(0, 1, (2, PRODUCTS))
    there = rng.random((LOCATIONS, PRODUCTS)) < 1 / (1 + np.exp(-location @ product))
    return np.where(there, np.exp(rng.normal(0, 1, (LOCATIONS, PRODUCTS))), 0.0)


def panel():
    """2000; 2001, a little of everything changed: the same axis the other way round; 2002, one location on its own."""
    first = two_ways(np.random.default_rng(89))
    second = first * np.exp(0.15 * np.random.default_rng([89, 0]).normal(size=first.shape))
    third = second.copy()
    third[0] = 0.0
    third[0, :2] = 8.0
    third = np.hstack([third, np.zeros((LOCATIONS, 6))])
    third[0, PRODUCTS:] = 5.0
    wide = [np.hstack([x, np.zeros((LOCATIONS, 6))]) for x in (first, second)] + [third]
    return studies.Panel([2000, 2001, 2002], [f"L{c:02}" for c in range(LOCATIONS)],
                         [f"P{p:02}" for p in range(PRODUCTS + 6)], np.array(wide),
                         np.zeros((3, LOCATIONS), dtype=bool))


class Bootstrap:
    """Of one year: replicates aligned with the baseline, and as the sign rule alone would have them."""

    def __init__(self, year, law, turned=False):
        specification, no_classes = scenario.Specification(), scenario.Classes()
        self.year = year
        self.baseline = scenario.run(year, specification, no_classes, turned=turned)
        self.replicates = [
            scenario.run(year, specification, no_classes,
                         draws.weights(law, SEED, r, year.product_item, draws.PRODUCT_WEIGHTS),
                         reference=self.baseline.eci, turned=turned) for r in range(1, REPLICATES + 1)]
        self.valid = [own for own in self.replicates if own.validity == "valid"]
        doubt = [own.unsure for own in (self.baseline, *self.replicates) if own.unsure]
        assert not doubt, f"{year.label}: rounding decides {doubt}; take another panel"
        self.turned = sum(own.rule_sign == -1 for own in self.valid)
        self.undefined = sum(own.rule_sign == 0 for own in self.valid)
        self.swapped = sum(own.axis_swap for own in self.valid)
        self.few = sum(own.participation < 3 for own in self.valid)

    def width(self, by_the_rule=False):
        """Of the 95 % interval of ranks, over locations."""
        ranks = np.array([scenario.ranks(own.eci * (own.rule_sign or 1 if by_the_rule else 1), 0 * own.eci)[0]
                          for own in self.valid])
        low, high = [np.quantile(ranks, q, axis=0, method="inverted_cdf") for q in QUANTILES]
        return float((high - low).mean())


def balassa(program, folder, *arguments):
    done = subprocess.run([program, *arguments, "--threads", "1"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"balassa {' '.join(arguments)}: exit {done.returncode}: {done.stderr}"
    return done.stdout


def sweep(program, folder, *more, replicates=REPLICATES):
    balassa(program, folder, "sweep", "--panel", "panel.h5", "--device", "cpu", "--replicates", str(replicates),
            "--seed", str(SEED), "--p1-quantile", "none", "-o", "sweep.h5", "--force", "--quiet", *more)
    return h5py.File(folder / "sweep.h5")


def equal(what, found, expected):
    assert found == expected, f"{what}: found {found}, expected {expected}"


def test_counts(program, folder, years, laws):
    """Every cell counts turned and swapped replicates as the bootstrap does, with the ranks of aligned replicates."""
    for law, bootstraps in laws.items():
        for precision in ("certified", "double"):
            with sweep(program, folder, "--weights", law, "--precision", precision) as file:
                for y, own in enumerate(bootstraps):
                    name = f"{law}, {precision}, {years[y].label}"
                    say = lambda counter: int(file[f"diagnostic/{counter}"][y, 0])
                    equal(f"{name}: sign_disagree", say("sign_disagree"), own.turned)
                    equal(f"{name}: sign_undefined", say("sign_undefined"), own.undefined)
                    equal(f"{name}: axis_swap", say("axis_swap"), own.swapped)
                    equal(f"{name}: few_locations", say("few_locations"), own.few)
                    equal(f"{name}: orientation_ambiguous", say("orientation_ambiguous"),
                          int(own.turned + own.undefined >= 0.05 * len(own.valid)))
                    equal(f"{name}: valid", int(file["tally/valid_scenarios"][y, 0]), len(own.valid))
                    equal(f"{name}: alignment", int(file["alignment"][y, 0]), 0)
                    q = [file["quantile"][:].tolist().index(x) for x in QUANTILES]
                    wide = file["rank/quantiles"][y, 0][own.year.location_item][:, q]
                    equal(f"{name}: width of ranks", float((wide[:, 1] - wide[:, 0]).mean()), own.width())


def test_years(program, folder, years, bootstraps):
    """compute and sweep say that 2001 has turned round, and --align-years carries one orientation through."""
    eci = [np.full(LOCATIONS, np.nan) for _ in years]
    for own, row in zip(bootstraps, eci):
        row[own.year.location_item] = own.baseline.eci
    expected = [scenario.year_correlation(a, b)[0] for a, b in zip(eci, eci[1:])]
    said = balassa(program, folder, "compute", "panel.h5", "--device", "cpu", "-o", "measures.h5", "--force")
    assert "turned round from 2000 to 2001" in said, f"compute says nothing of 2001: {said}"
    with h5py.File(folder / "measures.h5") as file:
        found = file["certificate/corr_year_before"][:]
        assert np.isnan(found[0]) and np.allclose(found[1:], expected, atol=1e-9), f"found {found}, expected {expected}"
    with sweep(program, folder) as file:
        found = file["baseline/corr_year_before"][:, 0]
        assert np.isnan(found[0]) and np.allclose(found[1:], expected, atol=1e-9), f"found {found}, expected {expected}"
        equal("turned", file["baseline/turned"][:, 0].tolist(), [0, 0, 0])

    turned, near = scenario.turned_years([(row, own.baseline.corr_diversity) for row, own in zip(eci, bootstraps)])
    assert any(turned) and not near
    with sweep(program, folder, "--align-years", "true") as file:
        equal("turned", [bool(t) for t in file["baseline/turned"][:, 0]], turned)
        for y, turn in enumerate(turned):
            own = Bootstrap(years[y], "bayesian", turn)
            row = np.full(LOCATIONS, np.nan)
            row[years[y].location_item] = own.baseline.eci
            assert np.allclose(file["baseline/eci"][y, 0], row, atol=1e-9, equal_nan=True), f"{years[y].label}: ECI"
            equal(f"{years[y].label}: sign_disagree", int(file["diagnostic/sign_disagree"][y, 0]), own.turned)
        assert file["baseline/corr_year_before"][1, 0] > 0.9
    balassa(program, folder, "compute", "panel.h5", "--device", "cpu", "-o", "measures.h5", "--force", "--align-years")
    with h5py.File(folder / "measures.h5") as file:
        equal("compute: turned", [bool(t) for t in file["certificate/turned"][:]], turned)


def test_one_place(program, folder, years, bootstraps):
    """2002 is one location's axis: said, stored, and with --min-participation no ranking."""
    own = bootstraps[2].baseline
    said = balassa(program, folder, "compute", "panel.h5", "--device", "cpu", "-o", "measures.h5", "--force")
    with h5py.File(folder / "measures.h5") as file:
        equal("few_locations", file["certificate/few_locations"][:].tolist(),
              [int(b.baseline.participation < 3) for b in bootstraps])
        assert abs(file["certificate/participation"][2] - own.participation) < 1e-9
    assert "participation" in said
    with sweep(program, folder, "--min-participation", "3") as file:
        causes = file["baseline/validity"].attrs["flag_meanings"].split()
        equal("validity", [causes[v] for v in file["baseline/validity"][:, 0]], ["valid", "valid", "localised"])
        invalid = file["cause"].asstr()[:].tolist().index("localised")
        for y, b in enumerate(bootstraps):
            equal(f"{years[y].label}: localised", int(file["invalid"][y, 0, invalid]), b.few)
        equal("2002: alignment", int(file["alignment_specification"][2, 0]), -1)
        for counter in ("sign_disagree", "axis_swap"):
            equal(f"2002: {counter} without a reference", int(file[f"diagnostic/{counter}"][2, 0]), NEVER_TESTED)
    with sweep(program, folder, replicates=0) as file:
        for counter in ("sign_disagree", "sign_undefined", "axis_swap", "not_certified", "few_locations"):
            equal(f"{counter} without replicates", file[f"diagnostic/{counter}"][:, 0].tolist(), [NEVER_TESTED] * 3)


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    trade = panel()
    with tempfile.TemporaryDirectory(prefix="diagnostics-") as folder:
        folder = pathlib.Path(folder)
        trade.write(folder, np.random.default_rng(0))
        balassa(program, folder, "import", "trade.csv", "-o", "panel.h5")
        trade = studies.read_panel(folder / "panel.h5")
        years = [trade.year(y) for y in range(3)]
        laws = {law: [Bootstrap(year, law) for year in years] for law in ("bayesian", "multinomial", "poisson")}
        first, second, third = laws["bayesian"]
        for own in (first, second, third):
            b = own.baseline
            print(f"{own.year.label}: lambda_2, lambda_3 {b.eigenvalue[0]:.4f}, {b.eigenvalue[1]:.4f}; participation "
                  f"{b.participation:.2f}; corr(ECI, diversity) {b.corr_diversity:+.3f}; {own.turned} of "
                  f"{len(own.valid)} turned, {own.swapped} swapped; ranks {own.width():.1f} wide, by the rule "
                  f"{own.width(True):.1f}")
        # The panel shows what it is for.
        assert first.swapped > 30 and second.turned > 90 and third.baseline.participation < 1.5
        assert first.width(True) > first.width() + 1
        assert np.corrcoef(first.baseline.eci, second.baseline.eci)[0, 1] < -0.95
        test_counts(program, folder, years, laws)
        test_years(program, folder, years, laws["bayesian"])
        test_one_place(program, folder, years, laws["bayesian"])


if __name__ == "__main__":
    main()
