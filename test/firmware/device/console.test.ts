import { createPublicKey } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Console, type ConsoleParts } from "../../../firmware/device/console.js";
import { MAX_LINE_BYTES } from "../../../firmware/device/console-line.js";
import { consoleKeys } from "../../../firmware/jwt/console-keys.js";
import { DEVICE_KEY } from "../../../firmware/jwt/device-key.js";
import { es256 } from "../../../firmware/jwt/p256.js";
import { configure } from "../../../firmware/settings/configure.js";
import { SETTINGS } from "../../../firmware/settings/table.js";
import { MANIFEST_BYTES, QUERY_BYTES } from "../../../firmware/update/manifest.js";
import { nodeRandom } from "../../../host-sim/platform/system.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { cuts, pieces } from "../../support/pieces.js";

function setUp(identity: "key" | "SIM" = "key", updates?: ConsoleParts["updates"]) {
  const keyValue = new MemoryKeyValue();
  const parts: ConsoleParts = {
    keyValue,
    status: () => ({ phase: "online", acked: 3 }),
    ...(identity === "key" && { keys: consoleKeys(keyValue, nodeRandom, es256) }),
    ...(updates && { updates }),
    built: { pin: "1234" },
    settings: configure({ pin: "1234" }),
  };
  const made = new Console(parts);
  const type = (text: string) => made.receive(Buffer.from(text, "latin1"));
  /** Lines of the answer to a line; the first of all is the line's echo. */
  const ask = (line: string) => type(`${line}\n`).text.split("\n").slice(1, -1);
  return { keyValue, parts, type, ask };
}

describe("commands", () => {
  test("help names each of them, and each setting is listed by get", () => {
    const { ask } = setUp();
    const help = ask("help").join("\n");
    for (const word of ["status", "get", "set", "unset", "key generate", "restart"]) expect(help).toContain(word);
    const names = ask("get").map((line) => line.split(" ")[0]);
    expect(names).toEqual([...Object.keys(SETTINGS), "ok"]);
  });

  test("help names a key only where there can be one", () => {
    const help = setUp("SIM").ask("help").join("\n");
    expect(help).toMatch(/^help: [\s\S]*^restart: /m);
    expect(help).not.toContain("key");
  });

  test("status is JSON", () => {
    expect(setUp().ask("status")).toEqual(['{"phase":"online","acked":3}', "ok"]);
  });

  test("restart is asked of whoever holds the console", () => {
    const { type } = setUp();
    expect(type("restart\r\n")).toEqual({ text: "restart\nok\n", restart: true });
    expect(type("status\r\n").restart).toBe(false);
  });

  test.each([
    ["format", 'error: "format" is no command; try help'],
    ["constructor", 'error: "constructor" is no command; try help'],
    ["x".repeat(100), `error: "${"x".repeat(24)}" is no command; try help`],
    ["key", "error: usage: key generate [replace] | key public [pem|jwk]"],
    ["key show", "error: usage: key generate [replace] | key public [pem|jwk]"],
    ["key public", "error: there is no key yet: key generate"],
    ["get nothing", "error: there is no such setting; get shows all"],
    ["get __proto__", "error: there is no such setting; get shows all"],
    [
      "set telemetryIntervalS x",
      'error: setting "telemetryIntervalS" must be a whole number from 1 to 86400 (seconds)',
    ],
    ["set pin 99", 'error: setting "pin" must be 4 to 8 digits'],
    ["st\tatus", "error: a line is printable ASCII"],
  ])("%j is refused", (line, answer) => {
    expect(setUp().ask(line)).toEqual([answer]);
  });

  test.each(["set", "set toString 1", "unset", "unset constructor"])("%j names no setting", (line) => {
    expect(setUp().ask(line)[0]).toMatch(/^error: there is no such setting; known: apn/);
  });
});

describe("settings", () => {
  test("are stored for the next start, and taken away again", () => {
    const { ask } = setUp();
    expect(ask("get telemetryIntervalS")).toEqual(["telemetryIntervalS 60", "ok"]);
    expect(ask("set telemetryIntervalS 30")).toEqual(["ok"]);
    expect(ask("set bandsLteM 3,20")).toEqual(["ok"]);
    expect(ask("set transport ws")).toEqual(["ok"]);
    expect(ask("get telemetryIntervalS")).toEqual(["telemetryIntervalS 60, then 30", "ok"]);
    expect(ask("get bandsLteM")).toEqual(["bandsLteM -, then [3,20]", "ok"]);
    expect(ask("unset telemetryIntervalS")).toEqual(["ok"]);
    expect(ask("get telemetryIntervalS")).toEqual(["telemetryIntervalS 60", "ok"]);
  });

  test("that are secret are not shown", () => {
    const { ask } = setUp();
    ask("set pin 4321");
    expect(ask("get").join()).not.toMatch(/1234|4321/);
    expect(ask("get pin")).toEqual(["pin […]", "ok"]);
  });
});

