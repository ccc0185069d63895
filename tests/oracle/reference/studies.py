"""Panels and plans: random ones from a seed, and those of files."""

import csv
import itertools
import tomllib
from dataclasses import dataclass

import h5py
import numpy as np

from .scenario import Classes, Specification, Year, fraction

CONVENTIONS = {  # FORMATS 5
    "py": {"rca_tie": [">="], "deviation": "population", "pci_scale": "eci", "read_as": "float64"},
    "stata": {"rca_tie": [">"], "deviation": "long-table", "pci_scale": "eci", "read_as": "float32"},
    "lyubimov": {"rca_tie": [">"], "deviation": "population", "pci_scale": "own", "read_as": "float64"},
}
DEFAULTS = {
    "": {"seed": 42},
    "select": {"min_participation": 0.0},
    "specification": {"rca_threshold": [1.0], "convention": "py", "disconnected": "na"},
    "resample": {"scheme": "products", "weights": "bayesian", "location_weights": "bayesian", "recompute_presence": True, "sigma": 0.0,
                 "rho_location": 0.0, "rho_product": 0.0},
    "classes": {"units": "regions", "p1_quantile": ["0.75"], "split": ["median"], "hhi_cut": [1800.0]},
    "output": {"keep": [], "quantiles": ["0.025", "0.25", "0.5", "0.75", "0.975"],
               "tallies": ["rank", "score", "product_score"]},
    "run": {"precision": "certified", "arithmetic": "canonical", "align_years": False},
}


