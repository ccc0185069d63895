"""Opens every kind of file that the program writes with h5py and with xarray (engines netcdf4 and h5netcdf), and compares
the values of all three with each other and with the program's own CSV: no reader of ours is needed (FORMATS 9).

usage: interop.py PROGRAM
"""

import csv
import io
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import xarray as xr
    import h5netcdf  # noqa: F401
    import netCDF4  # noqa: F401
except ImportError as missing:
    print(f"skipped: {missing}; scripts/setup.sh --dev installs it")
    sys.exit(77)

PROGRAM = pathlib.Path(sys.argv[1])
SKIPPED_ATTRIBUTES = {"CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST"}


def balassa(folder, *arguments):
    done = subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"balassa {' '.join(arguments)}: exit {done.returncode}: {done.stderr}"
    return done.stdout


def decoded(values):
    values = np.asarray(values)
    return values.astype(str) if values.dtype == object else values


def same(a, b, what):
    a, b = decoded(a), decoded(b)
    assert a.shape == b.shape, f"{what}: shapes {a.shape} and {b.shape}"
    if a.dtype.kind in "US":
        assert (a == b).all(), what
    else:
        assert np.array_equal(a.astype(np.float64), b.astype(np.float64), equal_nan=True), what


def datasets_of(path):
    """Name -> (values, dimension names) of every dataset but the dimensions without values, by h5py."""
    found = {}
    with h5py.File(path) as file:

        def visit(name, item):
            for key, value in item.attrs.items():
                if key in SKIPPED_ATTRIBUTES:
                    continue
                assert not isinstance(value, bytes), f"{path}:{name}: attribute {key} is of fixed length"
            if not isinstance(item, h5py.Dataset):
                return
            assert item.dtype.kind in "iufO", f"{path}:{name}: {item.dtype} is no plain type"
            if item.dtype.kind == "O":
                assert h5py.check_string_dtype(item.dtype).encoding == "utf-8", name
            if item.attrs.get("NAME", b"").startswith(b"This is a netCDF dimension but not a netCDF variable"):
                return
            is_scale = item.attrs.get("CLASS") == b"DIMENSION_SCALE"
            names = [name] if is_scale else [axis[0].name.lstrip("/") for axis in item.dims]
            values = item.asstr()[()] if item.dtype.kind == "O" else item[()]
            found[name] = (values, names)

        file.visititems(visit)
        groups = []
        file.visititems(lambda name, item: groups.append(name) if isinstance(item, h5py.Group) else None)
    return found, ["", *groups]


def check_with_xarray(path, found, groups):
    for engine in ("netcdf4", "h5netcdf"):
        seen = set()
        for group in groups:
            with xr.open_dataset(path, engine=engine, group=group or None, mask_and_scale=False) as data:
                for name, variable in data.variables.items():
                    full = f"{group}/{name}" if group else name
                    values, dimensions = found[full]
                    same(variable.values, values, f"{path.name}:{full} by {engine}")
                    expected = [dimension.split("/")[-1] for dimension in dimensions]
                    assert list(variable.dims) == expected, f"{full} by {engine}: {variable.dims} is not {expected}"
                    seen.add(full)
        assert seen == set(found), f"{path.name} by {engine}: not seen {set(found) - seen}"


def check_fill(path, name):
    """What is not defined is NaN to xarray with its usual decoding."""
    group, _, leaf = name.rpartition("/")
    with h5py.File(path) as file:
        expected = np.isnan(file[name][()]).sum()
    with xr.open_dataset(path, engine="netcdf4", group=group or None) as data:
        assert int(data[leaf].isnull().sum()) == expected


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def number(text):
    return float(text) if text else float("nan")


def check_panel_csv(folder, found):
    rows = rows_of(balassa(folder, "export", "panel.h5", "--zeros"))
    values = found["value"][0]
    years, locations, products = ({str(c): i for i, c in enumerate(found[n][0])} for n in ("year", "location", "product"))
    for row in rows:
        cell = values[years[row["year"]], locations[row["location"]], products[row["product"]]]
        same([number(row["value"])], [cell], f"exported cell {row}")
    known = int((found["missing"][0] == 0).sum()) * len(products)
    assert len(rows) == known, f"{len(rows)} exported rows, expected {known}"


def check_table(folder, file, table, found, pairs):
    """Each (column, dataset [.., last key of the table]) of a table, row by row in the order of the file."""
    rows = rows_of(balassa(folder, "export", file, "--table", table))
    for column, dataset in pairs:
        values = found[dataset][0].astype(np.float64).reshape(-1)
        same([number(row[column]) for row in rows], values, f"column {column} of {file}, table {table}")


def check_file(path):
    found, groups = datasets_of(path)
    check_with_xarray(path, found, groups)
    print(f"{path.name}: {len(found)} datasets, equal by h5py, netcdf4 and h5netcdf")
    return found


