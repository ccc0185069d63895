"""Every piece of advice in a message works when it is followed.

usage: advice.py PROGRAM [--only FRAGMENT] [--show]

1. Of every message in the sources: each option belongs to the commands that can say it, each `balassa ...` parses, and each key of a side
   file, key of a plan and variable of the environment is one that the program reads.
2. advice_rows.py has a row for each message that gives advice. It raises the message and follows it; an option that the message names has to be
   among what is then done.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from advice_rows import IN_WORDS, RAISED_ELSEWHERE, ROWS, SAME, SAME_NUMBERS, TRUE

TREE = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 60  # seconds a row
FAULTS = []
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z](?!-?[{\w])")
# Help, manual and pages are no messages; neither is what begins a statement of these.
NO_MESSAGES = ("host/terminal/manual", "host/terminal/shell_completion", "host/terminal/help_layout", "host/plan/knobs/", "host/report/svg_plot", "host/report/page")
NO_ADVICE = ("host/help/", "host/terminal/exit_codes")  # names are checked here too
HELP = re.compile(r"add_option|add_flag|footer\(|add_subcommand|description\(|\.about|EigenSolverFacts")
# Options of other programs, by what stands before them.
OTHERS = re.compile(r"sbatch[^|&]*|\$\(sbatch.*|such as --array=0-15|docker run --gpus all|--partition=\.\.\., --account=\.\.\.|--gres=gpu:1|nccopy .*? trade\.nc|"
                    r"pip install.*|\$\{?cpus.*|scontrol [^|]*|srun [^|]*|mpirun [^|]*|--parsable.*|--dependency.*")
# Commands that can say what a file says; the others: all of them.
SAY = {"io/panel/panel_file": "info compute sweep merge export", "io/panel/foreign_numbers": "import info compute", "io/panel/": "import", "io/text/": "import",
       "host/panel/sample_selection": "compute sweep", "host/panel/year_selection": "compute sweep", "host/plan/plan": "sweep plan", "host/plan/shards": "sweep",
       "host/plan/specification_grid": "sweep", "host/sweep/": "sweep", "host/results/measures_report": "compute sweep", "host/results/": "sweep", "host/studies/": "study",
       "host/eigbench/": "eigbench", "host/commands/sweep_run": "sweep", "host/commands/knob_flags": "compute sweep plan", "host/panel/synthetic": "synth", "io/work/": "sweep",
       "host/report/": "report", "host/cluster/": "plan", **{f"host/commands/{c}_command": c for c in ("import", "compute", "sweep", "merge", "plan", "export", "report", "info",
                                                                                                       "study", "eigbench", "synth", "doctor")}}
NO_COMMANDS = {"result", "panel", "that"}  # "expected a balassa result", "the balassa that wrote it"
SIDE_KEYS = {"code", "location", "product", "name", "parent", "kind", "class", "value", "year", "from", "to", "weight"}


def literals():
    """(file, text) of every literal that may be a message; parts that stand side by side are one."""
    for path in sorted(p for folder in ("host", "io", "kernels") for p in (TREE / folder).rglob("*") if p.suffix in (".cpp", ".hpp", ".cu")):
        name = str(path.relative_to(TREE))
        if name.startswith(NO_MESSAGES):
            continue
        text = re.sub(r"'(?:[^'\\\n]|\\.)'", "' '", path.read_text())
        text = re.sub(r"(?:^|\s)//.*$|^\s*#.*$", "", text, flags=re.M)
        text = re.sub(r'(?<=[^\\])"\s*\n\s*"', "", text)
        for found in LITERAL.finditer(text):
            begin = max(text.rfind(end, 0, found.start()) for end in (";\n", "{\n", "}\n"))
            if not HELP.search(text[begin + 1 : found.start()]) and len(found[1].split()) > 2:
                yield name, found[1].replace('\\"', '"').replace("\\\\", "\\")


def is_advice(text):
    """Whether something can be done as the text says: an option, a command, a column of a side file."""
    return OPTION.search(text) or re.search(r"\bbalassa(?:-mpi)? [a-z]|FILE:|python3|\b(?:iconv|nccopy|unzip|tr|sqlite3|Rscript) -?[a-z'\\]", text)


def is_advice_in_words(text):
    return re.search(r"expected .*; |; (?:use|say|give|keep|choose|correct|leave|name|run|write|wait|see|check|add|delete|fetch|convert|look|build) ", text)


# ---- 1. what messages name is there ---------------------------------------------------------------------------------
def options_of(program):
    """Command -> its options and the global ones; "" -> the global ones."""

    def of(*arguments):
        shown = subprocess.run([program, *arguments, "--help"], capture_output=True, text=True).stdout
        return set(re.findall(r"(?:^| |,)(--[a-z][a-z-]*)(?=  |$| [A-Z]|\n)", shown, re.M))
    commands = re.findall(r"^  ([a-z]+)  ", subprocess.run([program, "--help"], capture_output=True, text=True).stdout, re.M)
    everywhere = of() | {"--help"}
    return {"": everywhere, **{c: of(c) | everywhere for c in commands}}


def check_names(program):
    options = options_of(program)
    formats = (TREE / "io/FORMATS.md").read_text()
    keys = set(re.findall(r"^\| `((?:\w+\.)?\w+)` \|", formats, re.M))
    for file, text in literals():
        plain = OTHERS.sub(" ", text)
        for command, rest in re.findall(r"\b(?:balassa |run (?=sweep )|or (?=sweep with ))([a-z]+)((?:(?! \| |; |, or | > |\)|\. )[^`])*)", plain):
            if command not in options:
                if command not in NO_COMMANDS:
                    FAULTS.append(f"{file}: there is no command {command!r}: {text[:90]}")
                continue
            FAULTS.extend(f"{file}: {command} has no {o}: {text[:90]}" for o in OPTION.findall(rest) if o not in options[command])
            plain = plain.replace(rest, " ")
        say = next((c.split() for start, c in SAY.items() if file.startswith(start)), [c for c in options if c])
        for option in OPTION.findall(plain):
            lacking = [c for c in say if option not in options[c]] if any(file.startswith(s) for s in SAY) else [] if any(option in o for o in options.values()) else ["any command"]
            if lacking:
                FAULTS.append(f"{file}: {', '.join(lacking)} lacks {option}: {text[:90]}")
        for listed in re.findall(r"FILE:((?:[a-z]+=[A-Z0-9{}]+,?)+)", text):
            FAULTS.extend(f"{file}: a side file has no key {k}: {text[:90]}" for k in re.findall(r"([a-z]+)=", listed) if k not in SIDE_KEYS)
        for key in re.findall(r"\b(?:select|specification|resample|classes|output|run)\.[a-z_]+\b(?!\()", text):
            if key not in keys:
                FAULTS.append(f"{file}: a plan has no key {key}: {text[:90]}")
        for variable in re.findall(r"\bBALASSA_[A-Z_]+|\bSLURM_[A-Z_]+", text):
            if variable not in formats and variable not in (TREE / "CMakeLists.txt").read_text() and "{" not in text:
                FAULTS.append(f"{file}: {variable} is not in FORMATS: {text[:90]}")


# ---- 2. each message has a row, and each row holds ------------------------------------------------------------------
def check_rows():
    fragments = {row.fragment for row in ROWS} | set(RAISED_ELSEWHERE)
    used = set()
    for file, text in literals():
        mine = {f for f in fragments if f in text}
        words = {f for f in IN_WORDS if f in text}
        used |= mine | words
        if file.startswith(NO_ADVICE):
            continue
        if is_advice(text) and not mine:
            if not words:
                FAULTS.append(f"{file}: gives advice without a row in advice_rows.py: {text[:160]}")
        elif is_advice_in_words(text) and not mine and not words:
            FAULTS.append(f"{file}: gives advice without a row in advice_rows.py: {text[:160]}")
    FAULTS.extend(f"advice_rows.py: no message has {f!r}" for f in sorted((fragments | set(IN_WORDS)) - used))
    for fragment, test in RAISED_ELSEWHERE.items():
        path, _, name = test.partition(":")
        if not (TREE / path).exists() or name not in (TREE / path).read_text():
            FAULTS.append(f"advice_rows.py: {fragment!r} is said to be tested by {test}, which is not there")


class Trial:
    def __init__(self, program, folder):
        self.folder = folder
        self.environment = {"PATH": f"{program.parent}:{pathlib.Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder), "BALASSA_DEVICE": "cpu", "LC_ALL": "C.UTF-8"}

    def write(self, files):
        for name, content in files.items():
            (self.folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def shell(self, command):
        """`command` begins with a subcommand, or is a line of a shell where it begins with a space."""
        line = command.strip() if command.startswith(" ") else "balassa " + command
        done = subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=self.folder, env=self.environment, capture_output=True, text=True, errors="replace", timeout=LIMIT)
        return done.returncode, done.stdout + done.stderr


def fixed_parts(fragment):
    return ".*?".join(re.escape(part) for part in re.split(r"\{[^{}]*\}|FILE", fragment))


def try_row(row, program, show):
    missing = [tool for tool in row.needs if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {row.fragment!r}: needs {', '.join(missing)}")
        return
    for module in row.modules:
        if subprocess.run([sys.executable, "-c", "import " + module], capture_output=True).returncode != 0:
            print(f"skipped: {row.fragment!r}: python3 has no {module}")
            return
    with tempfile.TemporaryDirectory(prefix="advice-") as folder:
        trial = Trial(program, pathlib.Path(folder))
        trial.write(row.files)
        for command in row.before:
            code, said = trial.shell(command)
            if code != 0:
                FAULTS.append(f"{row.fragment!r}: {command}: exit {code}: {said[:300]}")
                return
        code, said = trial.shell(row.raises)
        if show:
            print(f"{row.raises}\n  {said.strip()[:500]}")
        message = next((line for line in said.splitlines() if re.search(fixed_parts(row.fragment), line)), None)
        if message is None and row.elsewhere and row.elsewhere in said:
            print(f"skipped: {row.fragment!r}: this build says: {row.elsewhere}")
            return
        if message is None:
            FAULTS.append(f"{row.fragment!r} is not said by {row.raises} (exit {code}): {said[:300]}")
            return
        if row.remark != (code == 0):
            FAULTS.append(f"{row.fragment!r}: {row.raises}: exit {code}")
        done = []
        for step in row.then:
            if callable(step):
                step = step(message)
            if isinstance(step, dict):
                trial.write(step)
                done.append(" ".join(step))
                continue
            done.append(step)
            code, said = trial.shell(step)
            if show:
                print(f"    -> {step}: {code}")
            if code != 0:
                FAULTS.append(f"{row.fragment!r}: followed by {step}: exit {code}: {said[:300]}")
                return
            if row.remark and re.search(fixed_parts(row.fragment), said):
                FAULTS.append(f"{row.fragment!r}: followed by {step}, and it is said again")
        if row.then and isinstance(row.then[-1], str) is False and not callable(row.then[-1]):
            FAULTS.append(f"{row.fragment!r}: the last step runs nothing")
        _, _, advice = OTHERS.sub(" ", message).rpartition("expected")
        # Of a list of ways out, each has to be gone.
        for option in set(OPTION.findall(advice.partition("; ")[2] or (message if row.remark else ""))) - set(row.unless):
            if not any(option in step for step in done):
                FAULTS.append(f"{row.fragment!r}: the message names {option}, and no step follows it: {message[:200]}")


def check_documented_pipes(program):
    """The pipe that FORMATS shows brings the numbers of the CSV; DuckDB makes the Parquet file itself."""
    make = """ python3 -c "import duckdb; duckdb.sql(\\"COPY (FROM read_csv('true.csv', all_varchar=true, nullstr='none')) TO 'trade.parquet'\\")" """
    for line in re.findall(r"`(python3 -c [^`]*\| balassa import[^`]*)`", (TREE / "io/FORMATS.md").read_text()):
        module = re.search(r"import (\w+)", line)[1]
        if subprocess.run([sys.executable, "-c", "import " + module], capture_output=True).returncode != 0:
            print(f"skipped: the pipe of FORMATS: python3 has no {module}")
            continue
        with tempfile.TemporaryDirectory(prefix="advice-") as folder:
            trial = Trial(program, pathlib.Path(folder))
            trial.write(TRUE)
            for step in (make, " " + line, SAME, SAME_NUMBERS):
                code, said = trial.shell(step)
                if code != 0:
                    FAULTS.append(f"FORMATS: {step.strip()}: exit {code}: {said[:300]}")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--only")
    options.add_argument("--show", action="store_true")
    chosen = options.parse_args()
    program = pathlib.Path(chosen.program).resolve()
    if not chosen.only:
        check_names(program)
        check_rows()
        check_documented_pipes(program)
    rows = [row for row in ROWS if not chosen.only or chosen.only in row.fragment]
    for row in rows:
        try_row(row, program, chosen.show)
    for fault in FAULTS:
        print(fault)
    print(f"{len(rows)} messages raised and followed, {len(RAISED_ELSEWHERE)} by other tests, {len(IN_WORDS)} in words; {len(FAULTS)} faults")
    sys.exit(1 if FAULTS else 0)


main()
