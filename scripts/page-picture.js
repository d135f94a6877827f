#!/usr/bin/env node
// Draws the page for the README, docs/page-light.png and docs/page-dark.png, in Debian's Chromium: a device that has come
// through a tunnel. CI runs it, so that it goes on working; pictures are compared by nobody.
//
//   npm run picture

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { servePage } from "../dist/host-sim/page/serve.js";
import { toHash } from "../dist/host-sim/page/world/plan.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const VIEWPORT = { width: 1680, height: 1010 };
const PLAN = {
  kind: "desk",
  seed: 12,
  settings: {},
  actions: [
    { at: 60_000, do: "signal", dbm: -104 },
    { at: 75_000, do: "fault", fault: "network-no-coverage", forMs: 110_000 },
    { at: 186_000, do: "signal", dbm: -82 },
    { at: 260_000, do: "part", part: "sht3x", name: "temperature", value: 31 },
    { at: 300_000, do: "command", json: { cmd: "led", id: "p1", on: true } },
    { at: 330_000, do: "fault", fault: "socket-stall", forMs: 45_000 },
  ],
};

const { url, close } = await servePage({ folder: join(ROOT, "dist/page") });
const browser = await chromium.launch({
  executablePath: execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim(),
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
for (const colorScheme of ["light", "dark"]) {
  const page = await browser.newPage({ viewport: VIEWPORT, colorScheme });
  await page.goto(`${url}#${toHash({ plan: PLAN, untilMs: 345_000 })}`);
  await page.waitForFunction(() => document.querySelector("#elapsed")?.textContent?.startsWith("0:05:45"));
  await page.click('[data-tab="Board"]');
  await page.waitForSelector(".chart canvas");
  await page.waitForTimeout(500);
  const path = join(ROOT, `docs/page-${colorScheme}.png`);
  await page.screenshot({ path });
  console.log(path);
}
await browser.close();
await close();
