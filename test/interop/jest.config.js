// `npm run test:interop`: our client against brokers that are not ours, over real sockets.

import base from "../../jest.config.js";

export default {
  ...base,
  rootDir: "../..",
  roots: ["<rootDir>/test/interop"],
  testMatch: ["**/*.interop.ts"],
  testTimeout: 20_000,
};