@dataclass
class Panel:
    years: list
    locations: list
    products: list
    value: np.ndarray  # [Y, C, P]
    missing: np.ndarray  # [Y, C] bool: no row in the source
    is_region: np.ndarray = None  # [C] bool, or None
    in_p1: np.ndarray = None  # [P] bool, or None: the given P1 set

    def year(self, index, read_as="float64", units="regions"):
        """Without what trades nothing that year."""
        value = np.nan_to_num(self.value[index])
        if read_as == "float32":
            value = value.astype(np.float32).astype(np.float64)
        value = np.where(self.missing[index][:, None], 0.0, value)
        location, product = np.nonzero(value.any(axis=1))[0], np.nonzero(value.any(axis=0))[0]
        regions = units == "regions" and self.is_region is not None and self.is_region.any()
        unit = self.is_region[location] if regions else np.ones(len(location), dtype=bool)
        return Year(self.years[index], value[np.ix_(location, product)], location, product, len(self.locations),
                    len(self.products), unit, None if self.in_p1 is None else self.in_p1[product])

    def write(self, folder, rng):
        """trade.csv and its side files; a few zeros are written, as some sources do. The options of import for them."""
        with open(folder / "trade.csv", "w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["year", "location", "product", "value"])
            for y, year in enumerate(self.years):
                for c, location in enumerate(self.locations):
                    row = self.value[y, c]
                    written = (row > 0) | (rng.random(len(row)) < 0.05)
                    if not self.missing[y, c] and not written.any():
                        written[0] = True
                    for p in np.nonzero(written & ~self.missing[y, c])[0]:
                        out.writerow([year, location, self.products[p], repr(float(row[p]))])
        options = []
        if self.is_region is not None:
            with open(folder / "kinds.csv", "w") as file:
                file.write("code,kind\n")
                file.writelines(f"{code},{'region' if r else 'country'}\n"
                                for code, r in zip(self.locations, self.is_region))
            options += ["--location-kinds", "kinds.csv"]
        if self.in_p1 is not None:
            with open(folder / "p1.csv", "w") as file:
                file.write("code,class\n")
                file.writelines(f"{code},{int(p1)}\n" for code, p1 in zip(self.products, self.in_p1))
            options += ["--product-class", "p1=p1.csv"]
        return options


def read_panel(path):
    with h5py.File(path) as file:
        kinds = file["location_kind"].asstr()[:] if "location_kind" in file else None
        p1 = file["product_class/p1"].asstr()[:] if "product_class/p1" in file else None
        value = file["value"][:] if "value" in file else dense(file["sparse"])
        missing = file["missing"][:] != 0 if "missing" in file else np.zeros(value.shape[:2], dtype=bool)
        locations, products = file["location"].asstr()[:].tolist(), file["product"].asstr()[:].tolist()
        return Panel(file["year"][:].tolist(), locations, products, value, missing,
                     None if kinds is None else kinds == "region",
                     None if p1 is None else np.array([mark not in ("", "0") for mark in p1]))


def dense(sparse):
    """A row for each year and location (FORMATS 1, csr_year_location)."""
    shape = tuple(int(n) for n in sparse.attrs["shape"])
    value = np.zeros((shape[0] * shape[1], shape[2]))
    begin = sparse["indptr"][:]
    value[np.repeat(np.arange(len(value)), np.diff(begin)), sparse["indices"][:]] = sparse["data"][:]
    return value.reshape(shape)


class Plan:
    """Every key of a plan, defaults and conventions filled in (FORMATS 4)."""

    def __init__(self, given):
        self.given = given
        keys = {section: {**values, **given.get(section, {})} for section, values in DEFAULTS.items()}
        specification = keys["specification"]
        for key, value in CONVENTIONS[specification["convention"]].items():
            specification.setdefault(key, value)
        self.seed = keys[""]["seed"]
        # The axes of the grid: the last varies fastest, numbers ascend, words go by their order here.
        axes = {"rca_threshold": None, "rca_tie": [">=", ">"], "deviation": ["population", "sample", "long-table"],
                "pci_scale": ["eci", "own"], "disconnected": ["na", "giant"], "min_participation": None}
        chosen = {**specification, "min_participation": keys["select"]["min_participation"]}
        self.axes = [sorted(as_list(chosen[name]), key=words.index if words else None) for name, words in axes.items()]
        self.read_as = specification["read_as"]
        self.resample = keys["resample"]
        self.draws = set(as_list(self.resample["scheme"])) - {"none"}  # products, locations, noise
        self.replicates = self.resample.get("replicates", 1000 if self.draws else 0)
        self.units = keys["classes"]["units"]
        self.p1 = as_list(keys["classes"]["p1_quantile"])
        cuts = sorted(float(x) for x in as_list(keys["classes"]["hhi_cut"]))
        self.classes = Classes([] if self.p1 == ["none"] else [None] if self.p1 == ["given"] else
                               sorted(fraction(x) for x in self.p1), as_list(keys["classes"]["split"]), cuts)
        self.keep = [x for x in as_list(keys["output"]["keep"]) if x != "none"]
        self.quantiles = sorted(fraction(x) for x in as_list(keys["output"]["quantiles"]))
        self.tallies = [x for x in as_list(keys["output"]["tallies"]) if x != "none"]
        self.precision, self.arithmetic = keys["run"]["precision"], keys["run"]["arithmetic"]
        self.align_years = keys["run"]["align_years"]

    def specifications(self):
        return [Specification(threshold, tie == ">", deviation, pci_scale, disconnected == "giant", fewest)
                for threshold, tie, deviation, pci_scale, disconnected, fewest in itertools.product(*self.axes)]

    def write(self, path):
        with open(path, "w") as file:
            for section, values in self.given.items():
                if section:
                    file.write(f"[{section}]\n")
                for key, value in values.items():
                    file.write(f"{key} = {toml(value)}\n")


def as_list(value):
    return value if isinstance(value, list) else [value]


def toml(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(toml(x) for x in value) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def read_plan(path):
    with open(path, "rb") as file:
        found = tomllib.load(file, parse_float=lambda text: Exact(text))
    given = {"": {key: value for key, value in found.items() if not isinstance(value, dict)}}
    return Plan({**given, **{key: value for key, value in found.items() if isinstance(value, dict)}})


class Exact(float):
    """A number that remembers how it was written: quantiles are rationals of the text."""

    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __str__(self):
        return self.text


def plan_of_flags(flags):
    """From the flags of `sweep`, as pairs."""
    sections = {key: section for section, values in DEFAULTS.items() for key in values}
    sections.update({key: "specification" for key in CONVENTIONS["py"]}, replicates="resample")
    given = {section: {} for section in DEFAULTS}
    for flag, text in flags:
        key = flag.lstrip("-").replace("-", "_")
        if key not in sections:
            continue
        lists = ("rca_threshold", "rca_tie", "p1_quantile", "split", "hhi_cut", "keep", "quantiles", "tallies")
        value = text.split(",") if key in lists else text
        if key in ("rca_threshold", "hhi_cut"):
            value = [float(x) for x in value]
        elif key in ("seed", "replicates"):
            value = int(text)
        elif key in ("sigma", "rho_location", "rho_product", "min_participation"):
            value = float(text)
        elif key in ("recompute_presence", "align_years"):
            value = text == "true"
        given[sections[key]][key] = value
    return Plan(given)


# ---- random panels ------------------------------------------------------------------------------------------------


def trade(rng, c, p):
    """Nested in the mean, lognormal in size, as world trade is."""
    ability, difficulty = rng.normal(0, 1, c), rng.normal(0, 1, p)
    there = rng.random((c, p)) < 1 / (1 + np.exp(-rng.uniform(1, 4) * (ability[:, None] - difficulty[None, :]) - 0.5))
    return np.where(there, np.exp(rng.normal(0, rng.uniform(0.5, 2.5), (c, p)) + ability[:, None]), 0.0)


def small_integers(rng, c, p):
    """Values of a few sizes: RCA ties with the threshold, rows and scores with each other."""
    there = rng.random((c, p)) < rng.uniform(0.2, 0.9)
    return np.where(there, rng.integers(1, rng.integers(2, 6), (c, p)), 0).astype(float)


def duplicated(rng, c, p):
    """Rows and columns repeated, some in multiples."""
    base = rng.choice([trade, small_integers])(rng, max(3, c // rng.integers(2, 4)), max(3, p // rng.integers(2, 4)))
    value = base[np.ix_(rng.integers(0, base.shape[0], c), rng.integers(0, base.shape[1], p))]
    return value * rng.choice([1.0, 1.0, 2.0, 3.0], c)[:, None] * rng.choice([1.0, 1.0, 4.0], p)[None, :]


def blocks(rng, c, p):
    """Blocks that nothing joins, or a few cells do."""
    count = int(rng.integers(2, 4))
    of_row, of_column = np.sort(rng.integers(0, count, c)), np.sort(rng.integers(0, count, p))
    value = np.where(of_row[:, None] == of_column[None, :], rng.choice([trade, small_integers])(rng, c, p), 0.0)
    for _ in range(rng.integers(0, 4)):
        i, j = rng.integers(0, c), rng.integers(0, p)
        value[i, j] = max(value[i, j], 1.0)
    return value


def alike(rng, c, p):
    """Two or three blocks that are nearly the same, weakly joined: lambda_2, lambda_3 (and 4) are near each other."""
    count = int(rng.integers(2, 4))
    block = rng.choice([trade, small_integers])(rng, max(2, c // count), max(2, p // count))
    value = np.kron(np.eye(count), block)
    flips = rng.integers(0, 3)
    for _ in range(flips):
        i, j = rng.integers(0, value.shape[0]), rng.integers(0, value.shape[1])
        value[i, j] = 0.0 if value[i, j] > 0 else 1.0
    if rng.random() < 0.8:
        value[rng.random(value.shape) < rng.choice([0.005, 0.02, 0.05])] += 1.0
    return value


def cyclic(rng, c, p):
    """A band that closes on itself: lambda_2 = lambda_3 but for a few cells that are changed."""
    width = int(rng.integers(2, max(3, min(c, p) // 3)))
    value = np.array([[1.0 if (j * c // p - i) % c < width else 0.0 for j in range(p)] for i in range(c)])
    for _ in range(rng.integers(0, 3)):
        value[rng.integers(0, c), rng.integers(0, p)] = rng.integers(0, 2)
    return value


def nested(rng, c, p):
    """Each row within the one before."""
    depth = np.sort(rng.integers(1, p + 1, c))[::-1]
    value = (np.arange(p)[None, :] < depth[:, None]).astype(float)
    return value * np.exp(rng.normal(0, 1, (c, p))) if rng.random() < 0.5 else value


def uneven(rng, c, p):
    """Locations and products of sizes that differ by many orders of magnitude."""
    spread = rng.uniform(1, 10)
    return trade(rng, c, p) * 10.0 ** rng.uniform(-spread, spread, c)[:, None] * 10.0 ** rng.uniform(-spread, spread, p)


def outlier(rng, c, p):
    """One location with products of its own: the axis is its alone, scores are far from 0."""
    value = rng.choice([trade, small_integers])(rng, c, p)
    own = rng.random(p) < 0.3
    value[0, own], value[1:, own] = 1e4, 0.0
    value[0, np.argmin(own)] = 1.0
    return value


KINDS = [trade, trade, small_integers, duplicated, blocks, alike, alike, cyclic, nested, uneven, outlier]


def sizes(rng):
    """Most small; some of many locations and few products; some of more than 64 both, where another solver runs."""
    shape = rng.random()
    if shape < 0.55:
        return int(3 * 10 ** rng.uniform(0, 1.2)), int(3 * 10 ** rng.uniform(0, 1.2))
    if shape < 0.70:
        return int(rng.integers(20, 131)), int(rng.integers(3, 16))
    if shape < 0.85:
        return int(rng.integers(65, 131)), int(rng.integers(20, 65))
    return int(rng.integers(65, 131)), int(rng.integers(65, 121))


def random_panel(rng):
    c, p = sizes(rng)
    kind = rng.choice(KINDS)
    base = kind(rng, c, p)
    c, p = base.shape
    value = [base]
    for _ in range(int(rng.random() < 0.35)):
        other = 0.0 if kind is alike else kind(rng, c, p)  # blocks of another size
        value.append(np.where(rng.random((c, p)) < 0.1, other, value[-1]))
    value = np.array(value) * 2.0 ** rng.choice([0, 0, 0, 20, -30, 300, -300])
    missing = rng.random(value.shape[:2]) < (0.1 if rng.random() < 0.3 else 0.0)
    value[missing] = 0.0
    for y in range(len(value)):
        if not value[y].any():
            value[y, 0, 0] = 1.0
            missing[y, 0] = False
    labels = [f"L{i:03}" for i in range(c)], [f"P{i:03}" for i in range(p)]
    panel = Panel([2000 + 3 * y for y in range(len(value))], *labels, value, missing)
    if rng.random() < 0.3:
        panel.is_region = rng.random(c) < 0.5
    if rng.random() < 0.3:
        panel.in_p1 = rng.random(p) < 0.4
    return kind.__name__, panel


def pick(rng, values, most):
    count = int(rng.integers(1, most + 1))
    return [values[i] for i in sorted(rng.choice(len(values), min(count, len(values)), replace=False))]


def random_plan(rng, panel):
    large = max(panel.value.shape[1:]) > 64
    specification = {"rca_threshold": pick(rng, [0.01, 0.3, 0.5, 0.75, 1.0, 1.0, 1.25, 1.5, 2.0], 2),
                     "convention": str(rng.choice(["py", "py", "stata", "lyubimov"])),
                     "disconnected": str(rng.choice(["na", "giant"]))}
    specification["rca_threshold"] = sorted(set(specification["rca_threshold"]))
    if rng.random() < 0.4:
        specification["rca_tie"] = pick(rng, [">=", ">"], 2)
    if rng.random() < 0.4:
        specification["deviation"] = str(rng.choice(["population", "sample", "long-table"]))
    if rng.random() < 0.4:
        specification["pci_scale"] = str(rng.choice(["eci", "own"]))
    small = panel.value[panel.value > 0]
    if not 1e-30 < small.min() <= small.max() < 1e30:  # beyond float32
        specification["read_as"] = "float64"
    elif rng.random() < 0.3:
        specification["read_as"] = str(rng.choice(["float32", "float64"]))

    resample = {"scheme": str(rng.choice(["products", "noise", "none"], p=[0.75, 0.2, 0.05]))}
    precision, arithmetic = str(rng.choice(["certified", "double", "fast"], p=[0.6, 0.2, 0.2])), "canonical"
    if resample["scheme"] != "none":
        resample["replicates"] = int(rng.integers(8, 20)) if large else int(rng.integers(12, 50))
        if rng.random() < 0.03:
            resample["replicates"] = 0
    if resample["scheme"] == "products":
        resample["weights"] = str(rng.choice(["bayesian", "multinomial", "poisson"]))
        resample["recompute_presence"] = bool(rng.random() < 0.7)
        if not resample["recompute_presence"] and precision == "certified" and rng.random() < 0.5:
            arithmetic = "gemm"
    if resample["scheme"] == "noise":
        resample["sigma"] = float(rng.choice([0.05, 0.3, 1.0]))
        if rng.random() < 0.5:
            resample["rho_location"], resample["rho_product"] = [float(x) for x in rng.choice([0.0, 0.2, 0.5], 2)]

    p1 = ["none"] if rng.random() < 0.1 else pick(rng, ["0.5", "0.7", "2/3", "0.75", "0.9"], 3)
    if panel.in_p1 is not None and rng.random() < 0.6:
        p1 = ["given"]
    classes = {"units": str(rng.choice(["regions", "all"])),
               "p1_quantile": p1[0] if p1[0] in ("none", "given") else p1,
               "split": pick(rng, ["median", "mean", "q40", "q60", "q99", "fixed:20", "fixed:5.5", "fixed:100"], 4),
               "hhi_cut": pick(rng, [0.0, 1000.0, 1800.0, 2500.0, 5000.0, 10000.0], 3)}
    output = {"quantiles": pick(rng, ["0.025", "0.1", "1/3", "0.5", "0.9", "0.975"], 4),
              "tallies": ["rank", "score", "product_score"] if rng.random() < 0.7 else
              pick(rng, ["rank", "score", "product_score"], 2)}
    if resample.get("replicates", 0) > 0:
        output["keep"] = ["eci", "pci"]
    given = {"": {"seed": int(rng.choice([0, 1, 42, 2**40 + 3, 2**62 + 5]))}, "specification": specification,
             "resample": resample, "classes": classes, "output": output,
             "run": {"precision": precision, "arithmetic": arithmetic}}
    if rng.random() < 0.15:
        given["select"] = {"min_participation": float(rng.choice([1.5, 3.0, 6.0]))}
    if len(panel.years) > 1 and rng.random() < 0.4:
        given["run"]["align_years"] = True
    return Plan(given)


def with_another_axis(rng, plan):
    """The plan, now and then with several values of another knob than the threshold and the tie rule."""
    if rng.random() < 0.6:
        return plan
    table, knob, values = [("specification", "deviation", ["population", "sample", "long-table"]),
                           ("specification", "pci_scale", ["eci", "own"]),
                           ("specification", "disconnected", ["na", "giant"]),
                           ("select", "min_participation", [0.0, 1.5, 3.0, 6.0])][int(rng.integers(4))]
    plan.given.setdefault(table, {})[knob] = pick(rng, values, 3)
    return Plan(plan.given)


def with_other_draws(rng, plan):
    """The plan, now and then with weights on locations, alone or beside what it draws, or with products and noise."""
    if not plan.draws or rng.random() < 0.6 or plan.arithmetic == "gemm":
        return plan
    resample = plan.given["resample"]
    own = next(iter(plan.draws))
    choices = [["locations"], [own, "locations"], [own, "locations"], ["products", "locations", "noise"]]
    chosen = choices[int(rng.integers(len(choices)))]
    resample["scheme"] = chosen if len(chosen) > 1 else chosen[0]
    if "products" not in chosen:
        resample.pop("weights", None)
    if "noise" in chosen:
        resample.setdefault("sigma", 0.3)
        resample.pop("recompute_presence", None)
    else:
        for key in ("sigma", "rho_location", "rho_product"):
            resample.pop(key, None)
    if "locations" in chosen:
        resample["location_weights"] = str(rng.choice(["bayesian", "multinomial", "poisson"]))
    return Plan(plan.given)
