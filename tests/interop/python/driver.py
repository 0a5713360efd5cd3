"""Runs tests of a checkout of ocapn-test-suite, and tells each outcome as a line of JSON.

usage: driver.py <checkout> <locator> [<module>.<class>.<test>, or the beginning of such names ...]

The suite's own runner does the same for people to read, and needs more packages than the tests do.
"""

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


def main(checkout, locator, *wanted):
    os.chdir(checkout)
    sys.path.insert(0, checkout)
    sys.dont_write_bytecode = True

    from netlayers.testing_only_tcp import TestingOnlyTCPNetlayer
    from utils.ocapn_uris import OCapNPeer
    from utils.test_suite import CapTPTestLoader

    peer = OCapNPeer.from_uri(locator)
    netlayer = TestingOnlyTCPNetlayer(peer.hints["host"])
    loader = CapTPTestLoader(netlayer, peer, "1.0")
    result = Result()
    for test in tests_of(loader.discover("tests", pattern="*.py")):
        if not wanted or any(test.id() == name or test.id().startswith(name + ".") for name in wanted):
            test.run(result)
    return 0 if result.testsRun > 0 else 3


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
