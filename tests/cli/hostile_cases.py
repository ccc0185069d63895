"""Runs the cases of hostile use that lie in a folder, each in a copy of it with limits of time and memory, and checks what is right for it.

usage: hostile_cases.py PROGRAM [FOLDER] [--case NAME] [--show]      FOLDER: default BALASSA_HOSTILE_CASES; exit 77: skipped, with the reason

A case is a folder NN_NAME with a repro.sh, as someone wrote down what went wrong; beside the cases lie panels that they use. Of each the
commands are run that repro.sh has (a line that takes minutes with less work), and judged by what they should do. A case that is not there is
skipped and said; a folder for which no judge is here is a failure.
"""

import argparse
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile

MEMORY = 8 << 30  # bytes of addresses a process may have
SECONDS = 120  # of a command
JUDGES = {}


def judge(number):
    return lambda function: JUDGES.setdefault(number, function)


class Case:
    def __init__(self, program, folder, show):
        self.program, self.folder, self.show, self.wrong = program, folder, show, []

    def run(self, command, seconds=SECONDS, memory=MEMORY):
        """(exit code, stdout, stderr) of a line of bash; 124 where it took too long."""
        def limits():
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        process = subprocess.Popen(["bash", "-c", command], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                                   start_new_session=True, preexec_fn=limits, env={**os.environ, "PATH": f"{self.program.parent}:{os.environ['PATH']}", "BALASSA_DEVICE": "cpu"})
        try:
            out, err = process.communicate(timeout=seconds)
            code = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            code = 124
        if self.show:
            print(f"  {command}\n    {code}: {(out + err).strip()[-300:]}")
        return code, out, err

    def expect(self, holds, what):
        if not holds:
            self.wrong.append(what)

    def ends(self, command, code, says="", **limits):
        """Runs a command that should end with `code` and say `says`, one line where it is an error."""
        found, out, err = self.run(command, **limits)
        self.expect(found in (code if isinstance(code, tuple) else (code,)), f"{command}: exit {found}, expected {code}: {err.strip()[-160:]}")
        self.expect(re.search(says, out + err), f"{command}: does not say {says!r}: {(out + err).strip()[-160:]}")
        return out, err


@judge(1)
def extreme_scale(case):
    """Units change nothing: 43.3 % present, lambda_2 0.8244, in compute as in sweep."""
    for name in ("plain", "e153", "e-170"):
        case.ends(f"balassa import {name}.csv -o {name}.h5", 0)
        case.ends(f"balassa compute {name}.h5 -o {name}-m.h5", 0, r"43\.3 % of cells present\n.*0\.8244")
        case.ends(f"balassa sweep --panel {name}.h5 --replicates 3 -o {name}-s.h5", 0, r"lambda_2 0\.8244")


@judge(2)
def failing_streams(case):
    """A closed or full stderr ends no work; a stdout that could not take all is 74."""
    case.ends("balassa import good.csv -o o.h5 2>&-", 0)
    case.ends("balassa import good.csv -o p.h5 2>/dev/full", 0)
    out, _ = case.ends("balassa sweep --panel ../named.h5 --replicates 50 -o s.h5 2>/dev/full", 0)
    case.expect(out.count("\n") > 10, "the table of a sweep with a full stderr is missing")
    case.ends("balassa compute ../named.h5 -o m.h5 <&- 2>&-", 0)
    for command in ("plan", "--version", "doctor", "compute ../named.h5 -o m2.h5", "completion bash"):
        case.ends(f"balassa {command} >/dev/full", 74)


@judge(3)
def output_is_input(case):
    """An output that is an input is refused, and nothing is lost."""
    (case.folder / "plan.toml").write_text('panel = "p.h5"\n[resample]\nreplicates = 3\n')
    for before, command, kept in (("cp good.csv t.csv", "import t.csv -o t.csv --force", "t.csv"),
                                  ("balassa import good.csv -o p.h5", "compute p.h5 -o p.h5 --force", "p.h5"),
                                  ("balassa import good.csv -o trade.h5; cp good.csv trade.csv; cp trade.h5 twin.csv", "compute twin.csv -o twin.h5 --csv --force", "twin.csv"),
                                  ("true", "sweep plan.toml -o plan.toml --force", "plan.toml")):
        case.ends(before, 0)
        content = (case.folder / kept).read_bytes()
        case.ends("balassa " + command, 73)
        case.expect((case.folder / kept).read_bytes() == content, f"{command}: {kept} is another file now")
    case.ends("balassa compute trade.h5 -o trade.h5 --csv --force", 73)
    case.expect((case.folder / "trade.csv").read_bytes() == (case.folder / "good.csv").read_bytes(), "trade.csv is lost")


