import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeUtf8 } from "../../../../firmware/bytes/utf8.js";
import { Channel, MAX_QUEUED_COMMANDS, MAX_REPLY_LINES, MAX_WAITERS } from "../../../../firmware/modem/at/channel.js";
import { action, bare, type Command, query, together } from "../../../../firmware/modem/at/command.js";
import { AtError } from "../../../../firmware/modem/at/error.js";
import { MAX_LINE_BYTES } from "../../../../firmware/modem/at/reader.js";
import type { Urc } from "../../../../firmware/modem/at/urc.js";
import { powerDown, probe } from "../../../../firmware/modem/sim7080/commands/basic.js";
import { enterPin } from "../../../../firmware/modem/sim7080/commands/identity.js";
import { receive, send } from "../../../../firmware/modem/sim7080/commands/socket.js";
import type { SerialOptions } from "../../../../firmware/platform/io.js";
import { type Script, ScriptedSerial } from "../scripted-serial.js";

const READ = query("AT+CSQ", 1000, "+CSQ:", (rest) => rest);
const OK = "\r\nOK\r\n";

const text = (line: string) => line;
const note = (urcs: string[], line: string) => urcs.push(line);
const READY: Urc<string, string[]> = { prefix: "RDY", parse: text, handle: note };
/** A context's number; a line without one is a bad one. Nobody but who waits for it hears of it. */
const PDP: Urc<number, string[]> = {
  prefix: "+APP PDP:",
  parse: (line) => Number(/\d/.exec(line)?.[0] ?? Number.NaN) || undefined,
};
const URCS: readonly Urc<unknown, string[]>[] = [
  READY,
  PDP,
  { prefix: "+CADATAIND: 4", parse: text, handle: (urcs, line) => urcs.push(`first ${line}`) },
  { prefix: "+CADATAIND:", parse: text, handle: note },
  { prefix: "+CASTATE:", parse: text, handle: note },
  { prefix: "+CFUN:" },
];

class Bench {
  readonly far: ScriptedSerial;
  readonly channel: Channel;
  readonly urcs: string[] = [];
  readonly trace: string[] = [];
  closed: AtError | undefined;

  constructor(script?: Script) {
    this.far = new ScriptedSerial(script);
    this.channel = new Channel({
      Serial: this.far.Serial,
      timer: this.far.timer,
      baud: 115_200,
      trace: (direction, text) => this.trace.push(`${direction} ${text}`),
      urcs: URCS,
      target: this.urcs,
      onClosed: (error) => {
        this.closed = error;
      },
    });
  }

  run<T>(command: Command<T>): Promise<T> {
    return this.far.settle(this.channel.run(command));
  }

  /** The failure that a command ends with. */
  async failure(command: Command<unknown>): Promise<AtError> {
    return this.run(command).then(
      () => {
        throw new Error("it did not fail");
      },
      (error: AtError) => error,
    );
  }
}

describe("one command in flight", () => {
  test("the next is sent when the one before has its final result", async () => {
    const bench = new Bench((line, far) => far.say(line === "AT+CSQ" ? `\r\n+CSQ: 1,99\r\n${OK}` : OK, 50));
    const results = Promise.all([bench.channel.run(READ), bench.channel.run(action("AT+A", 1000))]);
    await bench.far.scheduler.run(40);
    expect(bench.far.sent).toBe("AT+CSQ\r");
    await expect(bench.far.settle(results)).resolves.toEqual(["1,99", undefined]);
    expect(bench.far.sent).toBe("AT+CSQ\rAT+A\r");
  });

  test("no more than the limit may wait", async () => {
    const bench = new Bench();
    const first = bench.channel.run(READ).catch((error) => error);
    const waiting = Array.from({ length: MAX_QUEUED_COMMANDS }, () => bench.channel.run(READ).catch((error) => error));
    await expect(bench.channel.run(READ)).rejects.toMatchObject({ code: "at-overflow" });
    const ended = await bench.far.settle(Promise.all([first, ...waiting]));
    expect(ended.every((error) => error.code === "at-timeout")).toBe(true);
  });

  test("a line that is too long or not printable is never sent", async () => {
    const bench = new Bench();
    for (const text of [`AT+${"x".repeat(600)}`, "AT+A\rAT+B", 'AT+"ü"', ""]) {
      expect(await bench.failure(action(text, 1000))).toMatchObject({ code: "at-overflow", advice: "give-up" });
    }
    expect(bench.far.sent).toBe("");
  });

  test("several commands in one line are one exchange", async () => {
    const bench = new Bench((_, far) => far.say(`\r\n+CSQ: 7,99\r\n\r\n123\r\n${OK}`));
    expect(await bench.run(together([READ, bare("AT+N", 1000, (line) => /^(\d+)$/.exec(line))]))).toEqual([
      "+CSQ: 7,99",
      "123",
    ]);
    expect(bench.far.sent).toBe("AT+CSQ;+N\r");
    expect(bench.channel.counters.commands).toBe(1);
  });

  test("their line may take as long as the slowest of them, and a little for each of the others", () => {
    const slow = (timeoutMs: number) => ({ ...READ, timeoutMs });
    expect(together([slow(5000), slow(10_000), slow(5000)]).timeoutMs).toBe(12_000);
  });
});

