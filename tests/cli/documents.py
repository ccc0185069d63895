"""io/FORMATS.md against what the program writes and prints, both ways: datasets with their types, dimensions and attributes,
plan keys, options, exit codes, JSON; and every section that the tree cites exists in the tree's documents.

usage: documents.py PROGRAM
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import tomllib

    import h5py
except ImportError as missing:
    print(f"skipped: {missing}; scripts/setup.sh --dev installs it")
    sys.exit(77)

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
TREE = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = {"METHODS": "kernels/METHODS.md", "SOLVERS": "kernels/SOLVERS.md", "FORMATS": "io/FORMATS.md"}
OF_SCALES = {"CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST"}  # HDF5's own attributes of dimensions
NO_OPTIONS = {"--help", "-h"}
EVERY_MEASURE = "all,proximity,log_supermodularity,log_supermodularity_strict,genepy_product"  # all leaves out what is large or slow
FORMATS = (TREE / DOCUMENTS["FORMATS"]).read_text(encoding="utf-8")
CLASS_RULES = re.search(r"^`R` = `(\w+)`", FORMATS, re.M)[1]
FAULTS = []


def agree(what, found, documented):
    """Names of the program and of the document; a word in capitals in the latter stands for any name."""
    pattern = {d: re.compile(re.sub(r"\b[A-Z]{2,}\b", ".+", re.escape(d))) for d in documented}
    FAULTS.extend(f"{what}: {f} is not in FORMATS" for f in sorted(found) if not any(p.fullmatch(f) for p in pattern.values()))
    FAULTS.extend(f"{what}: FORMATS has {d}, the program does not" for d, p in sorted(pattern.items())
                  if not any(p.fullmatch(f) for f in found))


def section(number):
    return re.search(rf"^## {number}\. .*?(?=^## |\Z)", FORMATS, re.M | re.S)[0]


def rows(text):
    """Cells of the rows of all tables, without heads and rules."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    rules = {k for k, row in enumerate(cells) if row[0].startswith("---")}
    return [row for k, row in enumerate(cells) if k not in rules and k + 1 not in rules]


def names(cell):
    return re.findall(r"`([^`]+)`", cell)


def balassa(folder, *arguments):
    done = subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"balassa {' '.join(arguments)}: exit {done.returncode}: {done.stderr}"
    return done.stdout


# ---- datasets ------------------------------------------------------------------------------------------------------
def documented_datasets(number):
    """'/path: type [dimensions]' and '/path@attribute' (with its value where the document gives one)."""
    found = set()
    for row in rows(section(number)):
        for path in (name.replace("/R", "/" + CLASS_RULES) for name in names(row[0]) if name.startswith("/")):
            kind, dimensions = re.fullmatch(r"([\w ]+?)(?: \[(.*)\])?", row[1]).groups()
            axes = re.sub(r"\bR\b", CLASS_RULES, dimensions or "")
            found |= {f"{path}: {k}" + (f" [{axes}]" if axes else "") for k in kind.split(" or ")}
            for name, value in re.findall(r"`(\w+)`(?: = (-?\d+))?", row[2]):
                if name != "flags":
                    found.add(f"{path}@{name}" + (f" = {value}" if value else ""))
            if meanings := re.search(r"`flags` ([\w\- ,]+)", row[2]):
                words = [w for w in meanings[1].split(", ") if w]
                found |= {f"{path}@flag_values", f"{path}@flag_meanings: {' '.join(words)}"}
            if kind.startswith("float") and "scale" not in kind:
                found.add(f"{path}@_FillValue = nan")
    return found


def written_datasets(path):
    found = set()

    def visit(name, item):
        where, attributes = "/" + name, {k: v for k, v in item.attrs.items() if k not in OF_SCALES}
        kind = "group"
        if isinstance(item, h5py.Dataset):
            kind = "text" if item.dtype.kind == "O" else str(item.dtype)
            if item.attrs.get("CLASS") == b"DIMENSION_SCALE":
                is_length = item.attrs["NAME"].startswith(b"This is a netCDF dimension but not a netCDF variable")
                kind = ("length" if is_length else kind) + " scale"
            else:
                kind += f" [{', '.join(axis[0].name.lstrip('/') for axis in item.dims)}]"
        if kind != "group" or attributes:
            found.add(f"{where}: {kind}")
        for key, value in attributes.items():
            shown = {"_FillValue": f" = {value}", "flag_meanings": f": {value}"}.get(key, "")
            found.add(f"{where}@{key}{shown}")

    with h5py.File(path) as file:
        visit("", file)
        file.visititems(visit)
    return found


