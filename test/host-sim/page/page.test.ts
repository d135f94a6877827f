/// <reference lib="dom" />
// The page in Debian's Chromium: what somebody does there by hand, and that its bytes are Node's.

import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { PHASES } from "../../../firmware/device/agent.js";
import { KINDS } from "../../../host-sim/desk/kinds/index.js";
import { NodeModem } from "../../../host-sim/modem/node-modem.js";
import { Sim7080 } from "../../../host-sim/modem/sim7080.js";
import { type Served, servePage } from "../../../host-sim/page/serve.js";
import { type DeskPlan, toHash } from "../../../host-sim/page/world/plan.js";
import { scenarioNamed } from "../../../host-sim/page/world/scenarios.js";
import { digestOf } from "../../../host-sim/page/world/session.js";
import { runTrial } from "../../../host-sim/storm/run-trial.js";
import { drawTrial } from "../../../host-sim/storm/trial.js";
import { CHROMIUM, startChromium } from "../../support/chromium.js";
import { type Ended, ended, heard, startIn } from "../../support/command.js";
import { describeWith } from "../../support/peers.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SLOW_MS = 60_000;
/** Pictures are looked at by people, and compared by nobody. */
const PICTURES = join(ROOT, "build/page-pictures");

const FAULTY: DeskPlan = {
  kind: "desk",
  seed: 7,
  settings: {},
  actions: [
    { at: 30_000, do: "fault", fault: "socket-stall", forMs: 60_000 },
    { at: 100_000, do: "command", json: { id: "1", cmd: "led", on: true } },
    { at: 110_000, do: "part", part: "sht3x", name: "temperature", value: 31 },
  ],
};

