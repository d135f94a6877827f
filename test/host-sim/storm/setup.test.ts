// What a seed draws of a device: all that there is to be drawn, or a reason why it is not; and a row of the table for each of it.

import { describe, expect, test } from "@jest/globals";
import { CLOUD_NAMES, KEYS } from "../../../firmware/clouds.js";
import { BOARDS } from "../../../firmware/modem/boards.js";
import { configure } from "../../../firmware/settings/configure.js";
import type { Setting } from "../../../firmware/settings/kinds.js";
import { SETTINGS, type SettingName } from "../../../firmware/settings/table.js";
import { RATES } from "../../../host-sim/modem/commands/general.js";
import { reliabilityOf } from "../../../host-sim/storm/report/reliability.js";
import { blocksOf } from "../../../host-sim/storm/report/tables.js";
import { runTrial } from "../../../host-sim/storm/run-trial.js";
import type { Setup } from "../../../host-sim/storm/setup.js";
import { drawMore } from "../../../host-sim/storm/setup-more.js";
import { runStorm } from "../../../host-sim/storm/storm.js";
import { traitsOf } from "../../../host-sim/storm/traits.js";
import { drawTrial } from "../../../host-sim/storm/trial.js";
import { judge } from "../../../host-sim/storm/verdicts/index.js";
import { LAYOUTS } from "../../../host-sim/update/layouts.js";
import { Prng } from "../../../host-sim/world/prng.js";
import { MINUTE, quietTrial } from "./evidence.js";

/** What no seed draws, by its name, and why not. */
const NOT_DRAWN: Readonly<Record<string, string>> = {
  google: "its topics are its own, and each promise about records and commands goes by those below a client id",
  clearblade: "as google",
  "a size of the chip's flash":
    "all boards have one layout of their slots; the size of the outbox's partition is drawn",
};

const setups = Array.from({ length: 400 }, (_, seed) => drawTrial(seed, seed % 2 === 0 ? 24 : 240).setup);
const configs = setups.map(({ config }) => configure(config));
const drawn = <T>(of: (setup: Setup) => T) => new Set(setups.map(of));
const all: [SettingName, Setting][] = Object.entries(SETTINGS) as [SettingName, Setting][];

/** Those of some words that are neither drawn nor excused. */
const missing = (words: readonly string[], seen: ReadonlySet<string>) =>
  words.filter((word) => !seen.has(word) && NOT_DRAWN[word] === undefined);

describe("the seed draws", () => {
  test.each(all)("the setting %s", (name, setting) => {
    const seen = new Set(configs.map((config) => JSON.stringify(config[name])));
    expect(seen.size > 1 || NOT_DRAWN[name] !== undefined).toBe(true);
    if (setting.kind === "choice") {
      const words = new Set(configs.map((config) => String(config[name])));
      expect(missing(setting.words, words)).toEqual([]);
    }
  });

  test("every board, cloud, kind of key and line speed", () => {
    expect(
      missing(
        Object.keys(BOARDS),
        drawn(({ board }) => board),
      ),
    ).toEqual([]);
    expect(
      missing(
        CLOUD_NAMES,
        drawn(({ cloud }) => cloud),
      ),
    ).toEqual([]);
    const signs = setups.filter(({ cloud }) => cloud !== "1nce").map(({ alg }) => alg);
    expect(missing(Object.keys(KEYS), new Set(signs))).toEqual([]);
    const [least, most] = SETTINGS.modemBaud.range;
    const rates = RATES.filter((rate) => rate >= least && rate <= most).map(String);
    expect(
      missing(
        rates,
        drawn(({ config }) => String(config.modemBaud)),
      ),
    ).toEqual([]);
  });

  test("the size of the outbox's partition; of the chip's flash there is one layout", () => {
    expect(drawn(({ flashBlocks }) => flashBlocks).size).toBeGreaterThan(3);
    expect(Object.keys(LAYOUTS)).toHaveLength(1);
  });

  test("TLS sessions in a store that is encrypted, and in one that is not", () => {
    const wants = setups.filter(({ config }) => config.tlsSessions === "flash");
    expect(new Set(wants.map(({ storeIsEncrypted }) => storeIsEncrypted))).toEqual(new Set([true, false]));
  });
});