describe("replies and URCs", () => {
  test("a URC between command and reply goes to the handler, not into the reply", async () => {
    const bench = new Bench((_, far) => far.say(`\r\n+CADATAIND: 3\r\n\r\n+CSQ: 5,99\r\n\r\n+CASTATE: 3,0\r\n${OK}`));
    expect(await bench.run(READ)).toBe("5,99");
    expect(bench.urcs).toEqual(["+CADATAIND: 3", "+CASTATE: 3,0"]);
  });

  test("lines that nobody knows are dropped", async () => {
    const bench = new Bench((_, far) => far.say(`\r\nnonsense\r\n+CBC: 1\r\n+CSQ: 5,99\r\n${OK}`));
    expect(await bench.run(READ)).toBe("5,99");
    expect(bench.urcs).toEqual([]);
  });

  test("a result while nothing is in flight means nothing", async () => {
    const bench = new Bench((_, far) => far.say(`\r\n+CSQ: 5,99\r\n${OK}`, 10));
    bench.far.say(`${OK}\r\nERROR\r\n`);
    await bench.far.scheduler.run(5);
    expect(await bench.run(READ)).toBe("5,99");
  });

  test("waiting for a URC begins before the command that causes it", async () => {
    const bench = new Bench((_, far) => far.say(`\r\n+APP PDP: 1,ACTIVE\r\n${OK}`));
    const wait = bench.channel.waitFor([PDP], 1000);
    await bench.run(action("AT+CNACT=0,1", 1000));
    await expect(bench.far.settle(wait.said)).resolves.toBe(1);
  });

  test("a wait may be for several kinds of URC, and for what they say; a bad line ends none", async () => {
    const bench = new Bench();
    const either = bench.channel.waitFor<unknown>([READY, PDP], 1000);
    const third = bench.channel.waitFor([PDP], 1000, (context) => context === 3);
    for (const line of ["+APP PDP: ACTIVE", "+APP PDP: 2,ACTIVE", "RDY", "+APP PDP: 3,ACTIVE"]) {
      bench.far.say(`\r\n${line}\r\n`);
    }
    expect(await bench.far.settle(Promise.all([either.said, third.said]))).toEqual([2, 3]);
    expect(bench.urcs).toEqual(["RDY"]);
  });

  test("of a table's entries the first that fits counts, and one that says nothing is heard by nobody", async () => {
    const bench = new Bench((_, far) =>
      far.say(`\r\n+CFUN: 1\r\n+CADATAIND: 3\r\n+CADATAIND: 4\r\n+CSQ: 5,99\r\n${OK}`),
    );
    expect(await bench.run(READ)).toBe("5,99");
    expect(bench.urcs).toEqual(["+CADATAIND: 3", "first +CADATAIND: 4"]);
  });

  test("a wait for a URC ends by its time limit, by being cancelled, or at once beyond the limit of waits", async () => {
    const bench = new Bench();
    const [late, cancelled] = [bench.channel.waitFor([READY], 500), bench.channel.waitFor([READY], 500)];
    cancelled.cancel();
    await expect(bench.far.settle(cancelled.said)).resolves.toBeUndefined();
    expect(bench.far.scheduler.now).toBe(0);
    await expect(bench.far.settle(late.said)).resolves.toBeUndefined();
    expect(bench.far.scheduler.now).toBe(500);
    for (let i = 0; i < MAX_WAITERS; i++) bench.channel.waitFor([READY], 500);
    await expect(bench.far.settle(bench.channel.waitFor([READY], 500).said)).resolves.toBeUndefined();
    expect(bench.far.scheduler.now).toBe(500);
  });
});