def check_histograms(path, found):
    """Sparse histograms, read as a netCDF group, against the raw scores that they count."""
    edge = found["score_lower_edge"][0]
    raw = found["raw/eci"][0].astype(np.float64)
    with netCDF4.Dataset(path) as file:
        assert file.dimensions["score_entry"].isunlimited()
        assert file.dimensions["score_entry"].size == file["tally/score/column"].size
    for engine in ("netcdf4", "h5netcdf"):
        with xr.open_dataset(path, group="tally/score", engine=engine) as tally:
            first, length = tally["first"].values.astype(int), tally["length"].values.astype(int)
            column, count = tally["column"].values.astype(int), tally["count"].values
            assert length.sum() == column.size == count.size
            for at in np.ndindex(first.shape):
                entries = slice(first[at], first[at] + length[at])
                scores = raw[at[0], at[1], :, at[2]]
                scores = scores[~np.isnan(scores)]
                assert count[entries].sum() == scores.size, at
                # raw scores are rounded to 24 bits: a column more or less
                bins = np.repeat(column[entries], count[entries].astype(int))
                assert np.abs(np.searchsorted(edge, np.sort(scores), side="right") - 1 - bins).max(initial=0) <= 1, at


def check_character_labels(folder):
    """Labels as arrays of characters, char region(region, strlen), as netCDF-3 and R's ncdf4 write them."""
    for name in ("region", "region_name"):
        with netCDF4.Dataset(folder / "characters.nc", "w") as file:
            for axis, length in (("year", 1), ("region", 3), ("hs92", 2), ("strlen", 4)):
                file.createDimension(axis, length)
            file.createVariable("year", "i4", ("year",))[:] = 2016
            file.createVariable(name, "S1", ("region", "strlen"))[:] = netCDF4.stringtochar(np.array(["ADEU", "B", "Cd"], dtype="S4"))
            file.createVariable("hs92", "S1", ("hs92", "strlen"))[:] = netCDF4.stringtochar(np.array(["01  ", "0202"], dtype="S4"))
            file.createVariable("exports", "f8", ("year", "region", "hs92"))[:] = np.arange(1, 7).reshape(1, 3, 2)
        balassa(folder, "import", "characters.nc", "--value-name", "exports", "--location-name", name, "-o", "characters.h5", "--force", "--quiet")
        rows = rows_of(balassa(folder, "export", "characters.h5"))
        same([float(row["value"]) for row in rows], np.arange(1, 7), "values by labels of characters")
        assert [row["location"] for row in rows] == ["ADEU", "ADEU", "B", "B", "Cd", "Cd"] and rows[0]["product"] == "01", rows


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        balassa(folder, "synth", "--locations", "30", "--products", "60", "--years", "2015-2017", "-o", "panel.h5", "--quiet")
        found = check_file(folder / "panel.h5")
        check_panel_csv(folder, found)
        (folder / "odd.csv").write_text(
            'year,location,product,value\n2001,NA,0101,1.5\n2001,CÔTE,"x,""y""",2\n2003,日本,0101,3\n2003,NA,0101,4\n',
            encoding="utf-8")
        balassa(folder, "import", "odd.csv", "-o", "odd.h5", "--quiet")
        odd = check_file(folder / "odd.h5")
        assert set(odd["location"][0]) == {"NA", "CÔTE", "日本"}, odd["location"][0]
        # A panel under 3 % full is kept sparse.
        lines = ["year,location,product,value"]
        lines += [f"2000,L{i:03},P{i:03},{i + 1}" for i in range(200)]
        (folder / "thin.csv").write_text("\n".join(lines) + "\n")
        balassa(folder, "import", "thin.csv", "-o", "thin.h5", "--quiet")
        thin = check_file(folder / "thin.h5")
        same(sorted(thin["sparse/data"][0]), np.arange(1, 201), "sparse values")

        check_character_labels(folder)
        balassa(folder, "compute", "panel.h5", "-o", "measures.h5", "--quiet")
        found = check_file(folder / "measures.h5")
        check_fill(folder / "measures.h5", "measure/rca")
        check_table(folder, "measures.h5", "location", found,
                    [("eci", "measure/eci"), ("diversity", "measure/diversity")])
        check_table(folder, "measures.h5", "product", found, [("pci", "measure/pci"), ("ubiquity", "measure/ubiquity")])
        check_table(folder, "measures.h5", "location_product", found, [("rca", "measure/rca"), ("mcp", "measure/mcp")])

        (folder / "plan.toml").write_text(
            'panel = "panel.h5"\n[specification]\nrca_threshold = [0.8, 1.0]\n[resample]\nreplicates = 200\n'
            '[classes]\np1_quantile = [0.75]\nsplit = ["median"]\nhhi_cut = [1500, 2500]\n'
            '[output]\nfile = "sweep.h5"\nkeep = ["eci"]\n')
        balassa(folder, "sweep", "plan.toml", "--quiet")
        found = check_file(folder / "sweep.h5")
        check_histograms(folder / "sweep.h5", found)
        check_table(folder, "sweep.h5", "location", found,
                    [("eci", "baseline/eci"), ("rank", "baseline/rank"), ("eci_mean", "score/mean"),
                     ("eci_sd", "score/sd"), ("probability_top10", "probability/top10")])
        check_table(folder, "sweep.h5", "product", found, [("pci_mean", "product_score/mean")])
        check_table(folder, "sweep.h5", "raw", found, [("eci", "raw/eci")])
        lower = rows_of(balassa(folder, "export", "sweep.h5", "--table", "location"))
        same([number(row["eci_q025"]) for row in lower], found["score/quantiles"][0][..., 0].reshape(-1), "eci_q025")

        for file in ("panel.h5", "measures.h5", "sweep.h5"):
            assert json.loads(balassa(folder, "info", file, "--json"))["format"].startswith("balassa-")
            leftovers = [p.name for p in folder.iterdir() if p.suffix == ".tmp"]
            assert not leftovers, leftovers


main()
