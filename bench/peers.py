"""What users run today, on the same panel, in the same run, on one thread: py-ecomplexity's ecomplexity(), its bare
eigen-solve np.linalg.eig of P x P, fermi's ECI and PCI, R's economiccomplexity, numpy eigh of C x C, scipy eigsh
matrix-free; against one balassa scenario. A peer that is not installed is listed with what installs it.

  .venv/bin/python bench/peers.py --program build/cpu/bin/balassa [--panel world.h5 --year 2017]
      [--balassa-us scenario.json]   Google Benchmark JSON (bench_scenario --benchmark_format=json)
      [-o bench/results/peers.json]

Exit 1 if ECI or PCI differ from py-ecomplexity's by more than 1e-9.
"""

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before numpy is loaded

import argparse
import json
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import warnings

import h5py
import numpy as np
import pandas as pd
import scipy.sparse
import scipy.sparse.linalg
from ecomplexity import ecomplexity

AGREEMENT = 1e-9  # both sides solve in fp64; eig of P x P loses ~1e-13 / gap, and the gap is above 1e-3
TIME_UNITS = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}


def read_year(path, year):
    """One year of a dense panel: values [C, P] of rows and columns with a positive total, and their codes."""
    with h5py.File(path) as file:
        years = file["year"][:]
        index = len(years) - 1 if year is None else int(np.flatnonzero(years == year)[0])
        value = np.nan_to_num(file["value"][index])
        locations = file["location"].asstr()[:]
        products = file["product"].asstr()[:]
    rows = value.sum(axis=1) > 0
    value, locations = value[rows], locations[rows]
    columns = value.sum(axis=0) > 0
    return int(years[index]), value[:, columns], locations, products[columns]


def presence(value):
    rca = value * value.sum() / np.outer(value.sum(axis=1), value.sum(axis=0))
    m = (rca >= 1).astype(float)
    while True:
        rows, columns = m.sum(axis=1) > 0, m.sum(axis=0) > 0
        if rows.all() and columns.all():
            return m
        m = m[rows][:, columns]


def seconds(function, at_least=3, budget=5.0):
    """Least wall time of at least 3 calls, more while 5 s last."""
    times = []
    while len(times) < at_least or (sum(times) < budget and len(times) < 50):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def run_ecomplexity(frame):
    columns = {"time": "year", "loc": "location", "prod": "product", "val": "value"}
    with warnings.catch_warnings(), open(os.devnull, "w") as nowhere:
        warnings.simplefilter("ignore")
        stdout, sys.stdout = sys.stdout, nowhere
        try:
            return ecomplexity(frame, columns)
        finally:
            sys.stdout = stdout


def fermi_seconds(value):
    """EFC-data/fermi from values to ECI and PCI; None where it is not installed."""
    try:
        from fermi import MatrixProcessorCA, efc
    except ImportError:
        return None

    def run():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            presence = MatrixProcessorCA().load(value).compute_rca().binarize(1).get_matrix()
            efc().load(presence).get_eci_pci(force=True)

    return seconds(run)


R_SCRIPT = """
library(economiccomplexity)
table <- read.csv(commandArgs(TRUE)[1])
names(table) <- c("country", "product", "value")
run <- function() complexity_measures(balassa_index(table, cutoff = 1), method = "eigenvalues")
cat(min(sapply(1:3, function(k) system.time(run())[["elapsed"]])))
"""


def r_seconds(frame, folder):
    """R's economiccomplexity from a table of positive values to ECI and PCI; None where it is not installed."""
    installed = ["Rscript", "-e", "library(economiccomplexity)"]
    if shutil.which("Rscript") is None or subprocess.run(installed, capture_output=True).returncode != 0:
        return None
    table, script = f"{folder}/year.csv", f"{folder}/year.R"
    frame.loc[frame["value"] > 0, ["location", "product", "value"]].to_csv(table, index=False)
    pathlib.Path(script).write_text(R_SCRIPT)
    done = subprocess.run(["Rscript", script, table], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"peers: R economiccomplexity: {done.stderr.strip()}")
    return float(done.stdout)


def peers(value, frame, folder):
    m = presence(value)
    d, u = m.sum(axis=1), m.sum(axis=0)
    mpp = (m / u).T @ (m / d[:, None])  # what py-ecomplexity hands to np.linalg.eig, up to transposition
    root = np.sqrt(d)
    acc = ((m / u) @ m.T) / np.outer(root, root)
    sparse = scipy.sparse.csr_matrix(m / np.outer(root, np.sqrt(u)))
    operator = scipy.sparse.linalg.LinearOperator(acc.shape, matvec=lambda x: sparse @ (sparse.T @ x), dtype=float)
    start = np.ones(len(d))
    return {
        "py-ecomplexity, ecomplexity() of a year": seconds(lambda: run_ecomplexity(frame)),
        f"numpy eig, {mpp.shape[0]} x {mpp.shape[0]} (its bare solve)": seconds(lambda: np.linalg.eig(mpp)),
        "fermi, RCA to ECI and PCI (pip install fermi-cref)": fermi_seconds(value),
        "R economiccomplexity (CRAN), RCA to ECI and PCI": r_seconds(frame, folder),
        f"numpy Gram and eigh, {acc.shape[0]} x {acc.shape[0]}": seconds(
            lambda: np.linalg.eigh(((m / u) @ m.T) / np.outer(root, root))
        ),
        f"numpy eigh, {acc.shape[0]} x {acc.shape[0]}": seconds(lambda: np.linalg.eigh(acc)),
        "scipy eigsh, k = 2, sparse, tol 1e-12": seconds(
            lambda: scipy.sparse.linalg.eigsh(operator, k=2, which="LA", v0=start, tol=1e-12)
        ),
    }