@judge(4)
def threads_and_memory(case):
    """Workers are bounded by memory, and a dry run takes none."""
    case.ends("balassa sweep --panel ../named.h5 --replicates 400 -o s.h5 --threads 4096 --dry-run", 0, "memory")
    _, err = case.ends("(ulimit -v 1000000; balassa sweep --panel ../named.h5 --replicates 200 -o s.h5 --threads 64 --dry-run)", 0)
    case.expect("run with --dry-run" not in err, "the dry run advises a dry run")


@judge(5)
def deep_plan(case):
    case.ends("balassa plan deep.toml", 78)


@judge(6)
def slurm_memory(case):
    """What plan --slurm asks for and what a dry run says is enough, and no more than twice what the sweep takes (a smaller panel than in repro.sh)."""
    case.ends("balassa synth --locations 400 --products 2000 --years 2000 -o y.h5 --quiet", 0)
    (case.folder / "plan.toml").write_text('panel = "y.h5"\n[resample]\nreplicates = 10\n[output]\nfile = "w.h5"\n')
    out, _ = case.ends("balassa plan plan.toml --slurm --tasks 2 --cpus 1", 0, "--mem=")
    asked = 1024 * int(re.findall(r"--mem=(\d+)M", out)[-1])
    said, _ = case.ends("balassa sweep plan.toml --threads 1 --dry-run --json", 0)
    planned = int(re.search(r'"memory_bytes": ?(\d+)', said)[1]) / 1024
    script = "import resource,subprocess,sys; subprocess.run(sys.argv[1:], check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    peak = int(case.ends(f"python3 -c '{script}' balassa sweep plan.toml --threads 1 --quiet", 0)[0].split()[-1])
    case.expect(asked >= peak, f"--mem is {asked} kB, the sweep took {peak} kB")
    case.expect(0.8 * peak <= planned <= 1.25 * peak, f"the dry run says {planned:.0f} kB, the sweep took {peak} kB")


@judge(7)
def seed_reads_back(case):
    case.ends("balassa plan ../demo-plan.toml --seed -1", 64)
    case.ends("balassa plan ../demo-plan.toml --seed 9223372036854775807 > r.toml && balassa plan r.toml", 0, "seed = 9223372036854775807")


@judge(8)
def fill_values(case):
    """The two cells that nobody wrote are no trade: 31.2 % present, as where they are 0."""
    case.ends("balassa compute zero_instead.nc --value-name exports -o m2.h5", 0, r"31\.2 %")
    case.ends("balassa compute default_fill.nc --value-name exports -o m.h5", 0, r"31\.2 %")
    case.ends("balassa compute miss.nc --value-name exports -o m3.h5", (0, 65))
    found, out, err = case.run("balassa info miss.nc --value-name exports")
    case.expect("e+20" not in out + err and "e+36" not in out + err, "a fill value is counted as trade")
    out, err = case.ends("balassa compute time.nc --value-name exports -o m4.h5", (0, 65))
    case.expect(not re.search(r"^(0|366|731):", out, re.M), "days are taken for years")


@judge(9)
def write_phase(case):
    """Writing is in the estimate and quick (fewer replicates and locations than in repro.sh)."""
    said, _ = case.ends("balassa sweep --panel ../named.h5 --replicates 3 --rca-threshold 0.5:1.49:0.01 -o s.h5 --dry-run --json", 0)
    case.expect(re.search(r'"estimated_write_seconds": ?[0-9.]+', said), "no estimate of the time to write")
    case.ends("balassa sweep --panel ../named.h5 --replicates 3 --rca-threshold 0.5:1.49:0.01 -o s.h5 --quiet", 0)


@judge(10)
def temporaries(case):
    """Signals leave nothing behind."""
    case.ends("balassa synth --locations 230 --products 1200 --years 2000-2009 -o o.h5 --quiet", 0)
    for name, code in (("TERM", 143), ("INT", 130), ("HUP", 129)):
        for wait in (0.3, 0.8, 1.5):
            line = (f"python3 -c 'import os, signal; signal.signal(signal.SIGINT, signal.default_int_handler); os.execvp(\"balassa\", \"balassa compute o.h5 -o t.h5 --csv --force\".split())' "
                    f">/dev/null 2>&1 & p=$!; sleep {wait}; kill -{name} $p; wait $p; code=$?; ls -A | grep 'tmp$' && exit 99; exit $code")
            case.ends(line, (code, 0))


@judge(11)
def csv_collision(case):
    case.ends("balassa compute ../named.h5 -o a.csv --csv", 73)
    case.ends("balassa compute ../named.h5 -o a.csv --csv --force", 73)


@judge(12)
def panel_of_another_result(case):
    case.ends("balassa export ../m.h5 --table location_product --panel other.h5", 65, "hash")


@judge(13)
def drop_that_matches_nothing(case):
    case.ends("balassa import good.csv -o q.h5 --drop-locations a,Q", 65, "nearest")
    case.ends("balassa import good.csv -o q.h5 --drop-products 9999", 65, "nearest")
    case.ends("balassa import good.csv -o q.h5 --drop-locations A,Q", 0, "Q was to be left out and has no row")


