// `simkey modem` as somebody without any interest in our firmware starts it: each door and each option once, in real time.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { afterAll, afterEach, describe, expect, test } from "@jest/globals";
import { end, ended, line, objects, startIn } from "../support/command.js";
import { simkey } from "../support/in-process.js";
import { describeWith } from "../support/peers.js";

const SLOW_MS = 60_000;
const home = mkdtempSync(join(tmpdir(), "simkey-doors-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

function modem(...args: string[]): ChildProcess {
  const child = startIn(home, "modem", ...args);
  opened.push(() => (child.exitCode === null && child.signalCode === null ? end(child) : undefined));
  return child;
}

/** A host at one end of a line: sends, and waits for an answer; bytes are Latin-1. */
class Host {
  #said = "";
  #wake = () => {};
  readonly #to: Writable;

  constructor(from: Readable, to: Writable) {
    this.#to = to;
    from.on("data", (bytes: Buffer) => {
      this.#said += bytes.toString("latin1");
      this.#wake();
    });
  }

  /** @returns all that was said up to the end of what matches */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#said);
      if (match) {
        const end = match.index + match[0].length;
        const said = this.#said.slice(0, end);
        this.#said = this.#said.slice(end);
        return said;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  at(text: string, pattern = /OK\r\n|ERROR.*\r\n/): Promise<string> {
    this.#to.write(Buffer.from(`${text}\r`, "latin1"));
    return this.until(pattern);
  }

  bytes(bytes: Uint8Array): void {
    this.#to.write(bytes);
  }
}

async function over(port: number | string): Promise<Host> {
  const socket: Socket = connect(Number(port), "127.0.0.1");
  opened.push(() => socket.destroy());
  await once(socket, "connect");
  const host = new Host(socket, socket);
  await host.at("ATE0");
  return host;
}

/** Wishes to a control port. */
async function control(port: number | string) {
  const socket: Socket = connect(Number(port), "127.0.0.1");
  opened.push(() => socket.destroy());
  await once(socket, "connect");
  const host = new Host(socket, socket);
  return {
    wish: async (wish: object) => {
      host.bytes(Buffer.from(`${JSON.stringify(wish)}\n`));
      return JSON.parse(await host.until(/.*\n/)) as Record<string, unknown>;
    },
    told: (pattern: RegExp) => host.until(pattern),
  };
}

const QUICK = ["--listen", "127.0.0.1:0", "--delay-scale", "0"];
const READY = /powered on, at 127\.0\.0\.1:(\d+)/;
const CONTROL = /control port, JSON lines, at 127\.0\.0\.1:(\d+)[\s\S]*powered on, at 127\.0\.0\.1:(\d+)/;

describe("stdin and stdout", () => {
  test(
    "carry every byte as it is, and the end of the input ends the command",
    async () => {
      const child = modem("--stdio", "--delay-scale", "0");
      const host = new Host(child.stdout!, child.stdin!);
      await host.at("ATE0");
      await host.at("AT+CFSINIT");
      await host.at('AT+CFSWFILE=3,"a.bin",0,6,10000', /DOWNLOAD\r\n/);
      host.bytes(Uint8Array.of(0x00, 0xe9, 0xff, 0x80, 0x0d, 0x1a));
      await host.until(/OK\r\n/);
      const answer = await host.at('AT+CFSRFILE=3,"a.bin",0,6,0');
      expect(Buffer.from(answer, "latin1")).toEqual(
        Buffer.from("\r\n+CFSRFILE: 6\r\n\x00\xe9\xff\x80\r\x1a\r\nOK\r\n", "latin1"),
      );
      child.stdin!.end();
      expect(await ended(child)).toMatchObject({ code: 0, stderr: "" });
    },
    SLOW_MS,
  );
});

describeWith("socat", "a pseudo terminal", () => {
  const PTY = /powered on, at (\S+)/;

  test(
    "serves a terminal program, then a run with the modem's own cloud behind it, and its link goes with it",
    async () => {
      const link = join(home, "modem");
      const child = modem("--pty", "--link", link, "--delay-scale", "0");
      expect((await line(child, PTY))[1]).toBe(link);
      const terminal = spawn("socat", ["-", `${link},raw,echo=0,b115200`]);
      const host = new Host(terminal.stdout!, terminal.stdin!);
      expect(await host.at("ATI")).toContain("R1951");
      await end(terminal);
      const run = await ended(startIn(home, "run", "--modem", `serial:${link}`, "--json", "--messages", "1"));
      expect([run.code, run.stderr]).toEqual([0, ""]);
      expect(objects(run.stdout).at(-1)).toMatchObject({ event: "summary", ok: true, answered: 1 });
      await end(child);
      expect(existsSync(link)).toBe(false);
    },
    SLOW_MS,
  );

  test(
    "each of several modems has one of its own",
    async () => {
      const child = modem("--count", "2", "--pty", "--link", join(home, "many"), "--delay-scale", "0");
      await line(child, /at \S+many-1\n[\s\S]*at \S+many-2\n/);
      expect(readlinkSync(join(home, "many-1"))).not.toBe(readlinkSync(join(home, "many-2")));
    },
    SLOW_MS,
  );
});

test(
  "three modems: each has its SIM, messages go from one to the other, and a wish names the one that is meant",
  async () => {
    const child = modem("--count", "3", ...QUICK, "--control", "127.0.0.1:0");
    const all = /JSON lines, at 127\.0\.0\.1:(\d+)(?:[\s\S]*?powered on, at 127\.0\.0\.1:(\d+)){3}/;
    const [text, port] = await line(child, all);
    const ports = [...text.matchAll(/powered on, at 127\.0\.0\.1:(\d+)/g)].map(([, each]) => each!);
    const { wish, told } = await control(port!);
    const [first, , third] = await Promise.all(ports.map(over));
    const number = /\+CNUM: [^,]*,"(\+\d+)"/.exec(await third!.at("AT+CNUM"))![1];
    const iccids = [await first!.at("AT+CCID"), await third!.at("AT+CCID")];
    expect(iccids[0]).not.toBe(iccids[1]);
    await first!.at("AT+CMGF=1");
    await first!.at(`AT+CMGS="${number}"`, /> /);
    first!.bytes(Buffer.from("hello\x1a"));
    await first!.until(/\+CMGS: 1\r\n\r\nOK\r\n/);
    expect(JSON.parse(await told(/\{.*\n/))).toEqual({ event: "sms", modem: 1, to: number, text: "hello" });
    await third!.until(/\+CMTI: "SM",0\r\n/);
    await third!.at("AT+CMGF=1");
    expect(await third!.at("AT+CMGR=0")).toContain("\r\nhello\r\n");
    expect(await wish({ do: "signal", dbm: -101, modem: 3 })).toEqual({ ok: true });
    expect([await first!.at("AT+CSQ"), await third!.at("AT+CSQ")]).toEqual([
      expect.stringContaining("+CSQ: 20,"),
      expect.stringContaining("+CSQ: 7,"),
    ]);
    expect(await wish({ do: "state", modem: 4 })).toEqual({ ok: false, error: "modem must be a number from 1 to 3" });
  },
  SLOW_MS,
);

test(
  "radio and network are as asked for",
  async () => {
    const echo = createServer((peer) => peer.pipe(peer)).listen(0, "127.0.0.1");
    await once(echo, "listening");
    opened.push(() => echo.close());
    const { port: echoPort } = echo.address() as { port: number };
    const radio = ["--latency", "100", "--bandwidth", "2000", "--loss", "100", "--rat", "NB-IoT", "--signal", "-101"];
    const [, port] = await line(modem(...QUICK, ...radio), READY);
    const host = await over(port!);
    expect(await host.at("AT+CPSI?")).toContain("LTE NB-IOT");
    expect(await host.at("AT+CSQ")).toContain("+CSQ: 7,");
    await host.at("AT+CNACT=0,1", /ACTIVE\r\n/);
    let began = performance.now();
    await host.at(`AT+CAOPEN=0,0,"TCP","127.0.0.1",${echoPort}`, /\+CAOPEN: 0,0\r\n/);
    // There and back.
    expect(performance.now() - began).toBeGreaterThan(190);
    await host.at("AT+CASEND=0,1000", />/);
    began = performance.now();
    host.bytes(new Uint8Array(1000).fill(0x78));
    await host.until(/\+CADATAIND: 0\r\n/);
    // Half a second of bytes, 100 ms, and 400 ms for a segment that was lost, all of it twice; the first half of it at the least.
    expect(performance.now() - began).toBeGreaterThan(1_000);
  },
  SLOW_MS,
);

describe("a scenario", () => {
  const file = (steps: unknown) => {
    const path = join(home, "scenario.json");
    writeFileSync(path, JSON.stringify(steps));
    return path;
  };

  test(
    "comes over time, and its end ends nothing",
    async () => {
      const steps = [
        { at: 0, do: "signal", dbm: -60 },
        { at: 1.5, do: "network", access: "none" },
        { at: 2.5, do: "network", access: "roaming" },
      ];
      const [, port] = await line(modem(...QUICK, "--scenario", file(steps)), READY);
      const host = await over(port!);
      expect(await host.at("AT+CSQ")).toContain("+CSQ: 27,");
      await host.at("AT+CEREG=1");
      await host.until(/\+CEREG: 2\r\n/);
      expect(await host.at("AT+CSQ")).toContain("+CSQ: 99,");
      await host.until(/\+CEREG: 5\r\n/);
    },
    SLOW_MS,
  );

  test.each([
    [[{ at: 1, do: "nope" }], /step 1: "do" must be one of signal, /],
    [
      [
        { at: 0, do: "drop" },
        { at: 9, do: "signal" },
      ],
      /step 2: dbm must be a number from -140 to -40/,
    ],
    [[{ at: 9, do: "signal", dbm: -80, modem: 2 }], /step 1: modem must be a number from 1 to 1/],
    [[{ at: 1, do: "fault", fault: "nonsense" }], /step 1: unknown fault "nonsense"/],
    [[{ at: 3_000_000, do: "drop" }], /step 1: "at" must be seconds from 0 to 2000000/],
  ])("with a wish that is none is refused before anything is opened", async (steps, message) => {
    const { code, stderr } = await simkey(["modem", "--scenario", file(steps)], { SIMKEY_HOME: home });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^simkey: --scenario: /);
  });
});

test(
  "every wish of the control port does what it says",
  async () => {
    const [, port, at] = await line(modem(...QUICK, "--control", "127.0.0.1:0"), CONTROL);
    const [{ wish }, host] = [await control(port!), await over(at!)];
    const done = async (asked: object) => expect(await wish(asked)).toEqual({ ok: true });
    await done({ do: "network", access: "none" });
    expect(await host.at("AT+CEREG?")).toContain("+CEREG: 0,2");
    await done({ do: "network", access: "roaming", cellId: 7, rats: ["LTE-M"] });
    await host.at("AT+CEREG=1");
    expect(await host.at("AT+CPSI?")).toContain(",7,");
    await done({ do: "sms", from: "+4915112345678", text: "hello" });
    await host.until(/\+CMTI: "SM",0\r\n/);
    await done({ do: "urc", text: "+CADATAIND: 0" });
    await host.until(/\+CADATAIND: 0\r\n/);
    await done({ do: "position", latitude: 50, longitude: 8, speedKmh: 100, course: 90 });
    await host.at("AT+CGNSPWR=1");
    expect(await host.at("AT+CGNSINF")).toMatch(/\+CGNSINF: 1,1,\d+\.\d+,50\.000000,8\.0/);
    await done({ do: "sky", open: false });
    expect(await host.at("AT+CGNSINF")).toContain("+CGNSINF: 1,,,");
    await host.at("AT+CGNSPWR=0");
    await host.at("AT+CNACT=0,1", /0,ACTIVE\r\n/);
    await done({ do: "drop" });
    await host.until(/0,DEACTIVE\r\n/);
    await done({ do: "sim", in: false });
    await host.until(/\+CPIN: NOT READY\r\n/);
    await done({ do: "sim", in: true });
    await host.until(/\+CPIN: READY\r\n/);
    await done({ do: "fault", fault: "error" });
    expect(await host.at("AT+CSQ")).toContain("ERROR");
    await done({ do: "fault", fault: "silence*2" });
    await done({ do: "clear", fault: "silence" });
    expect(await host.at("AT")).toContain("OK");
    await done({ do: "mishap", name: "restart" });
    await host.until(/RDY\r\n/);
    await done({ do: "power", on: false });
    expect(await wish({ do: "state" })).toMatchObject({ ok: true, state: { power: "unsupplied" } });
    await done({ do: "power", on: true });
    await host.until(/RDY\r\n/);
    expect(await wish({ do: "nothing" })).toMatchObject({
      ok: false,
      error: expect.stringContaining("signal, network"),
    });
  },
  SLOW_MS,
);
