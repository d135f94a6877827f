// What is fed: every reader of bytes from outside, by the guest that has it.

import { type Target, words } from "../../../fuzz/target.js";
import { TARGETS } from "../../../fuzz/targets/index.js";

/** One reader. */
export interface Fed {
  /** As its guest calls it. */
  name: string;
  /** In guests/hostile/. */
  guest: string;
  /** Right inputs and words of the language. */
  seeds: readonly Uint8Array[];
  tokens: readonly Uint8Array[];
  repair?: ((input: Uint8Array) => void) | undefined;
  /** Folder in fuzz/regressions/, and bytes of its inputs that the reader does not get: they tell the fuzzer how to cut. */
  corpus?: string;
  skip: number;
}

/**
 * A reader that has the language of something that is fuzzed.
 * @param skip bytes of the target's inputs that are none of the reader's
 */
function like(guest: string, name: string, skip: number, corpus = name): Fed {
  const target: Target | undefined = TARGETS.find((one) => one.name === corpus);
  if (target === undefined) throw new Error(`nothing that is fuzzed is called ${corpus}`);
  const { seeds, tokens, repair } = target;
  return { name, guest, corpus, skip, tokens, repair, seeds: seeds.map((seed) => seed.subarray(skip)) };
}

const fed = (guest: string, name: string, seeds: readonly string[], tokens: readonly string[]): Fed => ({
  ...{ name, guest, skip: 0 },
  seeds: words(...seeds),
  tokens: words(...tokens),
});

const USER =
  "eyJhbGciOiJFUzI1NiJ9.e30.c2ln?x-amz-customauthorizer-name=n&x-amz-customauthorizer-signature=s%2B&token=t";

export const READERS: readonly Fed[] = [
  like("modem.ts", "at-reader", 2),
  like("modem.ts", "at-answers", 0),
  like("modem.ts", "at-lines", 0, "at-answers"),
  like("wire.ts", "http-response", 1),
  fed("wire.ts", "http-list", ["chunked", 'a, b;c="d, e", f'], [",", ";", '"', "\\", " ", "\t"]),
  like("wire.ts", "ws-frames", 1),
  like("wire.ts", "mqtt-client", 1),
  like("wire.ts", "mqtt-session", 1),
  fed(
    "wire.ts",
    "saved-session",
    ["\x00\x00\x00\x00\x01\x03\x00\x05\x00\x01c\x00\x00\x00\x00\x00\x00"],
    ["\xff", "\x00\x01"],
  ),
  like("wire.ts", "csv", 1),
  like("wire.ts", "json-fields", 1),
  like("wire.ts", "json", 0),
  like("cloud.ts", "onboarding", 1),
  fed(
    "cloud.ts",
    "authorizer",
    [USER],
    ["%", "%00", "%ED%A0%80", "%C0%AE", "&", "=", "?", "x-amz-customauthorizer-name="],
  ),
  fed(
    "cloud.ts",
    "root-url",
    ["https://www.amazontrust.com/repository/a.pem"],
    [".", "..", "/", "@", ":443", "%", "[::1]"],
  ),
  like("cloud.ts", "google-config", 1, "commands"),
  like("cloud.ts", "commands", 1),
  like("cloud.ts", "configuration", 1, "commands"),
  like("store.ts", "credentials", 0),
  like("store.ts", "outbox", 0),
  fed("store.ts", "boot-record", ["\x00\x00\x00\x00", "\x00\x01\x00\x00"], ["\xff"]),
  fed(
    "store.ts",
    "stored-settings",
    ['{"apn":"a.b","telemetryIntervalS":30,"bandsLteM":[3,20]}', "{}"],
    [
      ...[
        '"apn":',
        '"pin":',
        '"bandsLteM":[',
        '"power":"psm"',
        '"psmPeriodS":',
        '"telemetryIntervalS":',
        "1e9",
        "null",
        '"x":',
      ],
    ],
  ),
  fed(
    "store.ts",
    "console",
    ["set apn iot.1nce.net\nget\nstatus\nhelp\n", "set bandsLteM 3,8\rset pin 1234\nunset apn\n"],
    [
      ...[
        "set ",
        "unset ",
        "get ",
        "\n",
        "\r\n",
        "\b",
        "telemetryIntervalS ",
        "bandsNbIot ",
        "power psm",
        "ntpHost ",
        "a..b",
        ".",
      ],
      ...["constructor", "__proto__", "toString", "restart", "key generate"],
    ],
  ),
  fed(
    "store.ts",
    "hosts",
    ["a.iot.amazonaws.com", "*.amazonaws.com"],
    [".", "-", "*.", "xn--", "x".repeat(63), "..", "_"],
  ),
  like("keys.ts", "keys-ec", 1),
  like("keys.ts", "keys-rsa", 1),
  like("keys.ts", "pem", 1),
  like("keys.ts", "utf8", 0),
  like("keys.ts", "base64", 0),
  like("update.ts", "update-deflate", 0),
  like("update.ts", "update-delta", 0),
];

/** A fault that is there on purpose, and what must be said of it; what fills the image's memory is looked for in an ample one. */
export interface Planted {
  fed: Fed;
  says: RegExp;
  in: "image" | "ample";
}

export const PLANTED: readonly Planted[] = (
  [
    ["depth", /stack overflow/, "image"],
    ["names", /names more/, "ample"],
    ["slots", /slots more/, "ample"],
    ["untyped", /planted/, "image"],
    ["differs", /in Node/, "image"],
  ] as const
).map(([name, says, where]) => ({ fed: fed("planted.ts", name, ["a"], ["b"]), says, in: where }));
