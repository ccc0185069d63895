"""Every column of py-ecomplexity's answer for the 2017 world panel against the package py-ecomplexity (PyPI
`ecomplexity`), whose convention `py` names. Usage: py_ecomplexity.py BALASSA_PROGRAM; exit 77 = skipped."""

import os
import subprocess
import sys
import tempfile
import time
import warnings

SKIP = 77
YEAR = 2017
# py-ecomplexity takes the eigenvector from a non-symmetric 1222 x 1222 solve: backward error up to 1222 eps |A|, |A| < 10, over
# the gap of 0.075, and scores up to 10 deviations: under 1e-9. RCA has three roundings, relative to its size.
SCORE_TOLERANCE = 1e-9
COLUMNS = ("rca", "mcp", "diversity", "ubiquity", "eci", "pci", "density", "coi", "cog")
RCA_TOLERANCE = 1e-14


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIP)


try:
    import h5py
    import numpy as np
    import pandas as pd
    from ecomplexity import ecomplexity
except ImportError as error:
    skip(f"{error}; scripts/setup.sh --dev installs it")

here = os.path.dirname(os.path.abspath(__file__))
default = os.environ.get("BALASSA_REAL_DATA_DEFAULT", os.path.join(here, "..", "..", "..", "shared", "data"))
folder = os.environ.get("BALASSA_REAL_DATA", default)
source = os.path.join(folder, "world-hs07-1962-1980-2017", "ots_hs07_4_world.csv.gz")
if not os.path.exists(source):
    skip(f"no {source}; set BALASSA_REAL_DATA to the folder of the real panels")


def write_panel(path, table):
    """The year as a dense panel: rows in the order of the codes, as py-ecomplexity's."""
    locations, products = sorted(table.country.unique()), sorted(table["product"].unique())
    value = np.zeros((1, len(locations), len(products)))
    row = {code: i for i, code in enumerate(locations)}
    column = {code: i for i, code in enumerate(products)}
    for country, product, export in zip(table.country, table["product"], table.export_usd):
        value[0, row[country], column[product]] += export
    text = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        file["value"] = value
        file["year"] = np.array([YEAR], dtype="i4")
        file.create_dataset("location", data=locations, dtype=text)
        file.create_dataset("product", data=products, dtype=text)
    return locations, products


def reference(table):
    """py-ecomplexity's answer by location x product, and its seconds."""
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer = ecomplexity(table, {"time": "year", "loc": "country", "prod": "product", "val": "export_usd"})
    return answer.set_index(["country", "product"]).sort_index(), time.perf_counter() - start


def worst(name, found, expected, tolerance):
    difference = np.abs(found - expected)
    assert np.array_equal(np.isnan(found), np.isnan(expected)), f"{name}: not defined in different places"
    largest = np.nanmax(difference)
    print(f"{name}: largest difference {largest:.1e}, allowed {tolerance:.0e}")
    assert largest <= tolerance, name
    assert np.nanmax(np.abs(expected)) > 0, f"{name}: nothing was compared"


def main(program):
    table = pd.read_csv(source, dtype={"country": str, "product": str}, keep_default_na=False)
    table = table.astype({"export_usd": float})
    table = table[table.year == YEAR]
    with tempfile.TemporaryDirectory() as work:
        panel, result = os.path.join(work, "world.h5"), os.path.join(work, "measures.h5")
        locations, products = write_panel(panel, table)
        names = [word for name in ("value", "year", "location", "product") for word in (f"--{name}-name", name)]
        start = time.perf_counter()
        subprocess.run([program, "compute", panel, "-o", result, "--quiet", "--measures", ",".join(COLUMNS), *names],
                       check=True, stdout=subprocess.DEVNULL)
        own = time.perf_counter() - start
        expected, seconds = reference(table)
        cells = expected.reindex(pd.MultiIndex.from_product([locations, products]))
        shape = (len(locations), len(products))
        cell = {name: cells[name].to_numpy(dtype=float).reshape(shape) for name in
                COLUMNS}
        with h5py.File(result) as file:
            measure = {name: file["measure"][name][0].astype(float) for name in file["measure"]}
    scale = np.maximum(cell["rca"], 1.0)
    worst("rca, relative", measure["rca"] / scale, cell["rca"] / scale, RCA_TOLERANCE)
    # An RCA at the threshold to the last bit may fall on either side of it by their division.
    assert np.array_equal(measure["mcp"], cell["mcp"]), "mcp"
    worst("diversity", measure["diversity"], cell["diversity"][:, 0], 0)
    worst("ubiquity", measure["ubiquity"], cell["ubiquity"][0], 0)
    worst("eci", measure["eci"], cell["eci"][:, 0], SCORE_TOLERANCE)
    worst("pci", measure["pci"], cell["pci"][0], SCORE_TOLERANCE)
    worst("density", measure["density"], cell["density"], SCORE_TOLERANCE)
    worst("coi", measure["coi"], cell["coi"][:, 0], SCORE_TOLERANCE)
    worst("cog", measure["cog"], cell["cog"], SCORE_TOLERANCE)
    print(f"py-ecomplexity: {seconds:.2f} s for the year; the process of balassa, reading and writing: {own:.2f} s")


if __name__ == "__main__":
    main(sys.argv[1])
