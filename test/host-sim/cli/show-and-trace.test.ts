// `simkey run` with what --show and --trace add, and with faults that come later.

import { describe, expect, test } from "@jest/globals";
import type { Entry } from "../../../host-sim/cli/output/entry.js";
import { selectFaults, switchOff, switchOn } from "../../../host-sim/cli/parts/faults.js";
import { CloudFaults } from "../../../host-sim/cloud/faults.js";
import { Sim7080 } from "../../../host-sim/modem/sim7080.js";
import { simkey } from "../../support/in-process.js";

const QUICK = ["run", "--delay-scale", "0", "--messages", "1", "--json"];

async function entriesOf(...args: string[]): Promise<Entry[]> {
  const { code, stdout, stderr } = await simkey([...QUICK, ...args]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
const said = (entries: readonly Entry[], layer: string) =>
  entries.flatMap(({ event, layer: each, direction, text }) =>
    event === "trace" && each === layer ? [`${direction} ${text}`] : [],
  );
/** What only a secret looks like: a JWT, a parameter of the authorizer with its value. */
const SECRET = /eyJ|(signature|token)=(?!\[…\])[^&" ]/;

describe("all that is said", () => {
  test("is shown packet by packet, head by head, message by message, and no secret", async () => {
    const entries = await entriesOf("--trace", "at,mqtt,http", "--show", "payload");
    expect(said(entries, "at")).toContain("tx AT+CNACT=0,1");
    const mqtt = said(entries, "mqtt").map((line) => line.replace(/ .*? /, (all) => all));
    expect(mqtt[0]).toMatch(
      /^tx CONNECT client id \d{19}, keep-alive 300 s, clean session, user name \d+ bytes \[…\]$/,
    );
    expect(mqtt.slice(1, 5)).toEqual([
      "rx CONNACK 0 accepted",
      expect.stringMatching(/^tx SUBSCRIBE #1 \d+\/commands\/# QoS 1$/),
      "rx SUBACK #1 granted 1",
      expect.stringMatching(/^tx PUBLISH #2 QoS 1 \d+\/telemetry, \d+ bytes$/),
    ]);
    const http = said(entries, "http");
    expect(http[0]).toBe("tx GET /device-api/onboarding/mqtt/tokens HTTP/1.1");
    expect(http).toContain("rx HTTP/1.1 200 OK");
    const payloads = entries.flatMap(({ event, direction, text }) => (event === "payload" ? [[direction, text]] : []));
    expect(payloads[0]).toEqual(["tx", expect.stringMatching(/^\{"seq":1,"uptime":/)]);
    expect(payloads).toContainEqual(["rx", '{"id":"1","cmd":"ping"}']);
    expect(payloads).toContainEqual(["tx", expect.stringMatching(/^\{"id":"1","ok":true,"uptime":\d+\}$/)]);
    expect(JSON.stringify(entries)).not.toMatch(SECRET);
  });

  test.each<[string, string[], string[]]>([
    [
      "by WebSocket",
      ["--transport", "ws"],
      ["tx GET /mqtt HTTP/1.1", "tx token: […]", "rx HTTP/1.1 101 Switching Protocols"],
    ],
    ["by HTTPS", ["--transport", "https"], ["tx username: […]", "tx Content-Length: 227"]],
    ["with a token of the device's own", ["--profile", "google", "--transport", "https"], ["tx authorization: […]"]],
  ])("%s too", async (_what, args, heads) => {
    const entries = await entriesOf(...args, "--trace", "mqtt,http", "--show", "payload");
    const http = said(entries, "http");
    for (const head of heads)
      expect(http.map((line) => line.toLowerCase().replace(/\d+$/, ""))).toContain(
        head.toLowerCase().replace(/\d+$/, ""),
      );
    expect(entries.filter(({ event }) => event === "payload").length).toBeGreaterThan(0);
    expect(said(entries, "mqtt").length > 0).toBe(args.includes("ws"));
    expect(JSON.stringify(entries)).not.toMatch(SECRET);
  });
});

describe("a fault with a time behind @", () => {
  test("begins at that time after power-on, and not before", async () => {
    const entries = await entriesOf("--messages", "3", "--fault", "pdp-drop=0@2500ms");
    const at = entries.findIndex(({ event }) => event === "fault");
    expect(entries[at]).toMatchObject({ fault: "pdp-drop=0", t: expect.any(Number) });
    expect(entries[at]!.t).toBeGreaterThanOrEqual(2_500);
    const lost = entries.findIndex(({ event }) => event === "link-lost");
    expect(lost).toBeGreaterThan(at);
    expect(entries.at(-1)).toMatchObject({ event: "summary", ok: true, lost: 0 });
  });

  test.each<[text: string, atMs: number]>([
    ["no-sim@60", 60_000],
    ["no-sim@60s", 60_000],
    ["broker-drops=3*1@1.5m", 90_000],
    ["late=5@2h", 7_200_000],
    ["restart@500ms", 500],
  ])("%s", (text, atMs) => {
    expect(selectFaults([text]).later).toEqual([{ atMs, text: text.slice(0, text.indexOf("@")) }]);
    expect(selectFaults([text]).modem.has("no-sim")).toBe(false);
  });

  test.each<[args: string[], line: RegExp]>([
    [
      ["run", "--fault", "no-sim@soon"],
      /^simkey: fault no-sim@soon: the time behind @ must be such as 500ms, 60s, 5m or 2h/,
    ],
    [["run", "--fault", "no-sim@999h"], /at most 10 days/],
    [["run", "--fault", "gremlins@5s"], /there is no fault "gremlins"/],
    [["run", "--fault", "late=x@5s"], /fault late: MS must be 0 to 1000000, not "x"/],
    [["run", "--fault", "restart=5@5s"], /with a time behind @ it strikes then, and takes no SECONDS/],
    [["cloud", "--fault", "no-puback@5s"], /a fault with a time behind @ goes with simkey run/],
    [["modem", "--fault", "no-sim@5s"], /goes with simkey run/],
    [["at", "--fault", "no-sim@5s"], /goes with simkey run/],
    [["doctor", "--fault", "no-sim@5s"], /goes with simkey run/],
  ])("%j is refused", async (args, line) => {
    const { code, stderr } = await simkey(args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(line)]);
  });
});

describe("a fault that is switched while the modem runs", () => {
  const NOW = Date.UTC(2026, 0, 1);
  const set = () => {
    const modem = new Sim7080({ sim: 1, seed: 1, delayScale: 0, poweredOn: true });
    let now = NOW;
    const cloud = new CloudFaults();
    const run = (act: (now: number) => unknown) => void act(now);
    /** What was due is done. */
    const settled = () => {
      for (let i = 0; i < 100; i++) {
        now += 100;
        modem.poll(now);
      }
      return modem.snapshot();
    };
    settled();
    return { modem, cloud, run, settled };
  };

  test("is felt at once, and no more once it is taken away", () => {
    const to = set();
    expect(to.settled().registered).toBe(true);
    switchOn("no-coverage", to);
    expect(to.settled().registered).toBe(false);
    switchOff("no-coverage", to);
    expect(to.settled().registered).toBe(true);
  });

  test("may be a SIM that is pulled, and put back", () => {
    const to = set();
    switchOn("no-sim", to);
    expect(to.settled().simReady).toBe(false);
    switchOff("no-sim", to);
    expect(to.settled().simReady).toBe(true);
  });

  test("may be the cloud's", () => {
    const to = set();
    switchOn("no-puback", to);
    expect(to.cloud.strike("no-puback")).toBe("");
    switchOff("no-puback", to);
    expect(to.cloud.strike("no-puback")).toBeUndefined();
    expect(() => switchOff("gremlins", to)).toThrow("there is no fault");
  });
});