describe("failures", () => {
  test("each form of error result has its code", async () => {
    const replies = [
      "ERROR",
      "+CME ERROR: 10",
      "+CME ERROR: SIM busy",
      "+CME ERROR: who knows",
      "+CMS ERROR: 500",
      "NO CARRIER",
    ];
    const bench = new Bench((_, far) => far.say(`\r\n${replies.shift()}\r\n`));
    expect(await bench.failure(READ)).toMatchObject({ code: "at-error", advice: "back-off", message: "AT+CSQ: ERROR" });
    expect(await bench.failure(READ)).toMatchObject({ code: "at-cme", cme: 10, advice: "give-up" });
    expect(await bench.failure(READ)).toMatchObject({ code: "at-cme", cme: 14, advice: "retry" });
    expect(await bench.failure(READ)).toMatchObject({ code: "at-cme", cme: undefined, advice: "back-off" });
    expect(await bench.failure(READ)).toMatchObject({ code: "at-cme", cme: undefined });
    expect(await bench.failure(READ)).toMatchObject({ code: "at-error" });
  });

  test("no answer: at-timeout at the deadline", async () => {
    const bench = new Bench();
    expect(await bench.failure(READ)).toMatchObject({ code: "at-timeout", advice: "reset-modem" });
    expect(bench.far.scheduler.now).toBe(1000);
  });

  test("OK without the reply, or with one that cannot be read: at-malformed", async () => {
    const bench = new Bench((_, far) => far.say(OK));
    expect(await bench.failure(READ)).toMatchObject({ code: "at-malformed", advice: "retry" });
    const fussy: Command<never> = {
      ...READ,
      parse: () => {
        throw new TypeError("no");
      },
    };
    expect(await bench.failure(fussy)).toMatchObject({ code: "at-malformed" });
  });

  test("a line or a reply beyond its limit: at-overflow, and the line is usable again", async () => {
    const replies = [`+CSQ: ${"9".repeat(MAX_LINE_BYTES)}\r\n`, "\r\n+CSQ: 1\r\n".repeat(MAX_REPLY_LINES + 1)];
    const bench = new Bench((line, far) =>
      far.say(line === "AT" ? OK : `\r\n${replies.shift() ?? "+CSQ: 3"}\r\n${OK}`),
    );
    expect(await bench.failure(READ)).toMatchObject({ code: "at-overflow" });
    expect(await bench.failure(READ)).toMatchObject({ code: "at-overflow" });
    expect(await bench.run(READ)).toBe("3");
  });

  test("a body longer than asked for: at-overflow", async () => {
    const bench = new Bench((line, far) => far.say(line === "AT" ? OK : `\r\n+CARECV: 101,${"z".repeat(101)}${OK}`));
    expect(await bench.failure(receive(0, 100))).toMatchObject({ code: "at-overflow" });
  });

  test("fail ends the command in flight and all that comes, until the channel is resumed", async () => {
    let mute = true;
    const bench = new Bench((_, far) => {
      if (!mute) far.say(`\r\n+CSQ: 3\r\n${OK}`);
    });
    const ended = [READ, READ, READ].map((command) => bench.channel.run(command).catch((error) => error.code));
    const wait = bench.channel.waitFor([READY], 60_000);
    bench.channel.fail(new AtError("at-restarted", "gone"));
    expect(await Promise.all(ended)).toEqual(["at-restarted", "at-restarted", "at-restarted"]);
    await expect(wait.said).resolves.toBeUndefined();
    mute = false;
    expect(await bench.failure(READ)).toMatchObject({ code: "at-restarted" });
    bench.channel.resume();
    expect(await bench.run(READ)).toBe("3");
  });

  test("a serial line that is gone fails all, now and later", async () => {
    const bench = new Bench();
    const pending = bench.channel.run(READ).catch((error) => error);
    bench.far.fail(new Error("unplugged"));
    expect(await pending).toMatchObject({ code: "at-closed" });
    expect(bench.closed).toMatchObject({ code: "at-closed" });
    await expect(bench.channel.run(READ)).rejects.toMatchObject({ code: "at-closed" });
    await expect(bench.channel.waitFor([READY], 60_000).said).resolves.toBeUndefined();
    bench.channel.close();
  });

  test("closed by its owner, it fails what waits and tells nobody", async () => {
    const bench = new Bench();
    const pending = bench.channel.run(READ).catch((error) => error);
    bench.channel.close();
    expect(await pending).toMatchObject({ code: "at-closed" });
    expect(bench.closed).toBeUndefined();
  });
});

