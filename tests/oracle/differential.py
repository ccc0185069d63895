"""`compute` and `sweep` against METHODS in numpy (tests/oracle/reference) on random panels: ties, duplicates, blocks,
near-ties of the axis, scales of many orders; every law, precision, convention and policy.

usage: differential.py PROGRAM [--seeds 1000-1100] [--recorded] [--keep DIR] [--verbose]

Each seed makes a panel and a plan, imports, computes, sweeps, and replays a few scenarios. Decisions that are within
rounding in the reference itself are left out and counted; too many of them fail the test. For a difference it prints
the seed, the shape, the plan and the commands that show it; --keep leaves the panel and the plan in DIR.
"""

import argparse
import os
import pathlib
import shlex
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices this small gain nothing from more

try:
    import h5py  # noqa: F401
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}; scripts/setup.sh --dev installs it")
    sys.exit(77)

from comparison.findings import Findings
from comparison.measures import compare_compute
from comparison.program import Case, Failed, references_of
from comparison.replay import compare_scenario
from comparison.sweep import compare_sweep
from reference import studies

FIXED_SEEDS = range(1, 221)
MOST_SKIPPED = 0.05  # of the decisions of a kind


def compare_case(findings, case, rng, scenarios=3):
    plan = case.plan
    chosen = int(rng.integers(len(case.specifications)))
    computed = compare_compute(findings, case, case.specifications[chosen])
    references = compare_sweep(findings, case, computed, chosen)
    for _ in range(scenarios):
        compare_scenario(findings, case, references, int(rng.integers(len(case.panel.years))),
                         int(rng.integers(len(case.specifications))), int(rng.integers(plan.replicates + 1)))


def random_case(findings, program, folder, seed):
    rng = np.random.default_rng(seed)
    kind, panel = studies.random_panel(rng)
    plan = studies.with_another_axis(np.random.default_rng((seed, 1)), studies.random_plan(rng, panel))
    plan = studies.with_other_draws(np.random.default_rng((seed, 2)), plan)
    options = panel.write(folder, rng)
    plan.write(folder / "plan.toml")
    case = Case(program, folder, panel, plan)
    case.about = f"{kind} of {len(panel.years)} x {len(panel.locations)} x {len(panel.products)}"
    case.run("import", "trade.csv", *options, "-o", "panel.h5", "--force")
    case.panel = studies.read_panel(folder / "panel.h5")
    check_import(findings, panel, case.panel)
    compare_case(findings, case, rng)
    return case


# Every convention of scores, for a panel of the size of world trade.
CONVENTIONS = {"py": {"convention": "py"}, "stata": {"convention": "stata"}, "lyubimov": {"convention": "lyubimov"},
               "sample": {"deviation": "sample"}, "long table, own scale": {"deviation": "long-table", "pci_scale": "own"}}


def world_case(findings, program, folder, keys):
    rng = np.random.default_rng(240)
    labels = [f"L{i:03}" for i in range(240)], [f"P{i:04}" for i in range(1240)]
    panel = studies.Panel([2000], *labels, studies.trade(rng, 240, 1240)[None], np.zeros((1, 240), bool))
    plan = studies.Plan({"": {"seed": 7}, "specification": {"rca_threshold": [1.0], **keys},
                         "resample": {"scheme": "products", "weights": "bayesian", "replicates": 3},
                         "classes": {"units": "all", "p1_quantile": ["0.75"], "split": ["median"], "hhi_cut": [1800.0]},
                         "output": {"quantiles": ["0.025", "0.5", "0.975"], "keep": ["eci", "pci"]}})
    options = panel.write(folder, rng)
    plan.write(folder / "plan.toml")
    case = Case(program, folder, panel, plan)
    case.about = f"240 x 1240, {keys}"
    case.run("import", "trade.csv", *options, "-o", "panel.h5", "--force")
    case.panel = studies.read_panel(folder / "panel.h5")
    compare_case(findings, case, rng, scenarios=1)
    return case


def check_import(findings, written, found):
    at = [written.locations.index(x) for x in found.locations], [written.products.index(x) for x in found.products]
    years = [written.years.index(y) for y in found.years]
    value = np.where(written.missing[:, :, None], 0.0, written.value)[np.ix_(years, *at)]
    findings.same("import", np.nan_to_num(found.value), value)