describeWith(CHROMIUM, "the page", () => {
  let served: Served;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  beforeAll(async () => {
    // It says no when the first load is larger than it may be.
    execFileSync("node", ["scripts/build-page.js"], { cwd: ROOT, stdio: "pipe" });
    served = await servePage({ folder: join(ROOT, "dist/page") });
    browser = await startChromium();
  }, SLOW_MS);
  afterAll(async () => {
    await browser?.close();
    await served?.close();
  });
  beforeEach(async () => {
    errors.length = 0;
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    page = await context.newPage();
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    // Whatever it wants from elsewhere it does not get, and that is an error.
    await page.route(
      (url) => url.origin !== new URL(served.url).origin,
      (route) => route.abort(),
    );
  });
  afterEach(async () => {
    await page.context().close();
    expect(errors).toEqual([]);
  });

  const open = async (hash = "") => {
    await page.goto(`${served.url}#${hash}`);
    await page.waitForSelector("#play");
  };
  const digest = () => page.textContent("#digest");
  const faster = () => page.getByText("max", { exact: true }).click();
  const touch = (tab: string) => page.click(`[data-tab="${tab}"]`);

  test("has a place for each phase of the agent", async () => {
    await open();
    for (const phase of PHASES) expect(await page.locator(`[data-phase="${phase}"]`).count()).toBe(1);
  });

  test(
    "shows the journey to the first PUBACK",
    async () => {
      await open("seed=1");
      await faster();
      await page.click('[data-lane="MQTT"]');
      await page.click("#play");
      await page.waitForSelector('[data-phase="online"].lit');
      await page.waitForFunction(() => /[1-9]\d* of \d+ acknowledged/.test(document.body.textContent));
      await page.click("#play");
      await page.fill("#search", "puback #1 bytes");
      await page.waitForSelector(".row:has-text('PUBACK')");
      // One record across the lanes.
      await page.click(".row:has-text('#1')");
      await page.click("#follow-record");
      await page.waitForSelector(".following:has-text('#1')");
      expect(await page.locator(".row .lane").allTextContents()).toEqual(
        expect.arrayContaining(["flash", "at", "cloud"]),
      );
    },
    SLOW_MS,
  );

  test(
    "shows compact records as what they say",
    async () => {
      await open("seed=1&settings=%7B%22recordForm%22%3A%22compact%22%7D");
      await faster();
      await page.click('[data-lane="MQTT"]');
      await page.fill("#topic", "+/telemetry");
      await page.fill("#search", '"seq":2,');
      await page.click("#play");
      await page.waitForSelector(".row");
      await page.click("#play");
      await page.click(".row");
      await page.waitForSelector(".details:has-text('compact')");
      expect(JSON.parse((await page.textContent(".details pre"))!)).toMatchObject({ seq: 2, app: expect.anything() });
    },
    SLOW_MS,
  );

  test.each([1, 7, 20_260])(
    "has the digest that Node has (seed %i)",
    async (seed) => {
      const plan = { ...FAULTY, seed };
      const untilMs = 240_000;
      await open(toHash({ plan, untilMs, digest: await digestOf(plan, untilMs) }));
      await page.waitForSelector(".badge.same", { timeout: SLOW_MS });
    },
    SLOW_MS,
  );

  test(
    "says so when the digest is another",
    async () => {
      await open(toHash({ plan: FAULTY, untilMs: 40_000, digest: "0123456789abcdef" }));
      await page.waitForSelector(".badge.differs", { timeout: SLOW_MS });
    },
    SLOW_MS,
  );

  test(
    "has a storm's digest",
    async () => {
      const evidence = await runTrial(drawTrial(5, 1));
      await open("storm=5&hours=1");
      await faster();
      await page.click("#play");
      await page.waitForSelector("#play[disabled]", { timeout: SLOW_MS });
      expect(await digest()).toBe(evidence.digest);
    },
    SLOW_MS,
  );

  test(
    "begins each fault by its button, and ends it",
    async () => {
      await open("seed=3");
      await page.getByLabel("Search faults").fill("-");
      const names = Object.keys(KINDS);
      expect(await page.locator("[data-fault]").count()).toBe(names.length);
      // All at once, as somebody would who is quick: the world stands still, each has its millisecond.
      await page.evaluate(() => {
        for (const button of document.querySelectorAll<HTMLButtonElement>("[data-fault]")) button.click();
      });
      const plan = () => page.evaluate(() => new URLSearchParams(location.hash.slice(1)).getAll("do"));
      const begun = (await plan()).map((text) => JSON.parse(text) as [number, string, string]);
      expect(begun.map(([, what, fault]) => `${what} ${fault}`).sort()).toEqual(
        names.map((name) => `fault ${name}`).sort(),
      );
      await page.click('[data-lane="Board"]');
      const lasting = names.filter((name) => KINDS[name]!.end !== undefined);
      await page.waitForFunction(
        (count) => document.querySelectorAll('[data-fault][aria-pressed="true"]').length === count,
        lasting.length,
      );
      await page.evaluate(() => {
        for (const on of document.querySelectorAll<HTMLButtonElement>('[data-fault][aria-pressed="true"]')) on.click();
      });
      await page.waitForFunction(() => document.querySelectorAll('[data-fault][aria-pressed="true"]').length === 0);
    },
    SLOW_MS,
  );

  test(
    "answers a command of the app, and lights its LED",
    async () => {
      await open("seed=1");
      await faster();
      await page.click("#play");
      await page.waitForSelector('[data-phase="online"].lit');
      await touch("Commands");
      await page.selectOption("#command", "led");
      await page.click("#send");
      await page.waitForSelector('[data-answer="ok"]');
      await touch("Board");
      await page.waitForSelector(".led.lit");
    },
    SLOW_MS,
  );

  test(
    "walks a tour to its end",
    async () => {
      const { steps } = scenarioNamed("tunnel")!;
      await open("seed=2&tour=tunnel");
      await faster();
      for (let i = 0; i < steps.length; i++) {
        await page.waitForSelector(`[data-step="${i}"]`);
        await page.click("#next:not([disabled])");
      }
      await page.waitForSelector(`[data-step="${steps.length}"]`);
    },
    SLOW_MS,
  );

  test(
    "loads what updates need with the tour that has one",
    async () => {
      await open("seed=9&tour=update");
      await faster();
      await page.click("#next:not([disabled])");
      await page.click('#next:not([disabled]):has-text("Next")');
      await page.waitForSelector('[data-step="2"]');
    },
    SLOW_MS,
  );

  test(
    "has an address that shows the same again",
    async () => {
      await open("seed=6");
      await touch("Board");
      await page.evaluate(() => {
        const slider = document.querySelector<HTMLInputElement>("#signal")!;
        slider.value = "-112";
        slider.dispatchEvent(new Event("change", { bubbles: true }));
      });
      await faster();
      await page.click("#play");
      await page.waitForSelector('[data-phase="online"].lit');
      await page.click("#share");
      await page.waitForFunction(() => location.hash.includes("digest="));
      const address = page.url();
      await page.goto("about:blank");
      await page.goto(address);
      await page.waitForSelector(".badge.same", { timeout: SLOW_MS });
    },
    SLOW_MS,
  );

  test(
    "has no more nodes after many entries than after few",
    async () => {
      await open("seed=1&settings=%7B%22telemetryIntervalS%22%3A1%7D");
      await faster();
      const nodes = () => page.evaluate(() => document.querySelectorAll("*").length);
      const entries = async () => Number((await page.textContent("#count"))!.replace(/\D/g, ""));
      const reach = (count: number) =>
        page.waitForFunction(
          (least) => Number(document.querySelector("#count")!.textContent!.replace(/\D/g, "")) > least,
          count,
        );
      await page.click("#play");
      await reach(400);
      const few = await nodes();
      await reach(20_000);
      await page.click("#play");
      expect(await nodes()).toBeLessThan(few + 60);
      expect(await entries()).toBeGreaterThan(20_000);
      // A frame looks at what is new, and draws what is in sight: it costs the same as in the beginning.
      expect(await page.locator(".row").count()).toBeLessThan(80);
    },
    SLOW_MS,
  );

  test.each(["light", "dark"] as const)(
    "has nothing that axe finds, and is drawn (%s)",
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await open("seed=2&tour=tunnel");
      await faster();
      await page.click("#next:not([disabled])");
      await page.waitForSelector('[data-step="1"]');
      for (const tab of ["Faults", "Board", "Commands", "Settings", "USB"]) {
        await touch(tab);
        expect(await violations()).toEqual([]);
      }
      await touch("Faults");
      mkdirSync(PICTURES, { recursive: true });
      await page.screenshot({ path: join(PICTURES, `page-${colorScheme}.png`) });
    },
    SLOW_MS,
  );

  test(
    "has an AT console and a doctor for a real modem at USB, here a simulated one behind a port that is none",
    async () => {
      const core = new Sim7080({ sim: 1, seed: 1, delayScale: 0, poweredOn: true });
      const modem = new NodeModem(core, { sim: 1, names: { lookup: () => undefined } });
      await page.exposeFunction("toModem", (bytes: number[]) => modem.uart.write(Uint8Array.from(bytes)));
      modem.uart.onData = (bytes) =>
        void page.evaluate((some) => (window as unknown as FakePort).fromModem(some), [...bytes]).catch(() => {});
      await page.addInitScript(() => {
        const it = window as unknown as FakePort;
        const readable = new ReadableStream<Uint8Array>({
          start: (controller) => {
            it.fromModem = (bytes) => controller.enqueue(Uint8Array.from(bytes));
          },
        });
        const writable = new WritableStream<Uint8Array>({ write: (bytes) => it.toModem([...bytes]) });
        const port = { readable, writable, open: async () => {}, close: async () => {} };
        Object.defineProperty(navigator, "serial", { value: { requestPort: async () => port } });
      });
      await open();
      await touch("USB");
      await page.click("#serial-open");
      await page.click("#connect");
      await page.fill("#at", "AT+CGMM");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".console:has-text('SIM7080')");
      await page.click("#walk");
      await page.waitForSelector('[data-check="time"]');
      const checks = await page
        .locator("[data-check]")
        .evaluateAll((all) => all.map((each) => `${each.getAttribute("data-check")} ${each.className}`.trim()));
      expect(checks).toEqual(["power", "modem", "sim", "registration", "pdp", "signal", "time"]);
      await modem.close();
    },
    SLOW_MS,
  );

  test.each([360, 768, 1440, 3840])(
    "fits into %i pixels",
    async (width) => {
      await page.setViewportSize({ width, height: 800 });
      await open("seed=1");
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(over).toBeLessThanOrEqual(0);
    },
    SLOW_MS,
  );

  async function violations(): Promise<string[]> {
    await page.evaluate(AXE);
    return page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run: () => Promise<{ violations: AxeViolation[] }> } };
      const { violations: found } = await axe.run();
      return found.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
      );
    });
  }
});