describe("after a lost answer", () => {
  test("a late reply is not taken for the next command's", async () => {
    const bench = new Bench((line, far) => {
      if (line === "AT+LATE") far.say(OK, 1020);
      if (line === "AT") far.say(OK, 10);
      if (line === "AT+CSQ") far.say(`\r\n+CSQ: 8\r\n${OK}`, 10);
    });
    const late = bench.channel.run(action("AT+LATE", 1000)).catch((error) => error.code);
    const next = bench.channel.run(READ);
    expect(await bench.far.settle(Promise.all([late, next]))).toEqual(["at-timeout", "8"]);
    expect(bench.far.sent).toBe("AT+LATE\rAT\rAT+CSQ\r");
  });

  test("a body that lost bytes on the line does not swallow the replies to come", async () => {
    const bench = new Bench((line, far) => {
      if (line.startsWith("AT+CARECV")) far.say(`\r\n+CARECV: 1000,${"z".repeat(100)}${OK}`);
      else far.say(line === "AT" ? OK : `\r\n+CSQ: 3${OK}`);
    });
    expect(await bench.failure(receive(0, 1460))).toMatchObject({ code: "at-timeout" });
    expect(await bench.run(READ)).toBe("3");
  });

  test("a modem that answers no plain AT fails all that wait, without each deadline in turn", async () => {
    const bench = new Bench();
    const ended = Array.from({ length: 10 }, () =>
      bench.channel.run(action("AT+SLOW", 60_000)).catch((error) => error.code),
    );
    expect(new Set(await bench.far.settle(Promise.all(ended)))).toEqual(new Set(["at-timeout"]));
    expect(bench.far.scheduler.now).toBeLessThan(70_000);
  });
});

describe("the data phase", () => {
  test("the bytes follow the prompt, and a URC may come before OK", async () => {
    const data = Uint8Array.from([0x1a, 0x0d, 0x1b, 0]);
    const bench = new Bench((line, far) => {
      if (line.startsWith("AT+CASEND")) far.say("\r\n> ", 20);
      if (line.includes("\x1a")) far.say(`\r\n+CADATAIND: 0\r\n${OK}`, 20);
    });
    await bench.run(send(0, data));
    expect(bench.far.sent).toBe("AT+CASEND=0,4,2000\r\x1a\r\x1b\0");
    expect(bench.urcs).toEqual(["+CADATAIND: 0"]);
  });

  test("an error instead of the prompt: no byte was taken", async () => {
    const bench = new Bench((_, far) => far.say("\r\nERROR\r\n"));
    expect(await bench.failure(send(0, new Uint8Array(4)))).toMatchObject({ code: "at-error", dataTaken: false });
    expect(bench.far.sent).toBe("AT+CASEND=0,4,2000\r");
  });

  test("an OK before the prompt is another command's, come late: the bytes are not taken for sent", async () => {
    const bench = new Bench((line, far) => {
      if (line.startsWith("AT+CASEND")) {
        far.say(OK, 10);
        far.say("\r\n> ", 20);
      } else far.say(OK, 10);
    });
    await bench.run(send(0, encodeUtf8("abcd")));
    expect(bench.far.sent).toBe("AT+CASEND=0,4,2000\rabcd");
    const deaf = new Bench((line, far) => {
      if (line.startsWith("AT+CASEND")) far.say(OK, 10);
    });
    expect(await deaf.failure(send(0, encodeUtf8("abcd")))).toMatchObject({ code: "at-timeout", dataTaken: false });
  });

  test("an error behind the bytes says that they were taken", async () => {
    const bench = new Bench((line, far) => far.say(line.startsWith("AT+") ? "\r\n> " : "\r\nERROR\r\n"));
    expect(await bench.failure(send(0, new Uint8Array(4)))).toMatchObject({ code: "at-error", dataTaken: true });
  });

  test("a line with little room gets the bytes piece by piece", async () => {
    const bench = new Bench((line, far) => {
      if (line.startsWith("AT+")) far.say("\r\n> ");
      else far.grant();
      if (far.sent.endsWith("ijkl")) far.say(OK);
    });
    bench.far.room = 100;
    await bench.far.scheduler.run(1);
    const done = bench.channel.run(
      send(
        0,
        Uint8Array.from("abcdefghijkl", (c) => c.charCodeAt(0)),
      ),
    );
    bench.far.room = 5;
    await bench.far.settle(done);
    expect(bench.far.sent).toBe("AT+CASEND=0,12,2000\rabcdefghijkl");
  });
});