describe("the device's key", () => {
  test("is generated in place; its public half is a key to Node, in either form", () => {
    const { ask, keyValue } = setUp();
    const generated = ask("key generate");
    expect(generated.at(-1)).toBe("ok");
    const pem = `${generated.slice(0, -1).join("\n")}\n`;
    expect(ask("key public")).toEqual(generated);
    expect(ask("key public pem")).toEqual(generated);
    const key = createPublicKey(pem);
    expect(key.export({ type: "spki", format: "pem" })).toBe(pem);
    expect(key.export({ format: "jwk" })).toEqual(JSON.parse(ask("key public jwk")[0]!));
    expect(keyValue.read(DEVICE_KEY)).toHaveLength(32);
  });

  test("never leaves, whatever is asked", () => {
    const { ask, keyValue } = setUp();
    ask("key generate");
    const d = Buffer.from(keyValue.read(DEVICE_KEY)!);
    const said = ["help", "status", "get", "key public", "key public jwk", "key generate"].flatMap(ask).join("\n");
    for (const form of ["hex", "base64", "base64url"] as const)
      expect(said).not.toContain(d.toString(form).slice(0, 40));
  });

  test("is replaced only when somebody says so", () => {
    const { ask } = setUp();
    const first = ask("key generate");
    expect(ask("key generate")[0]).toMatch(/^error: there is a key/);
    expect(ask("key public")).toEqual(first);
    expect(ask("key generate replace")).not.toEqual(first);
  });

  test("that is damaged is said to be", () => {
    const { ask, keyValue } = setUp();
    keyValue.write(DEVICE_KEY, new Uint8Array(32));
    expect(ask("key public")[0]).toMatch(/^error: the stored key is damaged/);
  });

  test("is none where the SIM is the identity", () => {
    expect(setUp("SIM").ask("key generate")).toEqual(["error: this device has no key: its SIM is its identity"]);
  });
});

describe("what arrives on the line", () => {
  test("ends with CR, LF or both; empty lines are no command; backspace takes a character back", () => {
    const { type } = setUp();
    expect(type("\r\n\n  \r\nstatux\u0008s\r\nstatus\rstat\u007f\u007fatus\n").text.match(/^ok$/gm)).toHaveLength(3);
  });

  test("may be as long as the limit and no longer", () => {
    const { ask } = setUp();
    const padded = (length: number) => `status${" ".repeat(length - 6)}`;
    expect(ask(padded(MAX_LINE_BYTES)).at(-1)).toBe("ok");
    expect(ask(padded(MAX_LINE_BYTES + 1))).toEqual([`error: a line has at most ${MAX_LINE_BYTES} bytes`]);
    expect(ask(`restart${" ".repeat(MAX_LINE_BYTES)}`)[0]).toMatch(/^error/);
    expect(ask("status").at(-1)).toBe("ok");
  });

  test("gives the same answers in any split", () => {
    const line = fc.constantFrom("status", "get apn", "set listenS 7", "nonsense", "get\t", "", "x".repeat(300));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom("\n", "\r\n", "\r"), cuts, (typed, end, at) => {
        const input = Buffer.from(typed.map((text) => text + end).join(""));
        const whole = new Console(setUp().parts).receive(input).text;
        const split = new Console(setUp().parts);
        expect(
          pieces(input, at)
            .map((piece) => split.receive(piece).text)
            .join(""),
        ).toBe(whole);
      }),
    );
  });

  test("makes nothing throw", () => {
    const { parts } = setUp();
    const made = new Console(parts);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(typeof made.receive(bytes).text).toBe("string");
      }),
    );
  });
});

describe("updates", () => {
  const updates = (isOffered = true) => {
    const taken: string[] = [];
    return {
      ...{ typed: "", isOffered, onTrial: false, updateStatus: { stage: "fetching", seq: 7 }, taken },
      takeUpdate: (message: Uint8Array) => void taken.push(Buffer.from(message).toString()),
    };
  };

  test("are typed a part a line, and handed over at the end", () => {
    const given = updates();
    const { ask } = setUp("SIM", given);
    const manifest = `${"a".repeat(300)}.${"b".repeat(400)}.${"c".repeat(86)}?X-Amz-Expires=3600`;
    for (const part of manifest.match(/.{1,240}/g)!) expect(ask(`update ${part}`)).toEqual(["ok"]);
    expect(ask("update end")).toEqual(["ok"]);
    expect(given.taken).toEqual([manifest]);
    expect(ask("update")).toEqual(['{"stage":"fetching","seq":7}', "ok"]);
    expect(ask("help").join("\n")).toContain("update [PART | end]");
  });

  test("that are on trial are not undone by a restart", () => {
    const given = { ...updates(), onTrial: true };
    const { type } = setUp("SIM", given);
    const refused = { text: "restart\nerror: a restart would undo the update that is on trial\n", restart: false };
    expect(type("restart\n")).toEqual(refused);
    given.onTrial = false;
    expect(type("restart\n")).toEqual({ text: "restart\nok\n", restart: true });
  });

  test("that are too long are begun anew", () => {
    const given = updates();
    const { ask } = setUp("SIM", given);
    const answers = Array.from({ length: 9 }, () => ask(`update ${"a".repeat(240)}`)[0]);
    const most = MANIFEST_BYTES + 1 + QUERY_BYTES;
    expect(answers.at(-1)).toBe(`error: a manifest has at most ${most} bytes: begin anew`);
    expect(given.typed).toBe("");
  });

  test("are not offered by a cloud without a topic for them, nor on a board with one slot", () => {
    const { ask } = setUp("SIM", updates(false));
    const { ask: without } = setUp("SIM");
    expect(ask("update end")[0]).toMatch(/^error: not offered/);
    expect(without("update end")[0]).toMatch(/^error: this device cannot be updated/);
    expect(without("help").join("\n")).not.toContain("update");
  });
});
