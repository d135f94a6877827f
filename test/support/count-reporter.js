// Prints the run's totals in one plain line, behind jest's own summary, which jest always prints last of all reporters.
export default class CountReporter {
  /**
   * @param {unknown} _contexts
   * @param {{numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number}} results
   */
  onRunComplete(_contexts, results) {
    // A suite that could not even load has no failed test of its own, but it has failed.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    process.once("exit", () => process.stderr.write(`${results.numPassedTests} passed, ${failed} failed\n`));
  }
}
