// How much of an app that it was given a storm says that it has tried.

import { describe, expect, test } from "@jest/globals";
import { defineApp } from "../../../firmware/platform/app.js";
import { appTriedText } from "../../../host-sim/cli/output/app-tried.js";
import { type AppTried, sumOf, untriedOf } from "../../../host-sim/storm/app-tried.js";
import type { GivenApp } from "../../../host-sim/storm/rig.js";
import { runAndJudge, type SeedResult } from "../../../host-sim/storm/run-seed.js";
import { triedIn, unseenIn } from "../../../host-sim/storm/storm.js";
import { drawTrial, type Trial } from "../../../host-sim/storm/trial.js";
import { VERDICTS } from "../../../host-sim/storm/verdicts/index.js";
import { STANDARD_WORLD, type World } from "../../../host-sim/testing/world.js";
import { MINUTE, quietTrial } from "./evidence.js";

/** What the app itself was asked, counted by itself. */
const own = { samples: 0, tilt: 0, published: 0, changed: 0 };

const app = defineApp({
  settings: {
    angle: { default: 10, range: [0, 90], unit: "°", help: "from where on it is tilted" },
    serial: { default: 0, range: [0, 9], unit: "", by: "build", help: "set once" },
  },
  start: (ctx) => ({
    sample: () => {
      own.samples++;
      if (own.samples % 5 === 0) {
        own.published++;
        ctx.publish("tilted", { n: own.samples });
      }
      return own.samples % 2 === 0 ? { angle: 1 } : undefined;
    },
    changed: () => {
      own.changed++;
    },
  }),
  commands: {
    tilt: {
      help: "tilts",
      run: () => {
        own.tilt++;
      },
    },
  },
});
const given: GivenApp = { app, world: STANDARD_WORLD as unknown as World, id: "tilt" };

async function runOf(change: Partial<Trial["setup"]["config"]>, faults: Trial["faults"] = []): Promise<SeedResult> {
  Object.assign(own, { samples: 0, tilt: 0, published: 0, changed: 0 });
  const { setup } = quietTrial();
  const config = { ...setup.config, ...change };
  const talkative = { app: "given", configTopic: true, commandEveryS: 120 } as const;
  return runAndJudge(quietTrial({ faults, setup: { ...setup, ...talkative, config } }), false, given);
}

describe("a storm with an app of one's own", () => {
  test("counts what the app was asked, as the app itself does", async () => {
    const { app: tried, failed } = await runOf({});
    expect(failed).toEqual([]);
    const { tilt } = tried!.commands;
    expect(tried).toMatchObject({ samples: own.samples, published: own.published, kept: own.published });
    expect(tried!.sampled).toBe(Math.floor(own.samples / 2));
    expect(tilt).toMatchObject({ carriedOut: own.tilt });
    expect([tilt!.sent, tilt!.answered].every((count) => count >= own.tilt && count > 0)).toBe(true);
    expect(tried!.settings).toEqual({ angle: own.changed });
    expect(own.changed).toBeGreaterThan(0);
    expect(untriedOf(tried!)).toEqual([{ what: "faults of the app or of its parts", why: "none was drawn" }]);
  });

  test("does not count what a fault did in the app's place", async () => {
    const faults = [
      { at: 20 * MINUTE, fault: "app-floods", duration: 0 },
      { at: 30 * MINUTE, fault: "app-throws", value: "throws", duration: 30 * MINUTE },
      { at: 30 * MINUTE, fault: "app-command", value: "throws", duration: 30 * MINUTE },
      { at: 30 * MINUTE, fault: "modem-freeze", duration: 0 },
    ];
    const { app: tried } = await runOf({}, faults);
    expect(tried).toMatchObject({ samples: own.samples, published: own.published, faults: 3 });
    expect(tried!.commands.tilt).toMatchObject({ carriedOut: own.tilt });
  });

  test("says that with https no command comes", async () => {
    const result = await runOf({ transport: "https" });
    const tried = triedIn([result])!;
    expect(tried).toMatchObject({ hearing: 0, commands: { tilt: { carriedOut: 0, answered: 0 } } });
    expect(tried.untried.map(({ what, why }) => `${what}: ${why}`)).toEqual([
      "the command tilt: with the transport https no command comes",
      "a change of angle: with the transport https no configuration comes",
      "faults of the app or of its parts: none was drawn",
    ]);
  });
});

