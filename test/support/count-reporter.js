// Prints the run's totals in one plain line after jest's own summary.
export default class CountReporter {
  /** @param {unknown} _contexts @param {{numPassedTests: number, numFailedTests: number, numFailedTestSuites: number, numRuntimeErrorTestSuites: number}} results */
  onRunComplete(_contexts, results) {
    // A suite that could not even load has no failed test of its own, but it has failed.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // The default reporter prints its summary in its own onRunComplete, which ran before this one.
    process.stderr.write(`${results.numPassedTests} passed, ${failed} failed\n`);
  }
}
