// How Stryker runs a core's tests: jest as in jest.config.js, on the tests of that core alone, each mutant against the tests
// that reach it.

/** The longest that one test may take on a mutant; what hangs has noticed it. */
const TEST_TIMEOUT_MS = 2_000;

/**
 * @param {string} name of the core
 * @param {string[]} files globs of what is mutated
 * @param {string[]} tests globs of the tests
 * @param {number} jobs test processes at a time
 */
export function strykerOptions(name, files, tests, jobs) {
  return {
    mutate: files,
    testRunner: "jest",
    testRunnerNodeArgs: ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"],
    coverageAnalysis: "perTest",
    jest: {
      configFile: "jest.config.js",
      // The core's own tests stand beside it: jest needs not search the whole tree for those that import it.
      enableFindRelatedTests: false,
      config: {
        testMatch: tests.map((glob) => `**/${glob}`),
        moduleNameMapper: {
          "^(\\.{1,2}/.*)\\.js$": "$1",
          "^fast-check$": "<rootDir>/test/mutation/fast-check.js",
        },
        testTimeout: TEST_TIMEOUT_MS,
        runner: "<rootDir>/test/mutation/runner.js",
        testEnvironment: "./test/mutation/environment.js",
        reporters: [],
      },
    },
    plugins: ["@stryker-mutator/jest-runner", "./test/mutation/ignore-wording.js"],
    ignorers: ["wording"],
    concurrency: jobs,
    // jest keeps some 35 MB of each run's modules.
    maxTestRunnerReuse: 40,
    // Busy machines are slow; a loop without end is cut short by Stryker's count of hits long before.
    timeoutMS: 4_000,
    timeoutFactor: 2,
    // No file: Stryker would rewrite it with TypeScript's old API.
    tsconfigFile: "none",
    tempDirName: "build/mutation/sandbox",
    ignorePatterns: ["/build", "/dist", "/docs", "/bench", "/fuzz"],
    reporters: ["clear-text", "json", "progress-append-only"],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: false },
    jsonReporter: { fileName: `build/mutation/${name}.json` },
    allowEmpty: false,
  };
}