def recorded_case(findings, program, folder, source, command):
    """A panel and a plan that once gave a wrong number, with the command that showed it."""
    words = shlex.split(command, comments=True)
    words = words[:words.index("|")] if "|" in words else words
    arguments = words[1:]
    flags = [(a, b) for a, b in zip(arguments, arguments[1:] + [""]) if a.startswith("--") and not b.startswith("--")]
    plans = [a for a in arguments if a.endswith(".toml")]
    names = [p.replace("plan", "panel").replace(".toml", ".h5") for p in plans]
    names += [dict(flags).get("--panel", "").replace("gx", "panel"), *(path.name for path in source.glob("panel*.h5"))]
    shutil.copy(source / next(name for name in names if (source / name).is_file()), folder / "panel.h5")
    plan = studies.read_plan(source / plans[0]) if plans else studies.plan_of_flags(flags)
    plan.given.get("", {}).pop("panel", None)
    plan.given.setdefault("output", {}).setdefault("keep", ["eci", "pci"])
    plan.given["output"].pop("file", None)
    plan = studies.Plan(plan.given)
    plan.write(folder / "plan.toml")
    case = Case(program, folder, studies.read_panel(folder / "panel.h5"), plan)
    case.about = f"{source.name}: {command[:100]}"
    asked = dict(flags).get("--scenario")
    rng = np.random.default_rng(0)
    compare_case(findings, case, rng)
    if asked is not None and plan.replicates > 0:
        cell, replicate = divmod(int(asked), plan.replicates + 1)
        y, s = divmod(cell, len(case.specifications))
        compare_scenario(findings, case, references_of(case), y, s, replicate)
    return case


def recorded(root):
    """(name, folder, command) of the cases that lie beside the repository, where they do."""
    folder = root.parent / "shared" / "trouble-numbers"
    for source in sorted(folder.iterdir()) if folder.is_dir() else []:
        for file in sorted(source.glob("cmd*")):
            for line in file.read_text().splitlines():
                if line.startswith("balassa sweep"):
                    yield f"{source.name}/{file.name}", source, line
                    break


def report(name, case_about, commands, differences, keep, folder):
    print(f"\n{name}: {case_about}")
    count = Counter(kind for kind, _ in differences)
    for kind, text in dict(reversed(differences)).items():  # the first of each kind
        print(f"  {kind}: {text}" + (f" (and {count[kind] - 1} more such)" if count[kind] > 1 else ""))
    if (folder / "plan.toml").exists():
        print("  plan: " + " ".join((folder / "plan.toml").read_text().split("\n")))
    for command in commands:
        print(f"  {command}")
    if keep:
        kept = pathlib.Path(keep) / name.replace("/", "-").replace(" ", "-")
        shutil.copytree(folder, kept, dirs_exist_ok=True)
        print(f"  kept in {kept}")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seeds", help="as 7 or 1000-1100; else the fixed ones and the recorded cases")
    parser.add_argument("--keep", help="folder for the panels and plans that show a difference")
    parser.add_argument("--recorded", action="store_true", help="the recorded cases alone")
    parser.add_argument("--verbose", action="store_true", help="a line for each case")
    options = parser.parse_args()
    program = str(pathlib.Path(options.program).resolve())
    root = pathlib.Path(__file__).resolve().parents[2]
    first, _, last = (options.seeds or "").partition("-")
    seeds = range(int(first), int(last or first) + 1) if first else FIXED_SEEDS
    cases = [] if options.recorded else [(f"seed {s}", lambda f, d, s=s: random_case(f, program, d, s))
                                         for s in seeds]
    if not first and not options.recorded:
        cases += [(f"convention {name}", lambda f, d, keys=keys: world_case(f, program, d, keys))
                  for name, keys in CONVENTIONS.items()]
    if not first or options.recorded:
        cases += [(name, lambda f, d, source=source, command=command: recorded_case(f, program, d, source, command))
                  for name, source, command in recorded(root)]

    start, made, skipped, failed, kinds = time.monotonic(), Counter(), Counter(), 0, Counter()
    for name, run in cases:
        findings = Findings()
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="differential-") as folder:
            folder = pathlib.Path(folder)
            about, commands = "", []
            try:
                case = run(findings, folder)
                about, commands = case.about, case.commands
            except Failed as failure:
                findings.differ("exit code", str(failure))
            except Exception:
                findings.differ("the test itself", "".join(traceback.format_exc().splitlines(keepends=True)[-5:]))
            if findings.differences:
                failed += 1
                kinds.update({kind for kind, _ in findings.differences})
                report(name, about, commands, findings.differences, options.keep, folder)
        made += findings.made
        skipped += findings.skipped
        if options.verbose:
            print(f"{name}: {about}, {time.monotonic() - began:.2f} s; left out {dict(+findings.skipped)}", flush=True)

    print(f"\n{len(cases)} cases, {failed} with differences; {sum(made.values())} comparisons, {sum(skipped.values())} "
          f"within rounding and left out; {time.monotonic() - start:.0f} s")
    for kind, count in sorted(skipped.items(), key=lambda entry: -entry[1] / made[entry[0]]):
        if count:
            print(f"  {kind}: {count} of {made[kind]} left out")
    for kind, count in kinds.most_common():
        print(f"  differs: {kind} in {count} cases")
    too_many = [kind for kind in made
                if made[kind] >= 200 and "fast" not in kind and skipped[kind] > MOST_SKIPPED * made[kind]]
    if too_many:
        print(f"too many left out: {', '.join(too_many)}")
    sys.exit(1 if failed or too_many else 0)


if __name__ == "__main__":
    main()