describe("the trace", () => {
  test("shows lines, and bodies by their length only", async () => {
    const bench = new Bench((line, far) => {
      if (line.startsWith("AT+CASEND")) far.say("\r\n> ");
      else if (line.startsWith("AT+CARECV")) far.say(`\r\n+CARECV: 6,secret${OK}`);
      else far.say(OK);
    });
    await bench.run(
      send(
        0,
        Uint8Array.from("secret", (c) => c.charCodeAt(0)),
      ),
    );
    await bench.run(receive(0, 100));
    expect(bench.trace).toEqual([
      "tx AT+CASEND=0,6,2000",
      "rx >",
      "tx [6 bytes]",
      "rx OK",
      "tx AT+CARECV=0,100",
      "rx +CARECV: [6 bytes]",
      "rx OK",
    ]);
  });

  test("and every message mark a PIN, also when it is echoed or refused", async () => {
    const bench = new Bench((line, far) => far.say(`${line}\r\r\n+CME ERROR: incorrect password\r\n`));
    const error = await bench.failure(enterPin("4711"));
    expect(bench.trace).toEqual(["tx AT+CPIN=[…]", "rx +CME ERROR: incorrect password"]);
    expect(error.message).not.toContain("4711");
    for (const heard of ["AT+CPIN=4#11", "AT+CPYN=4711", "4711"]) {
      const noisy = new Bench((_, far) => far.say(`${heard}\r\r\nRDY\r\n\r\nERROR\r\n`));
      await noisy.failure(enterPin("4711"));
      expect(noisy.trace).toEqual(["tx AT+CPIN=[…]", "rx […]", "rx RDY", "rx ERROR"]);
    }
    const combined = together([enterPin("4711"), READ] as const);
    await bench.failure(combined);
    expect(bench.trace.join()).not.toContain("4711");
  });
});

test("AT+CPOWD ends with its own text, not with OK", async () => {
  const bench = new Bench((_, far) => far.say("\r\nNORMAL POWER DOWN\r\n", 500));
  await bench.run(powerDown);
  expect(bench.far.scheduler.now).toBe(500);
});

test("whatever comes back, every command settles by its deadline, and the channel works afterwards", async () => {
  const noise = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 800 }),
    fc
      .array(
        fc.constantFrom(
          "\r\nOK\r\n",
          "\r\nERROR\r\n",
          "> ",
          "+CARECV: 9,",
          "+CSQ: 1,1\r\n",
          "RDY\r\n",
          "+CADATAIND: 0\r\n",
          "x".repeat(700),
        ),
        {
          maxLength: 6,
        },
      )
      .map((parts) => Uint8Array.from(parts.join(""), (c) => c.charCodeAt(0))),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(noise, fc.nat(3000)), { maxLength: 8 }), async (bursts) => {
      const bench = new Bench();
      for (const [bytes, ms] of bursts) bench.far.sayBytes(bytes, ms);
      const commands: readonly Command<unknown>[] = [READ, send(1, new Uint8Array(40)), receive(1, 1460), probe(300)];
      const started = bench.far.scheduler.now;
      const limit = commands.reduce((sum, { timeoutMs }) => sum + timeoutMs, 0) + 4 * 3200;
      await bench.far.settle(Promise.allSettled(commands.map((command) => bench.channel.run(command))), limit);
      expect(bench.far.scheduler.now - started).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 60 },
  );
});

