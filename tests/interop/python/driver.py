"""Runs tests of a checkout of ocapn-test-suite, and tells each outcome as a line of JSON.

The suite's own runner does the same for people to read, and needs more packages than the tests do.
"""

import argparse
import json
import os
import sys
import time
import unittest


class Result(unittest.TestResult):
    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def tell(self, test, outcome, detail=None):
        seconds = round(time.monotonic() - self.started, 3)
        print(json.dumps({"test": test.id(), "outcome": outcome, "detail": detail, "seconds": seconds}), flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.tell(test, "pass")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.tell(test, "fail", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self.tell(test, "fail", self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.tell(test, "skip", reason)


def tests_of(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_of(item)
        else:
            yield item


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkout")
    parser.add_argument("locator", help="of who is tested")
    parser.add_argument("--dialect", required=True, help="to speak")
    parser.add_argument("--tests", help="another checkout, whose tests run in the stead of its own")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME",
                        help="<module>, <module>.<class> or <module>.<class>.<test>; all without")
    args = parser.parse_args()
    tests = os.path.join(args.tests or args.checkout, "tests")

    sys.dont_write_bytecode = True
    here = sys.path.pop(0)
    sys.path.insert(0, args.checkout)

    from netlayers.testing_only_tcp import TestingOnlyTCPNetlayer
    from utils.ocapn_uris import OCapNPeer
    from utils.test_suite import CapTPTestLoader

    sys.path.append(here)
    from adapt import adapt

    adapt(args.dialect)

    def is_wanted(test):
        return not args.only or any((test.id() + ".").startswith(name + ".") for name in args.only)

    peer = OCapNPeer.from_uri(args.locator)
    netlayer = TestingOnlyTCPNetlayer(peer.hints["host"])
    result = Result()
    for test in tests_of(CapTPTestLoader(netlayer, peer, "1.0").discover(tests, pattern="*.py")):
        if is_wanted(test):
            test.run(result)
    return 0 if result.testsRun > 0 else 3


if __name__ == "__main__":
    sys.exit(main())