@judge(14)
def fifos(case):
    case.ends("mkfifo in.fifo; cat good.csv > in.fifo & balassa import in.fifo -o o.h5", 0, seconds=20)
    case.ends("mkfifo out.fifo; balassa import good.csv -o out.fifo", 73, seconds=20)


@judge(15)
def log(case):
    case.ends("balassa sweep --panel ../named.h5 --replicates 5 -o s.h5 --log run.log --verbose", 0)
    case.expect((case.folder / "run.log").exists() and (case.folder / "run.log").stat().st_size > 0, "no log")
    case.ends("balassa info ../named.h5 --log /nodir/x", 73)


@judge(16)
def plan_of_any_name(case):
    case.ends("balassa plan study.txt", 78, "replicates")


@judge(17)
def intervals_in_xarray(case):
    case.ends("balassa sweep --panel ../named.h5 --replicates 5 -o sweep.h5 --quiet", 0)
    if subprocess.run([sys.executable, "-c", "import xarray, h5netcdf"], capture_output=True).returncode != 0:
        print("  17: without xarray, by names alone")
        out, _ = case.ends("balassa info sweep.h5", 0)
        case.expect("rank/quantiles" in out, "no /rank/quantiles")
        return
    script = ('import xarray as xr; s = xr.open_dataset("sweep.h5", group="rank"); m = xr.merge([xr.open_dataset("sweep.h5")[["year", "location", "quantile"]], s]); '
              'print(m["quantiles"].sel(quantile=0.025).shape)')
    case.ends(f"{sys.executable} -c '{script}'", 0)


@judge(18)
def side_file_hint(case):
    plain = "balassa import BACI_HS17_Y2016_V202401b.csv -o b.h5 --force --product-digits 4"
    case.ends(plain, 65, "--duplicates sum")  # the file has rows twice: as the message says
    command = plain + " --duplicates sum --location-names country_codes_V202401b.csv"
    found, out, err = case.run(command)
    if found != 0:  # then the advice has to help
        key = re.search(r"FILE:(\w+)=COLUMN", err)
        case.expect(key, f"no advice: {err[-160:]}")
        case.ends(f"{command}:{key[1] if key else 'code'}=country_code", 0)
    case.ends(command + ":location=country_code", 0)
    _, err = case.ends("balassa import BACI_HS17_Y2016_V202401b.csv -o b.h5 --force --location-names nofile.csv", 66)
    case.expect("rows:" not in err, "a side file that is not there is noticed only after the data are read")


@judge(19)
def foreign_panel(case):
    """Each message's command works, down to intervals."""
    _, err = case.ends("balassa sweep --panel ok.nc -o s.h5", 65, "balassa import")
    line = re.search(r"balassa import .*", err)[0]
    dataset = re.search(r"it has ([^ ,)]+)", line)
    command = re.sub(r" \(.*", "", line).replace("FILE", "ok.nc").replace("DATASET", dataset[1] if dataset else "exports").replace("PANEL", "p.h5")
    case.ends(command, 0)
    case.ends("balassa sweep --panel p.h5 -o s.h5 --replicates 3", 0)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("folder", nargs="?", default=os.environ.get("BALASSA_HOSTILE_CASES", ""))
    options.add_argument("--case", default="")
    options.add_argument("--show", action="store_true")
    chosen = options.parse_args()
    root = pathlib.Path(chosen.folder or "/nonexistent")
    if not root.is_dir():
        print("skipped: no cases of hostile use; BALASSA_HOSTILE_CASES names their folder")
        sys.exit(77)
    failed, passed = [], 0
    found = {int(p.name[:2]): p for p in root.iterdir() if p.is_dir() and p.name[:2].isdigit()}
    for number in sorted(found.keys() | JUDGES.keys()):
        name = found[number].name if number in found else f"{number:02}"
        if chosen.case and not name.startswith(chosen.case):
            continue
        if number not in JUDGES or number not in found:
            print(f"{name}: {'no judge for it' if number in found else 'skipped: not in the folder'}")
            failed += [name] if number in found else []
            continue
        with tempfile.TemporaryDirectory(prefix="hostile-") as scratch:
            shutil.copytree(found[number], pathlib.Path(scratch) / name)
            for beside in root.iterdir():
                if beside.is_file():
                    shutil.copy(beside, scratch)
            subprocess.run(["chmod", "-R", "u+w", scratch], check=True)
            case = Case(pathlib.Path(chosen.program).resolve(), pathlib.Path(scratch) / name, chosen.show)
            JUDGES[number](case)
        print(f"{name}: {'; '.join(case.wrong) or 'as it should be'}")
        passed += not case.wrong
        failed += [name] if case.wrong else []
    print(f"{passed} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)


main()
