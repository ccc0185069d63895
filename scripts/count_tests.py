"""Counts the tests of ctest's JUnit reports; the last line is "N passed, N failed, N skipped".

    scripts/count_tests.py CTEST_FAILED REPORT.xml...      CTEST_FAILED: 1 where a run of ctest ended with an error, else 0

A test whose program was not built counts as failed: ctest reports it as "notrun", as it does a test that skips itself.
"""
import sys
import xml.etree.ElementTree as tree


def outcome(case):
    """passed, failed, skipped or 'not built' of one <testcase>."""
    skip = case.find("skipped")
    if case.get("name").endswith("_NOT_BUILT") or (skip is not None and "executable" in skip.get("message", "")):
        return "not built"
    if case.get("status") in ("notrun", "disabled") or skip is not None:
        return "skipped"
    if case.get("status") == "fail" or case.find("failure") is not None:
        return "failed"
    return "passed"


def main():
    count = {"passed": 0, "failed": 0, "skipped": 0, "not built": 0}
    for path in sys.argv[2:]:
        try:
            cases = tree.parse(path).getroot().findall("testcase")
        except (OSError, tree.ParseError) as error:
            print(f"{path}: no report ({error})")
            count["failed"] += 1
            continue
        for case in cases:
            count[outcome(case)] += 1
            if outcome(case) != "passed":
                print(f"{outcome(case)}: {case.get('name')}")
    failed = count["failed"] + count["not built"]
    if sys.argv[1] != "0" and failed == 0:
        print("failed: ctest ended with an error, and no report says why")
        failed = 1
    print(f"{count['passed']} passed, {failed} failed, {count['skipped']} skipped")
    return failed != 0 or count["passed"] == 0


sys.exit(main())