# ---- keys of JSON --------------------------------------------------------------------------------------------------
def keys_of(value, path=""):
    if isinstance(value, dict):
        return {k for name, inner in value.items() for k in keys_of(inner, f"{path}.{name}".lstrip("."))}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {k for inner in value for k in keys_of(inner, path + "[]")}
    return {path}


def check_json(found):
    table = {row[0].replace("`", ""): set(names(row[1])) for row in rows(section(6).split("**JSON.**")[1])}
    for what, keys in found.items():
        # A null or an empty list may stand where other runs have more.
        keys = {k for k in keys if not any(other.startswith((k + ".", k + "[]")) for other in keys)}
        agree(what, keys, table[what])
    agree("JSON", set(found), set(table))


# ---- runs that write everything ------------------------------------------------------------------------------------
def write_files(folder):
    """Files by section of FORMATS, and the keys of every JSON."""
    def table(name, text):
        (folder / name).write_text(text.replace(" ", "\n") + "\n")
        return name

    head = "year,location,product,value "
    trade = "2001,AA,0101,5 2001,AA,0102,3 2001,BB,0102,4 2001,BB,0103, 2002,CC,0103,4 2002,AA,0101,1"
    about = ["--units", "USD", "--title", "T", "--source", "S", "--location-system", "iso3", "--product-system", "hs92_4",
             "--location-names", table("names.csv", "code,name AA,Ah BB,Be CC,Ce"),
             "--product-names", table("goods.csv", "code,name 0101,Horse"),
             "--location-parents", table("parents.csv", "code,parent BB,AA"),
             "--location-kinds", table("kinds.csv", "code,kind BB,region"),
             "--product-class", "p1=" + table("p1.csv", "code,class 0101,1"),
             "--table", "output=" + table("output.csv", "location,year,value AA,2001,5"),
             "--population", "output.csv", "--gdp", "output.csv", "--drop-products", "0102"]
    thin = " ".join(f"2000,L{i:03},P{i:03},{i + 1}" for i in range(100))
    found = {}

    def keys(what, *arguments):
        found.setdefault(what, set()).update(keys_of(json.loads(balassa(folder, *arguments, "--json"))))

    keys("import --json", "import", table("trade.csv", head + trade), "-o", "small.h5", *about)
    keys("synth --json", "synth", "-o", "panel.h5", "--locations", "20", "--products", "40", "--regions", "4",
         "--years", "2015-2016")
    balassa(folder, "import", table("thin.csv", head + thin), "-o", "thin.h5", "--units", "USD")
    keys("info --json of a panel", "info", "panel.h5")
    keys("compute --json", "compute", "panel.h5", "-o", "measures.h5", "--reflections", "4",
         "--min-total", "1")
    keys("compute --json", "compute", "panel.h5", "-o", "every-measure.h5", "--measures", EVERY_MEASURE)
    keys("compute --json", "compute", "panel.h5", "-o", "no-scores.h5", "--measures", "rca")
    balassa(folder, "compute", "panel.h5", "-o", "every-measure32.h5", "--measures", EVERY_MEASURE, "--compact")
    for name, compact in (("income.h5", []), ("income32.h5", ["--compact"])):  # of the panel that has the tables
        balassa(folder, "compute", "small.h5", "-o", name, "--measures", "prody,expy", *compact)
    keys("compute --measures list --json", "compute", "--measures", "list")
    balassa(folder, "compute", "small.h5", "-o", "small-measures.h5", "--compact", "--reflections", "2")
    keys("info --json of a result", "info", "measures.h5")
    # A list of all that takes one.
    with h5py.File(folder / "panel.h5") as file:
        codes = {axis: list(file[axis].asstr()) for axis in ("location", "product")}
    sample = " ".join(f"{name}s={json.dumps(all_[:-1], separators=(',', ':'))} drop_{name}s={json.dumps(all_[-2:-1])}"
                      for name, all_ in codes.items())
    table("plan.toml", 'panel="panel.h5" [select] min_participation=[0, 3] min_total=1 min_product_total=1 ' + sample + ' '
                       '[specification] read_as=["float64","float32"] deviation=["population","sample"] pci_scale=["eci","own"] '
                       'disconnected=["na","giant"] [resample] scheme=["products","locations"] replicates=20 '
                       '[output] file="sweep.h5" keep=["eci","pci"] [run] max_time="1:00:00"')
    keys("plan --json", "plan", "plan.toml")
    keys("sweep --dry-run --json", "sweep", "plan.toml", "--dry-run")
    keys("sweep --scenario --json", "sweep", "plan.toml", "--scenario", "3")
    keys("sweep --json", "sweep", "plan.toml")
    keys("info --json of a result", "info", "sweep.h5")
    keys("doctor --json", "doctor")
    found["doctor --json"] = {k.split("[]")[0] if k.startswith("cuda.gpus") else k for k in found["doctor --json"]}
    for k in ("0", "1"):
        keys("sweep --shard --json", "sweep", "plan.toml", "-o", "parts.h5", "--shard", f"{k}/2")
    keys("sweep --json", "merge", "parts.h5")
    keys("study comparison --json", "study", "comparison",
         table("ratings.csv", "unit,x,y,z A,1,2,3 B,2,1,1 C,3,5,2 D,4,3,5 E,5,4,4 F,6,6,6"), "--csv", "tables")
    keys("report --json", "report", "sweep.h5", "-o", "sweep.html", "--charts", "figures")
    balassa(folder, "eigbench", "--problems", "nested:8", "synth:20x40,replicates=2", "hard", "--repetitions", "1",
            "--solvers", "lapack-dgeev-unsorted", "lanczos-fp64", "--limit", "0.01", "-o", "study.h5")
    found["manifest"] = {k for path in folder.glob("*.manifest.json") for k in keys_of(json.loads(path.read_text()))}
    files = {1: ["panel.h5", "small.h5", "thin.h5"], 2: ["measures.h5", "small-measures.h5", "every-measure.h5", "every-measure32.h5", "income.h5",
                 "income32.h5"],
             3: ["sweep.h5", "parts.h5"], 8: ["study.h5"]}
    return files, found


