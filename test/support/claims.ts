// What tests of tokens begin with: a time, claims, and the code of a failure.

import { expect } from "@jest/globals";
import type { ClaimsOptions } from "../../firmware/jwt/claims.js";
import { JwtError } from "../../firmware/jwt/errors.js";

/** In milliseconds, and as a NumericDate. */
export const WALL = Date.UTC(2026, 10, 22, 12);
export const NOW = WALL / 1000;
export const base: ClaimsOptions = { wallMs: WALL, lifetimeS: 3600, aud: "my-project" };

/** The code of the JwtError that the work throws; `none` where it throws nothing. */
export function code(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(JwtError);
    return (error as JwtError).code;
  }
  return "none";
}
