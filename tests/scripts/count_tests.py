"""scripts/count_tests.py: a test whose program was not built is a failure, and is named."""
import pathlib
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "count_tests.py"
# As ctest 3.25 writes them.
PASSED = '<testcase name="good" status="run"><system-out/></testcase>'
FAILED = '<testcase name="bad" status="fail"><failure message=""/></testcase>'
SKIPPED = '<testcase name="no_gpu" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>'
NO_PROGRAM = '<testcase name="lost" status="notrun"><skipped message="Unable to find executable"/></testcase>'
NOT_BUILT = '<testcase name="test_x_NOT_BUILT" status="notrun"><skipped message="Unable to find executable"/></testcase>'


def count(ctest_failed, *cases):
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "tests.xml"
        report.write_text(f"<testsuite>{''.join(cases)}</testsuite>")
        run = subprocess.run([sys.executable, SCRIPT, ctest_failed, report], capture_output=True, text=True)
        return run.returncode, run.stdout.splitlines()


assert count("0", PASSED, SKIPPED) == (0, ["skipped: no_gpu", "1 passed, 0 failed, 1 skipped"])
assert count("1", PASSED, FAILED) == (1, ["failed: bad", "1 passed, 1 failed, 0 skipped"])
assert count("1", PASSED, NO_PROGRAM) == (1, ["not built: lost", "1 passed, 1 failed, 0 skipped"])
assert count("0", PASSED, NOT_BUILT) == (1, ["not built: test_x_NOT_BUILT", "1 passed, 1 failed, 0 skipped"])
code, lines = count("1", PASSED)
assert code == 1 and lines[-1] == "1 passed, 1 failed, 0 skipped"
code, lines = count("0", SKIPPED)
assert code == 1 and lines[-1] == "0 passed, 0 failed, 1 skipped"
run = subprocess.run([sys.executable, SCRIPT, "0", "/nonexistent/tests.xml"], capture_output=True, text=True)
assert run.returncode == 1 and "no report" in run.stdout