# ---- plan, options, exit codes -------------------------------------------------------------------------------------
def check_plan(folder):
    table = {row[0].strip("`"): row for row in rows(section(4))}
    plan = tomllib.loads(balassa(folder, "plan", "plan.toml", "--shard", "0/2"))
    agree("plan keys", keys_of(plan), set(table))
    with h5py.File(folder / "sweep.h5") as file:
        hashed = keys_of(tomllib.loads(file.attrs["plan"]))
    agree("keys in the plan hash", hashed, {key for key, row in table.items() if row[4] == "yes"})
    lists = {f"{name}.{key}" for name, part in plan.items() if isinstance(part, dict)
             for key, value in part.items() if isinstance(value, list)}
    agree("keys that take lists", lists, {key for key, row in table.items() if row[3] != "one"})
    return {flag for row in table.values() for flag in names(row[1])} - {"--seed", "--device", "--threads"}


def check_options(folder, flags_of_plan):
    # An option is set off by two blanks or more, or by the name of its group; what stands in running text is not.
    def options(text):
        set_off = re.findall(r"(?: {2,}|^[a-z]+ )((?:-\w,)?--[a-z][\w-]*)(?=\s|$)", text, re.M)
        return {option for group in set_off for option in group.split(",")} - NO_OPTIONS

    table = {row[0].strip("`"): row[1] for row in rows(section(6).split("**Streams")[0])}
    for command, cell in table.items():
        text = balassa(folder, *([] if command == "global" else [command]), "--help")
        agree(f"options of {command}", options(text), set(names(cell)) | (flags_of_plan if "section 4" in cell else set()))
    listed = re.findall(r"^  (\w+) {2,}", balassa(folder, "--help").split("Subcommands:")[1], re.M)
    agree("commands", set(listed), set(table) - {"global"})


def check_charts_and_studies(folder, json_keys):
    charts, studies = section(6).split("**Pages")[1].split("**JSON")[0].split("**Studies")
    listed = re.findall(r"^  (\w+) {2,}", balassa(folder, "report", "--help").split("\nCharts,")[1], re.M)
    agree("charts", set(listed), {row[0].strip("`") for row in rows(charts)})
    tables = {key.split(".")[1].split("[]")[0] for key in json_keys["study comparison --json"] if key.startswith("tables.")}
    agree("tables of study comparison", tables, {row[0].strip("`") for row in rows(studies)})