def scenario_times(path):
    """Microseconds by benchmark name (scenario/<precision>/<weights>/<class rules>/<simd>): multinomial with 120 cells,
    as in the targets; medians of batches where the benchmark gives them, the least where there are repetitions."""
    times = {}
    for entry in json.loads(pathlib.Path(path).read_text())["benchmarks"]:
        if entry.get("run_type", "iteration") != "iteration" or entry.get("error_occurred"):
            continue
        name = entry["name"].split("/iterations:")[0].removesuffix("/manual_time").removesuffix("/real_time")
        if name.count("/") > 1 and "/multinomial/120/" not in name:
            continue
        name = name.replace("/multinomial/120/", "/")
        micro = entry.get("median", entry["real_time"] * TIME_UNITS[entry["time_unit"]])
        times[name] = min(micro, times.get(name, float("inf")))
    return times


def sweep_time(program, panel, year, precision, replicates, folder):
    """Microseconds a scenario, from two sweeps on one thread that differ in replicates only (set-up cancels)."""
    spent = []
    for count in (replicates, 5 * replicates):
        output = f"{folder}/{precision}-{count}.h5"
        command = [program, "sweep", "--panel", panel, "--years", str(year), "--replicates", str(count), "--weights",
                   "multinomial", "--precision", precision, "--threads", "1", "--quiet", "-o", output]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        spent.append(time.perf_counter() - start)
    return 1e6 * (spent[1] - spent[0]) / (4 * replicates)


def agreement(program, panel, year, frame, folder):
    """Largest difference of ECI and PCI from py-ecomplexity's."""
    output = f"{folder}/measures.h5"
    subprocess.run([program, "compute", panel, "--years", str(year), "--quiet", "-o", output], check=True,
                   stdout=subprocess.DEVNULL)
    theirs = run_ecomplexity(frame)
    worst = {}
    with h5py.File(output) as file:
        index = int(np.flatnonzero(file["year"][:] == year)[0])
        for measure, axis in (("eci", "location"), ("pci", "product")):
            ours = pd.Series(file[f"measure/{measure}"][index], file[axis].asstr()[:])
            reference = theirs.dropna(subset=[measure]).groupby(axis)[measure].first()
            missing = reference.index.symmetric_difference(ours.dropna().index)
            if len(missing):
                raise SystemExit(f"peers: {measure} is defined on one side only for {', '.join(missing[:5])}")
            worst[measure] = float((ours[reference.index] - reference).abs().max())
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--panel", help="a panel file; default: balassa synth")
    parser.add_argument("--year", type=int, help="default: the last")
    parser.add_argument("--balassa-us", help="Google Benchmark JSON; default: measured here by sweeps on one thread")
    parser.add_argument("--replicates", type=int, default=500, help="of the shorter of the two sweeps")
    parser.add_argument("-o", "--output", help="write the table as JSON too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        panel = options.panel
        if panel is None:
            panel = f"{folder}/synth.h5"
            subprocess.run([options.program, "synth", "--years", "2017", "--quiet", "-o", panel], check=True)
        year, value, locations, products = read_year(panel, options.year)
        c, p = np.indices(value.shape)
        frame = pd.DataFrame({"year": year, "location": locations[c.ravel()], "product": products[p.ravel()],
                              "value": value.ravel()})
        worst = agreement(options.program, panel, year, frame, folder)
        peer = peers(value, frame, folder)
        if options.balassa_us:
            ours = scenario_times(options.balassa_us)
        else:
            ours = {f"scenario/{precision}": sweep_time(options.program, panel, year, precision, options.replicates, folder)
                    for precision in ("certified", "double", "fast")}

    print(f"{year}: {value.shape[0]} x {value.shape[1]}, {presence(value).mean():.1%} present; one thread, {platform.machine()}")
    print(f"largest difference from py-ecomplexity: ECI {worst['eci']:.1e}, PCI {worst['pci']:.1e} (allowed {AGREEMENT:.0e})")
    names = [name for name in ours if name.startswith("scenario/")]
    if not names:
        raise SystemExit(f"peers: {options.balassa_us}: found no benchmark scenario/*")
    width = max(26, *(len(name) + 2 for name in names))
    print(f"{'':<50}{'us':>12}" + "".join(f"{name:>{width}}" for name in names))
    print(f"{'one balassa scenario, us':<62}" + "".join(f"{ours[name]:>{width}.1f}" for name in names))
    for name, wall in peer.items():
        if wall is None:
            print(f"{name:<50}{'not measured: not installed':>10}")
            continue
        print(f"{name:<50}{1e6 * wall:>12.0f}" + "".join(f"{1e6 * wall / ours[name]:>{width - 2}.0f} x" for name in names))
    if options.output:
        table = {"year": year, "locations": value.shape[0], "products": value.shape[1], "difference": worst,
                 "scenario_us": ours, "peer_us": {name: wall and 1e6 * wall for name, wall in peer.items()}}
        pathlib.Path(options.output).write_text(json.dumps(table, indent=2) + "\n")
    if max(worst.values()) > AGREEMENT:
        raise SystemExit(f"peers: found a difference of {max(worst.values()):.1e}, expected at most {AGREEMENT:.0e}")


if __name__ == "__main__":
    main()
