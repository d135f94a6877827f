// Values of options, checked where they enter.

import { InvalidArgumentError } from "commander";
import { type CloudName, cloudNamed } from "../../../firmware/clouds.js";

/**
 * A parser of a number option.
 * @param whole false: fractions are allowed
 */
export function number(option: string, least: number, most: number, whole = true): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
      throw new InvalidArgumentError(`${option} must be a ${whole ? "whole " : ""}number from ${least} to ${most}`);
    }
    return value;
  };
}

/** The name of a cloud. */
export function cloud(text: string): CloudName {
  try {
    return cloudNamed(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** Gathers a repeated option. */
export const collect = (text: string, before: readonly string[]): string[] => [...before, text];

/** A parser of a comma-separated list of words out of `allowed`. */
export function onlyOf(option: string, allowed: readonly string[]): (text: string) => string[] {
  return (text) => {
    const words = text.split(",").map((word) => word.trim());
    const wrong = words.find((word) => !allowed.includes(word));
    if (wrong !== undefined) throw new InvalidArgumentError(`${option} takes ${allowed.join(", ")}; not "${wrong}"`);
    return words;
  };
}
