// Jest in the place of `node:test`, for the examples' own tests.

export { describe, test } from "@jest/globals";
