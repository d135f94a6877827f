// Values of options, checked where they enter. What is wrong is said once, so these throw no error that the parser adds words to.

import { type Argument, InvalidArgumentError, Option } from "commander";
import { type CloudName, cloudNamed } from "../../../firmware/clouds.js";
import { UsageError } from "../output/errors.js";
import { meant } from "./nearest.js";

/**
 * A parser of a number option.
 * @param whole false: fractions are allowed
 */
export function number(option: string, least: number, most: number, whole = true): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= least && value <= most) || (whole && !Number.isInteger(value)))
      throw new UsageError(
        `${option} must be a ${whole ? "whole " : ""}number from ${least} to ${most}, not "${text}"`,
      );
    return value;
  };
}

/** The same for a program that leaves it to its parser to tell what is wrong. */
export function plainNumber(...range: Parameters<typeof number>): (text: string) => number {
  const parse = number(...range);
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

/** The name of a cloud. */
export function cloud(text: string): CloudName {
  try {
    return cloudNamed(text);
  } catch (error) {
    throw new UsageError(`--profile: ${(error as Error).message}`);
  }
}

/** Gathers a repeated option. */
export const collect = (text: string, before: readonly string[]): string[] => [...before, text];

/** An option that takes one of some words. */
export function choice(flags: string, description: string, words: readonly string[]): Option {
  const option = new Option(flags, description).choices(words);
  return option.argParser((text: string) => oneOf(option.long!, words, text));
}

/** @throws UsageError that tells the words, and which of them may be meant */
export function oneOf(name: string, words: readonly string[], text: string): string {
  if (words.includes(text)) return text;
  throw new UsageError(`${name} must be one of ${words.join(", ")}, not "${text}"${meant(text, words)}`);
}

/** An option that takes a list of some words, with commas between. */
export function list(flags: string, description: string, words: readonly string[]): Option {
  const option = new Option(flags, description);
  // For completion; its own check would take one word only.
  option.argChoices = [...words];
  const each = (text: string) => oneOf(`each of ${option.long}`, words, text.trim());
  return option.argParser((text: string) => text.split(",").map(each)).default([], "nothing");
}

/** An argument that is one of some words. */
export function worded(argument: Argument, words: readonly string[]): Argument {
  return argument.choices(words).argParser((text: string) => oneOf(`<${argument.name()}>`, words, text));
}
