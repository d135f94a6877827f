// `npm run coverage`: the tests of firmware/mqtt and firmware/store, with the branches they must reach.

import base from "../jest.config.js";

const THRESHOLD = { branches: 95 };

export default {
  ...base,
  rootDir: "..",
  roots: ["<rootDir>/test/firmware/mqtt", "<rootDir>/test/firmware/store"],
  collectCoverage: true,
  coverageProvider: "v8",
  collectCoverageFrom: ["firmware/{mqtt,store}/**/*.ts"],
  coverageDirectory: "build/coverage",
  coverageReporters: ["text"],
  coverageThreshold: { "./firmware/mqtt/": THRESHOLD, "./firmware/store/": THRESHOLD },
};