describeWith(CHROMIUM, "a run with a page", () => {
  let home: string;
  let run: ChildProcess;
  let over: Promise<Ended>;
  let url: URL;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "simkey-live-"));
    const app = join(ROOT, "dist/host-sim/storm/app.js");
    run = startIn(home, "run", "--page", "--json", "--delay-scale", "0", "--app", app);
    over = ended(run);
    const [, said] = await heard(run.stdout!, /"url":"([^"]+)"/);
    url = new URL(said!);
    browser = await startChromium();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  }, SLOW_MS);
  afterAll(async () => {
    await browser?.close();
    run?.kill("SIGKILL");
    rmSync(home, { recursive: true, force: true });
  });

  /** @returns status of an answer */
  const ask = async (path: string, headers: Record<string, string>, body?: string): Promise<number> => {
    const { hostname, port } = url;
    const asked = request({ hostname, port, path, headers, method: body === undefined ? "GET" : "POST" }).end(body);
    const [answer] = (await once(asked, "response")) as [{ statusCode: number; destroy(): void }];
    answer.destroy();
    return answer.statusCode;
  };

  test("is served to its own page alone", async () => {
    const { host, origin, pathname } = url;
    expect(url.hostname).toBe("127.0.0.1");
    expect(pathname).toMatch(/^\/[\w-]{22}\/$/);
    expect(await ask(pathname, {})).toBe(200);
    expect(await ask(`${pathname}events`, { host })).toBe(200);
    // A name that was led to this address; a page of somebody else's; no token, or another; a way out of the folder.
    expect(await ask(pathname, { host: "evil.example" })).toBe(403);
    expect(await ask(`${pathname}events`, { origin: "http://evil.example" })).toBe(403);
    expect(await ask("/", {})).toBe(404);
    expect(await ask(`/${"A".repeat(22)}/`, {})).toBe(404);
    expect(await ask(`${pathname}..%2f..%2fpackage.json`, {})).toBe(404);
    expect(await ask(`${pathname}main.js/x`, {})).toBe(404);
    const deed = '{"do":"signal","dbm":-90}';
    expect(await ask(`${pathname}act`, {}, deed)).toBe(403);
    expect(await ask(`${pathname}act`, { origin: "http://evil.example" }, deed)).toBe(403);
    expect(await ask(`${pathname}act`, { origin }, deed)).toBe(204);
    const part = (name: string, value: unknown) => JSON.stringify({ do: "part", part: "sht3x", name, value });
    for (const bad of [
      ...["", "x", "null", '{"do":"signal","dbm":1}', '{"do":"end","fault":"rain"}', '{"do":"part"}'],
      ...[part("toString", 1), part("temperature", "hot"), part("temperature", null)],
      '{"do":"part","part":"__proto__","name":"quantities","value":1}',
    ])
      expect(await ask(`${pathname}act`, { origin }, bad)).toBe(400);
    expect(await ask(`${pathname}act`, { origin }, part("temperature", 1e9))).toBe(204);
    expect(await ask(`${pathname}act`, { origin }, `"${"x".repeat(5_000)}"`)).toBe(400);
  });

  test(
    "shows what happens, takes a fault and a command, and its end",
    async () => {
      await page.goto(url.href);
      await page.waitForSelector('[data-phase="online"].lit');
      await page.waitForSelector(".what:has-text('simulated SIM7080G')");
      await page.fill("#search", "puback");
      await page.click('[data-lane="MQTT"]');
      await page.waitForSelector(".row");
      await page.click('[data-tab="Commands"]');
      await page.click("#send");
      await page.waitForSelector('[data-answer="ok"]');
      // Its app's commands, and the parts of its world.
      await page.selectOption("#command", "led");
      await page.click("#send");
      await page.waitForSelector('.answers li:first-child[data-answer="ok"]');
      await page.click('[data-tab="Board"]');
      await page.waitForSelector(".led.lit");
      await page.waitForSelector("#part-bme280-pressure");
      await page.evaluate(() => {
        const slider = document.querySelector<HTMLInputElement>("#part-sht3x-temperature")!;
        slider.value = "33";
        slider.dispatchEvent(new Event("change", { bubbles: true }));
      });
      await page.click("#press");
      await page.click('[data-lane="All"]');
      await page.fill("#search", '"temperature":33');
      await page.waitForSelector(".row:has-text('telemetry')");
      await page.fill("#search", "part=button");
      await page.waitForFunction(() => document.querySelectorAll(".row").length >= 2);
      await page.click('[data-tab="Faults"]');
      await page.click('[data-fault="no-sim"]');
      await page.waitForSelector(".gauge:has-text('no SIM')");
      run.kill("SIGINT");
      await page.waitForSelector(".trouble:has-text('has ended')");
      expect((await over).code).toBe(130);
    },
    SLOW_MS,
  );
});

/** What stands in the window for the fake port. */
interface FakePort {
  toModem(bytes: number[]): void;
  fromModem(bytes: number[]): void;
}

interface AxeViolation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}
