// A plan as a test of an app: what was done by hand on the page, to be done again by `npm test`.

import type { Action, DeskPlan } from "./plan.js";

const second = (ms: number) => String(ms / 1_000);

/** Lines of one action, besides faults: those stand in the desk's options. */
const LINES: { readonly [D in Action["do"]]?: (action: Extract<Action, { do: D }>) => string } = {
  command: ({ json }) => `await desk.cloud.command(${JSON.stringify(withoutId(json))});`,
  part: ({ part, name, value }) =>
    name === "pressed"
      ? `desk.board.${part}.pressed = ${value !== 0};`
      : `desk.board.${part}.set(${JSON.stringify(name)}, ${value});`,
  signal: ({ dbm }) => `// on the page the signal was set to ${dbm} dBm here`,
  release: ({ act }) => `// on the page a release was sent here whose image is ${act}`,
  rat: ({ rat }) => `// on the page the cell offered ${rat} from here on`,
};

const withoutId = ({ id: _, ...json }: { id: string }) => json;

/**
 * The text of `app.test.ts`.
 * @param plan what was done; an `end` of a fault gives its beginning a duration
 * @param untilMs when it was saved
 */
export function asTest({ seed, settings, actions }: DeskPlan, untilMs: number): string {
  const faults = actions.flatMap((action, i) => {
    if (action.do !== "fault") return [];
    const end = actions.slice(i + 1).find((other) => other.do === "end" && other.fault === action.fault);
    const { at, fault, value, forMs = end && end.at - at } = action;
    return [{ at, fault, ...(value !== undefined && { value }), ...(forMs !== undefined && { duration: forMs }) }];
  });
  const lines: string[] = [];
  let now = 0;
  const pass = (to: number) => {
    if (to > now) lines.push(`await desk.seconds(${second(to - now)});`);
    now = Math.max(now, to);
  };
  for (const action of actions) {
    const line = (LINES[action.do] as ((action: Action) => string) | undefined)?.(action);
    if (line === undefined) continue;
    pass(action.at);
    lines.push(line);
  }
  pass(Math.max(untilMs, 1_000));
  return [
    "// Saved from the page: what was done there by hand. Say what must hold in the end.",
    "",
    'import assert from "node:assert/strict";',
    'import { test } from "node:test";',
    'import { startDesk } from "simkey-firmware/testing";',
    'import * as app from "./app.ts";',
    "",
    'test("what was done on the page", async () => {',
    "  const desk = startDesk({",
    "    app,",
    `    seed: ${seed},`,
    `    settings: ${JSON.stringify({ telemetryIntervalS: 10, ...settings })},`,
    ...(faults.length > 0
      ? ["    faults: [", ...faults.map((fault) => `      ${JSON.stringify(fault)},`), "    ],"]
      : []),
    "  });",
    ...lines.map((line) => `  ${line}`),
    "  assert.ok(desk.cloud.records.length > 0);",
    "});",
    "",
  ].join("\n");
}
