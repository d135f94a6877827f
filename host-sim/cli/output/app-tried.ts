// How much of an app a storm has tried, in lines for people.

import type { AppTried, Untried } from "../../storm/app-tried.js";

const COLUMN = 12;

/**
 * @param tried over all seeds
 * @param noEvidence promises of which nothing was seen either, by their verdicts
 */
export function appTriedText(tried: AppTried & { untried: readonly Untried[] }, noEvidence: readonly string[]): string {
  const { samples, sampled, commands, settings, published, kept, faults, untried } = tried;
  const asked = Object.entries(commands).map(
    ([name, { sent, carriedOut, answered }]) =>
      `${name}: ${sent} sent, ${carriedOut} carried out, ${answered} answered`,
  );
  const changed = Object.entries(settings).map(([name, changes]) => `${name}: changed ${times(changes)}`);
  const reasons = [...new Set(untried.map(({ why }) => why))];
  const unseen = reasons.map((why) => {
    const those = untried.filter((each) => each.why === why).map(({ what }) => what);
    return `${those.join(", ")} (${why})`;
  });
  return [
    ...row("app", [
      `${samples} samples asked for, ${sampled} given; ${published} records published, ${kept} kept`,
      `${faults} faults of it and its parts`,
    ]),
    ...row("commands", asked),
    ...row("settings", changed),
    ...row("nothing was seen of:", [...unseen, ...noEvidence.map((verdict) => `the promise ${verdict}`)], 0),
  ].join("");
}

/** Lines under one name, beside it, or below it where there is no column for it. */
function row(name: string, lines: readonly string[], column = COLUMN): string[] {
  if (lines.length === 0) return [];
  if (column === 0) return [`  ${name}\n`, ...lines.map((line) => `    ${line}\n`)];
  return lines.map((line, at) => `  ${(at === 0 ? name : "").padEnd(column)}${line}\n`);
}

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);
