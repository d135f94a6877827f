export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  extensionsToTreatAsEsm: [".ts"],
  moduleNameMapper: {
    "^(\\.{1,2}/.*)\\.js$": "$1",
    // The examples' own tests run here too: with the sources, and with this runner in the place of Node's.
    "^node:test$": "<rootDir>/test/support/node-test.ts",
    "^simkey-firmware$": "<rootDir>/host-sim/exports/app.ts",
    "^simkey-firmware/sim/(.*)$": "<rootDir>/host-sim/exports/sim-$1.ts",
    "^simkey-firmware/(.*)$": "<rootDir>/host-sim/exports/$1.ts",
  },
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "es6" } },
    ],
  },
  // Half of the suites wait for real time: two at once also where there are two cores.
  maxWorkers: 2,
  // A busy machine is no failure: what takes half a second alone may take a minute beside other work.
  testTimeout: 120_000,
  maxConcurrency: 8,
  reporters: ["default", "<rootDir>/test/support/count-reporter.js"],
};