describe("the line", () => {
  test("is opened without flow control unless it is asked for, and its speed can be changed", async () => {
    const opened: string[] = [];
    const far = new ScriptedSerial((_, line) => line.say(OK));
    const Serial = class extends far.Serial {
      constructor(options: SerialOptions) {
        super(options);
        opened.push(`${options.baud} ${options.flowControl}`);
      }
    };
    const open = (flowControl?: "hardware") =>
      new Channel({
        Serial,
        timer: far.timer,
        baud: 9600,
        ...(flowControl && { flowControl }),
        urcs: [],
        target: undefined,
        onClosed: () => {},
      });
    open("hardware");
    const channel = open();
    expect(opened).toEqual(["9600 hardware", "9600 none"]);
    // What had begun at the old speed is forgotten, and no trace is needed for anything.
    far.say("+CS");
    await far.scheduler.run(10);
    channel.setBaud(921_600);
    expect(far.bauds.at(-1)).toBe(921_600);
    await far.settle(channel.run(action("AT+A", 100)));
  });

  test("counts the bytes of both ways", async () => {
    const bench = new Bench((_, far) => far.say(`\r\n+CSQ: 3\r\n${OK}`));
    await bench.run(READ);
    expect(bench.channel.counters).toEqual({ txBytes: "AT+CSQ\r".length, rxBytes: 17, commands: 1 });
  });

  test("is quiet after that much silence; while it speaks, that much silence more is waited for", async () => {
    const bench = new Bench();
    for (const ms of [50, 120, 250]) bench.far.say("x", ms);
    await bench.far.settle(bench.channel.quiet(100));
    expect(bench.far.scheduler.now).toBe(400);
  });

  test("that never falls silent is not waited for longer than three seconds", async () => {
    const bench = new Bench();
    for (let ms = 50; ms < 10_000; ms += 100) bench.far.say("x", ms);
    await bench.far.settle(bench.channel.quiet(100));
    expect(bench.far.scheduler.now).toBe(3000);
  });
});

test("check tells why nothing is sent any more, and nothing while all is well", () => {
  const bench = new Bench();
  bench.channel.check();
  const failure = new AtError("at-restarted", "gone");
  bench.channel.fail(failure);
  expect(() => bench.channel.check()).toThrow(failure);
  bench.channel.resume();
  bench.channel.check();
  bench.channel.close();
  expect(() => bench.channel.check()).toThrow(expect.objectContaining({ code: "at-closed" }));
});

test("the longest line is sent, and one character more is not", async () => {
  const bench = new Bench((_, far) => far.say(OK));
  await bench.run(action(`AT${"x".repeat(559)}`, 100));
  expect(await bench.failure(action(`AT${"x".repeat(560)}`, 100))).toMatchObject({
    code: "at-overflow",
    advice: "give-up",
  });
});

test("only a whole line is a result: text around it makes it none", async () => {
  const bench = new Bench((_, far) => far.say("\r\nERRORS\r\nNO ERROR\r\nNOT OK\r\n+CSQ: 3\r\n+CME ERRORS\r\nOK\r\n"));
  expect(await bench.run(READ)).toBe("3");
});

describe("bytes that were taken", () => {
  const taking = (then: string) =>
    new Bench((line, far) => {
      if (line === "AT") far.say(OK);
      else if (line.startsWith("AT+CASEND")) far.say("\r\n> ");
      else far.say(then);
    });

  test.each([
    ["no answer", "", "at-timeout"],
    ["an answer that is too long", `${"9".repeat(MAX_LINE_BYTES + 1)}\r\n`, "at-overflow"],
  ])("are told with %s", async (_, then, code) => {
    expect(await taking(then).failure(send(0, new Uint8Array(4)))).toMatchObject({ code, dataTaken: true });
  });

  test("are none where none are sent", async () => {
    expect(await new Bench().failure(READ)).toMatchObject({ code: "at-timeout", dataTaken: false, lines: [] });
  });
});

test("after an answer that is too long the line is brought into step first", async () => {
  let first = true;
  const bench = new Bench((line, far) => {
    far.say(line === "AT+CSQ" && first ? `${"9".repeat(MAX_LINE_BYTES + 1)}\r\n` : `\r\n+CSQ: 3\r\n${OK}`);
    if (line === "AT+CSQ") first = false;
  });
  await bench.failure(READ);
  expect(await bench.run(READ)).toBe("3");
  expect(bench.far.sent).toBe("AT+CSQ\rAT\rAT+CSQ\r");
});

test("a failure says why, and what may help", async () => {
  const unplugged = new Error("unplugged");
  const bench = new Bench();
  bench.far.fail(unplugged);
  expect(bench.closed).toMatchObject({ code: "at-closed", advice: "reset-modem", cause: unplugged });
  const broken = new TypeError("no");
  const fussy = () => {
    throw broken;
  };
  const other = new Bench((_, far) => far.say(OK));
  expect(await other.failure({ ...action("AT", 10), parse: fussy })).toMatchObject({ cause: broken, advice: "retry" });
  expect(new AtError("at-overflow", "").advice).toBe("reset-modem");
  expect(new AtError("at-restarted", "").advice).toBe("retry");
});
