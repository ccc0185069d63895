#!/usr/bin/env python3
"""Which step of a scenario a GPU computes otherwise than the CPU: whole scenarios of both, field by field in the order in
which a scenario computes them, then the counters of some replicates; under Bayesian and multinomial weights.

gpu_find_step.py BALASSA PANEL [SCENARIO...]     default: scenarios 0 to 2. Exit code: 0 the same, 1 a step differs.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

# (where a field is, the field, the step that it is the first to show)
STEPS = (
    ("products", "weight", "the draw of the weights (kernels/scenario/draw.hpp, weights_kernel)"),
    ("locations", "diversity", "totals and presence (totals_kernel, kernels/scenario/presence.hpp: which cells are present)"),
    ("products", "ubiquity", "totals and presence (totals_kernel, kernels/scenario/presence.hpp: which cells are present)"),
    ("", "components", "components of the network (kernels/scenario/components.hpp)"),
    ("", "validity", "components, or the spectrum (kernels/scenario/components.hpp, kernels/scenario/spectrum.hpp)"),
    *(("", field, "the spectrum: products with the bit matrix, or sums (kernels/cuda/table_product.cuh, cuda_team.cuh; "
       "fp32 from 65 locations on)") for field in ("lambda2", "residual", "certification", "gap", "lambda3",
                                                   "lambda3_found", "participation", "axis_swap")),
    *(("", field, "the sign of the axis (kernels/formulas/scoring.hpp)") for field in (
        "corr_eci_diversity", "corr_pci_ubiquity", "corr_reflection", "votes", "sign", "rule_sign", "turned")),
    ("locations", "eci", "scores (kernels/scenario/scores.hpp)"),
    ("products", "pci", "scores (kernels/scenario/scores.hpp)"),
    ("locations", "rank", "the sort (kernels/scenario/shared_order.hpp, kernels/scenario/ranking.hpp)"),
    *((where, field, "P1 and the classes (kernels/scenario/typology.hpp)") for where, field in (
        ("products", "in_p1"), ("", "split_value"), ("locations", "share"), ("locations", "hhi_p1"),
        ("locations", "class"))),
)


def run(program, device, *arguments):
    command = [program, "--device", device, *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print(f"  {device}: {' '.join(arguments)}: exit {done.returncode}: {done.stderr.strip()[:400]}")
        sys.exit(1)
    return done.stdout


def values_of(scenario, where, field):
    """Places and values of a field: one, or that of each location or product."""
    if not where:
        return [("", scenario.get(field))]
    return [(item.get("location", item.get("product")), item.get(field)) for item in scenario[where]]


def differences(cpu, gpu):
    for where, field, step in STEPS:
        pairs = list(zip(values_of(cpu, where, field), values_of(gpu, where, field)))
        apart = [(place, mine, other) for (place, mine), (_, other) in pairs if mine != other]
        if apart:
            yield field, step, apart, len(pairs)


def scenarios_differ(program, panel, law, scenarios):
    for scenario in scenarios:
        found = [json.loads(run(program, device, "--json", "sweep", "--panel", panel, "--weights", law,
                                "--scenario", scenario))
                 for device in ("cpu", "cuda")]
        apart = list(differences(*found))
        if not apart:
            if found[0] != found[1]:  # a field that STEPS does not list
                print(f"  {law} scenario {scenario}: differs: in a field that scripts/gpu_find_step.py does not know")
                return True
            continue
        field, step, values, count = apart[0]
        place, cpu, gpu = values[0]
        print(f"  {law} scenario {scenario}: differs: first {field}{' of ' + place if place else ''}: cpu {cpu!r}, cuda {gpu!r}; "
              f"{len(values)} of {count}")
        print(f"  points to {step}")
        print("  all that differ: " + ", ".join(field for field, *_ in apart))
        return True
    print(f"  {law} scenarios {' '.join(scenarios)}: the same")
    return False


def counters_differ(program, panel, law, folder):
    files = [str(folder / f"{device}.h5") for device in ("cpu", "cuda")]
    for device, file in zip(("cpu", "cuda"), files):
        pathlib.Path(file).unlink(missing_ok=True)
        run(program, device, "sweep", "--quiet", "--panel", panel, "--weights", law, "--replicates", "8",
            "-o", file)
    if pathlib.Path(files[0]).read_bytes() == pathlib.Path(files[1]).read_bytes():
        print(f"  {law} counters of 8 replicates: the same")
        return False
    print(f"  {law} counters of 8 replicates: differs: the result files")
    print("  points to what only batches do: counters (SharedCounters in kernels/cuda/cuda_team.cuh, kernels/scenario/tallying.hpp), "
          "placement in shared memory, blocks side by side")
    return True


def main():
    program, panel, *scenarios = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        return int(any(differ(program, panel, law, what)
                       for differ, what in ((scenarios_differ, scenarios or ["0", "1", "2"]),
                                            (counters_differ, pathlib.Path(folder)))
                       for law in ("bayesian", "multinomial")))


if __name__ == "__main__":
    sys.exit(main())
