// A jest runner that stops at the first test file with a failure: a mutant needs to be noticed once. Files whose tests are not
// among those asked for are not loaded at all, and the quickest come first.

import { readFileSync, writeFileSync } from "node:fs";
import TestRunner from "jest-runner";

/** Full names of the tests by file, as found in the run without a mutant; within Stryker's sandbox. */
const NAMES = "test-names.json";

export default class FirstFailureRunner extends TestRunner {
  async runTests(tests, watcher, options) {
    const { testNamePattern } = this._globalConfig;
    const names = testNamePattern ? JSON.parse(readFileSync(NAMES, "utf8")) : {};
    const wanted = new RegExp(testNamePattern ?? "", "i");
    let failed = false;
    this.on("test-file-success", ([test, result]) => {
      names[test.path] = result.testResults.map(({ fullName }) => fullName);
      failed ||= result.numFailingTests > 0;
    });
    this.on("test-file-failure", () => {
      failed = true;
    });
    const quickestFirst = tests.toSorted((a, b) => (a.duration ?? 0) - (b.duration ?? 0));
    for (const test of quickestFirst) {
      if (failed) return;
      if (testNamePattern && !names[test.path]?.some((name) => wanted.test(name))) continue;
      await super.runTests([test], watcher, options);
    }
    if (!testNamePattern) writeFileSync(NAMES, JSON.stringify(names));
  }
}