describe("the table of draws", () => {
  const shown = (setup: Setup) => JSON.stringify(traitsOf(setup));
  /** Whether what one device has shows where another has it. */
  const tells = (change: (setup: Setup, other: Setup) => Setup) =>
    setups.some((setup, i) => shown(change(setup, setups[(i + 1) % setups.length]!)) !== shown(setup));

  test.each(all.map(([name]) => name))("tells of the setting %s", (name) => {
    expect(tells((setup, other) => ({ ...setup, config: { ...setup.config, [name]: other.config[name] } }))).toBe(true);
  });

  test.each(Object.keys(setups.find(({ updates }) => updates)!).filter((key) => key !== "config"))(
    "tells of the setup's %s",
    (key) => expect(tells((setup, other) => ({ ...setup, [key]: other[key as keyof Setup] }))).toBe(true),
  );

  test.each(["json", "literalLineEnds", "rootValue", "schemaSpelling", "framing"] as const)(
    "tells of an answer's %s",
    (key) =>
      expect(tells((setup, other) => ({ ...setup, style: { ...setup.style, [key]: other.style[key] } }))).toBe(true),
  );

  test("fits a screen, however many seeds there are", async () => {
    const [one] = await runStorm({ seeds: 1, hours: 1, seed: 1, threads: 0 });
    const { figures } = one!;
    const results = setups.map((setup) => ({ ...one!, figures: { ...figures, drawn: traitsOf(setup) } }));
    const report = reliabilityOf(results, [], "");
    const lines = blocksOf(report, "").drawn!.split("\n");
    expect(lines.filter((line) => line.length > 130)).toEqual([]);
    expect(lines.length).toBeGreaterThan(40);
    for (const board of Object.keys(BOARDS))
      expect(lines.filter((line) => line.includes(`${board}: `))).toHaveLength(1);
  });
});

describe("a device keeps every promise, and finds its cloud", () => {
  const rare = { onboardingHost: `${"h".repeat(56)}.example`, onboardingPort: 65_535, apn: "internet.m2m" };
  const slow = { modemBaud: 9_600, bandsNbIot: [1, 8, 28], ntpHost: "192.0.2.123" };
  const sleepy = { power: "psm", recordsPerWake: 12, psmPeriodS: 86_400, sendAtOnceWhen: "uptime>1800" } as const;

  test.each([
    ["with names of its own", rare],
    ["on a slow line", slow],
    ["that is woken by news", sleepy],
  ])("%s", async (_, some) => {
    const { setup } = quietTrial();
    const config = { ...setup.config, ...some };
    const evidence = await runTrial(quietTrial({ setup: { ...setup, config } }));
    expect(judge(evidence)).toEqual([]);
    expect(evidence.proofs.length).toBeGreaterThan(10);
    const hosts = new Set(evidence.connections.map(({ host }) => host));
    if ("onboardingHost" in some) expect(hosts.has(some.onboardingHost)).toBe(true);
  });

  test("with an RSA key", async () => {
    const { setup } = quietTrial();
    const trial = quietTrial({ setup: { ...setup, cloud: "jwt", alg: "RS256", tokenLifeS: 3_600 } });
    const evidence = await runTrial(trial);
    expect(judge(evidence)).toEqual([]);
    expect(evidence.proofs.length).toBeGreaterThan(100);
    const signed = evidence.log.flatMap(({ event, fields }) => (event === "signed" ? [fields.alg] : []));
    expect(new Set(signed)).toEqual(new Set(["RS256"]));
  });

  test.each(["amazon", "isrg", "build"] as const)(
    "and is updated by a server under the roots %s",
    async (updateRoots) => {
      const { setup } = quietTrial();
      const release = { at: 10 * MINUTE, seq: 2, act: "good", afterMs: 100, bytes: 32_768, format: "image" } as const;
      const updates = { budgetKb: 400, releases: [{ ...release, retained: false }] };
      const trial = quietTrial({ setup: { ...setup, updates, config: { ...setup.config, updateRoots } } });
      const evidence = await runTrial(trial);
      expect(judge(evidence)).toEqual([]);
      expect(evidence.updates!.confirmed.map(({ seq }) => seq)).toEqual([2]);
      expect(evidence.end.phase).toBe("online");
    },
  );

  test("and goes on from a TLS session in an encrypted store once its power was away", async () => {
    const { setup } = quietTrial();
    const resumed = async (storeIsEncrypted: boolean) => {
      const config = { ...setup.config, tlsSessions: "flash" } as const;
      const faults = [{ at: 30 * MINUTE, fault: "chip-dark", value: 5, duration: 0 }];
      const trial = quietTrial({ hours: 1, faults, setup: { ...setup, config, tickets: "resume", storeIsEncrypted } });
      const { records } = await runTrial(trial);
      const last = [...records.values()].at(-1)!;
      return (JSON.parse(last.text) as { resumed?: number }).resumed ?? 0;
    };
    expect([await resumed(true), await resumed(false)]).toEqual([expect.any(Number), 0]);
    expect(await resumed(true)).toBeGreaterThan(0);
  });
});

test("what else is drawn changes with the seed alone", () => {
  expect(drawMore(new Prng("a"))).toEqual(drawMore(new Prng("a")));
  expect(drawMore(new Prng("a"))).not.toEqual(drawMore(new Prng("b")));
});