def check_exit_codes():
    source = next(TREE.glob("io/**/error.hpp")).read_text()
    codes = re.findall(r"^  k\w+ = (\d+),", source, re.M)
    documented = {row[0] for row in rows(section(6)) if row[0].isdigit()}
    agree("exit codes", set(codes), documented)
    agree("exit codes of help", set(re.findall(r"^ +(\d+)  ", subprocess.run([PROGRAM, "help", "exit-codes"], capture_output=True, text=True).stdout, re.M)), documented)


# ---- citations -----------------------------------------------------------------------------------------------------
def anchors(text):
    """Headings by number, numbered items under them, and the named items of lists and tables."""
    found, current = set(), ""
    for line in text.splitlines():
        if heading := re.match(r"#+ ([A-H]\d*[a-z]?(?:\.\d+)*|\d+(?:\.\d+)*)\b", line):
            current = heading[1]
            found.add(current)
        elif item := re.match(r"(\d+)\. ", line):
            found.add(f"{current}.{item[1]}")
        elif item := re.match(r"[*|] +\**(?:\((\w+)\)|([A-H]\d+))", line):
            found.add(item[2] or f"{current} ({item[1]})")
    return found


def check_topics(folder):
    listed = re.findall(r"^  ([\w-]+) {2,}", balassa(folder, "help").split("\nCommands,")[0], re.M)
    line = next(line for line in FORMATS.splitlines() if line.startswith("**Topics of `help`**"))
    agree("topics of help", set(listed), set(names(line.split(".")[0])) - {"help"})


def check_citations():
    known = {name: anchors((TREE / path).read_text(encoding="utf-8")) for name, path in DOCUMENTS.items()}
    lettered, numbered = r"[A-H](?:\d+[a-z]?(?:\.\d+)*)?(?![\w^])", r"\d+(?:\.\d+)*(?![\w^])"
    equations, cited = r" eq\. \d+(?:, \d+)*", 0
    for folder in ("host", "io", "kernels", "tests", "bench", "scripts"):
        for path in (TREE / folder).rglob("*.*"):
            if path.suffix not in {".cpp", ".hpp", ".cu", ".cuh", ".py", ".md", ".sh"}:
                continue
            text = re.sub(r"\s*\n\s*(?://|#)?\s*", " ", path.read_text(encoding="utf-8"))
            found = []
            between = rf"(?:,|/| and| [ivx]+,?|{equations},?)+ ?"
            for m in re.finditer(rf"\bMETHODS ({lettered}(?:{between}{lettered})*(?:{equations})?)", text):
                found += [("METHODS", token) for token in re.findall(lettered, m[1])]
                found += [("METHODS", f"A1 ({n})") for list_ in re.findall(equations, m[1]) for n in re.findall(r"\d+", list_)]
            for m in re.finditer(rf"\b(SOLVERS|FORMATS)(?: sections?)? ({numbered}(?:(?:,| and|/) ?{numbered})*)", text):
                found += [(m[1], token) for token in re.findall(numbered, m[2])]
            cited += len(found)
            FAULTS.extend(f"{path.relative_to(TREE)}: cites {m[0]}, which is not in the tree"
                          for m in re.finditer(r"\b(?:DESIGN|ECOSYSTEM|ANCHORS|STYLE)\b[ ,]", text) if path.name != "documents.py")
            FAULTS.extend(f"{path.relative_to(TREE)}: cites {name} {anchor}, which {DOCUMENTS[name]} does not have"
                          for name, anchor in found if anchor not in known[name])
    assert cited > 100, f"found {cited} citations, expected over 100: is the pattern right?"
    print(f"{cited} citations")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files, json_keys = write_files(folder)
        for number, paths in files.items():
            found = set().union(*(written_datasets(folder / path) for path in paths))
            agree(f"datasets of section {number}", found, documented_datasets(number))
            print(f"section {number}: {len(found)} types and attributes")
        check_options(folder, check_plan(folder))
        check_charts_and_studies(folder, json_keys)
        check_topics(folder)
    check_json(json_keys)
    check_exit_codes()
    check_citations()
    print("\n".join(FAULTS))
    sys.exit(1 if FAULTS else 0)


main()