const tried: AppTried = {
  ...{ samples: 9, sampled: 8, published: 2, kept: 1, faults: 3, hearing: 1, configured: 0 },
  commands: { tilt: { sent: 3, carriedOut: 2, answered: 3 }, level: { sent: 0, carriedOut: 0, answered: 0 } },
  settings: { angle: 0 },
};

describe("what was never tried", () => {
  test.each([
    ["a command that was not sent", {}, "the command level", "none was sent"],
    [
      "a command that was sent in vain",
      { commands: { level: { sent: 2, carriedOut: 0, answered: 1 } } },
      "the command level",
      "2 sent, none carried out",
    ],
    ["a setting without a topic", {}, "a change of angle", "no device had a topic for a configuration"],
    ["a setting that was not changed", { configured: 1 }, "a change of angle", "none was sent that the device took"],
    ["no record", { samples: 0 }, "its sample", "no record was due"],
  ])("%s is told with the reason", (_, change, what, why) => {
    expect(untriedOf({ ...tried, ...change })).toContainEqual({ what, why });
  });

  test("is what no seed has tried", () => {
    const other = { ...tried, commands: { ...tried.commands, level: { sent: 1, carriedOut: 1, answered: 1 } } };
    const sum = sumOf([tried, other]);
    expect(sum).toMatchObject({ samples: 18, hearing: 2, commands: { tilt: { sent: 6 }, level: { carriedOut: 1 } } });
    expect(untriedOf(sum)).toEqual([{ what: "a change of angle", why: "no device had a topic for a configuration" }]);
  });

  test("stands in the text below what was, those of one reason together", () => {
    const deaf = {
      ...tried,
      hearing: 0,
      commands: { ...tried.commands, lie: { sent: 0, carriedOut: 0, answered: 0 } },
    };
    expect(appTriedText({ ...deaf, untried: untriedOf(deaf) }, ["app-answered"])).toBe(
      [
        "  app         9 samples asked for, 8 given; 2 records published, 1 kept",
        "              3 faults of it and its parts",
        "  commands    tilt: 3 sent, 2 carried out, 3 answered",
        "              level: 0 sent, 0 carried out, 0 answered",
        "              lie: 0 sent, 0 carried out, 0 answered",
        "  settings    angle: changed 0 times",
        "  nothing was seen of:",
        "    the command level, the command lie (with the transport https no command comes)",
        "    a change of angle (with the transport https no configuration comes)",
        "    the promise app-answered",
        "",
      ].join("\n"),
    );
  });
});

describe("a promise about apps", () => {
  const nothing = Object.fromEntries(VERDICTS.map(({ name }) => [name, 0]));
  const unseen = async (change: Partial<SeedResult>) => {
    const trial = quietTrial({ hours: 1 });
    const result = await runAndJudge(trial, false);
    return unseenIn([{ ...result, seen: nothing, ...change }]).map(({ verdict }) => verdict);
  };

  test("lacks evidence with an app that was given as with the storm's own, but for what that app does not have", async () => {
    expect(await unseen({})).not.toContain("app-told");
    expect(await unseen({ app: tried })).toEqual(expect.arrayContaining(["app-told", "app-answered"]));
    const without = await unseen({ app: { ...tried, commands: {} } });
    expect(without).toContain("app-told");
    expect(without).not.toContain("app-answered");
  });
});

describe("the devices that an app is given", () => {
  const order = { board: "esp32-breakout", settings: {} } as const;
  const trials = Array.from({ length: 90 }, (_, i) => drawTrial(i + 1, 24, order));

  test("hear commands in the first seeds, and one in nine is by HTTPS", () => {
    const deaf = trials.filter(({ setup }) => setup.config.transport === "https").map(({ seed }) => seed);
    expect(deaf[0]).toBeGreaterThan(8);
    expect(deaf.every((seed) => seed % 9 === 0)).toBe(true);
    expect(deaf.length).toBeGreaterThan(5);
    expect(trials.some(({ setup }) => setup.cloud === "jwt" && setup.config.transport !== "mqtt")).toBe(false);
  });

  test("have a topic for a configuration in the first seed", () => {
    expect(trials[0]!.setup.configTopic).toBe(true);
    expect(trials.some(({ setup }) => !setup.configTopic)).toBe(true);
  });

  test("speak as the project says", () => {
    const settings = { transport: "https" };
    expect(drawTrial(1, 24, { board: "esp32-breakout", settings }).setup.config.transport).toBe("https");
  });
});
