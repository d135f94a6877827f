// What clouds answer and command: only the layer's own errors are thrown, and what is accepted is sound.

import * as base from "../../firmware/app/app.js";
import { crc32 } from "../../firmware/bytes/crc32.js";
import { encodeUtf8 } from "../../firmware/bytes/utf8.js";
import { AnswerReader } from "../../firmware/cloud/1nce-aws/answer.js";
import { authorizerOf } from "../../firmware/cloud/1nce-aws/authorizer.js";
import { OnboardingError } from "../../firmware/cloud/1nce-aws/errors.js";
import { checkEndpoint } from "../../firmware/cloud/1nce-aws/policy.js";
import { rootAddressOf } from "../../firmware/cloud/1nce-aws/root-url.js";
import { FIELD_LIMITS, TOKEN_LIFE_MS } from "../../firmware/cloud/1nce-aws/token.js";
import { ConfigReader } from "../../firmware/cloud/google/config-reader.js";
import { PublishError } from "../../firmware/cloud/publish.js";
import { readCommand } from "../../firmware/device/commands.js";
import { readConfiguration } from "../../firmware/device/configurator.js";
import { obey, System, type SystemParts } from "../../firmware/device/system.js";
import { SETTINGS } from "../../firmware/settings/table.js";
import { loadCredentials, RECORD_LIMIT } from "../../firmware/store/credentials.js";
import { anySplit, ascii, attempt, cutSeeds, promise, type Target, words } from "../target.js";

const NOW = Date.UTC(2026, 0, 1);
const TYPES = [undefined, "text/csv", "application/json; charset=utf-8", "text/plain"];

function onboard(pieces: readonly Uint8Array[]) {
  let first = true;
  let reader: AnswerReader | undefined;
  const token = attempt([OnboardingError], () => {
    for (const piece of pieces) {
      if (piece.length === 0) continue;
      reader ??= new AnswerReader(TYPES[piece[0]! % TYPES.length]);
      reader.push(first ? piece.subarray(1) : piece);
      first = false;
    }
    reader ??= new AnswerReader(undefined);
    return reader.end(NOW);
  });
  // How much there is to show of a body that is not understood depends on its first piece.
  if ("failed" in token) return token.failed.replace(/(neither CSV nor JSON).*/, "$1");
  for (const name of ["username", "clientId", "endpoint"] as const) {
    promise(/^[\x21-\x7e]+$/.test(token[name]), `${name} holds what must not go on`);
    promise(token[name].length <= FIELD_LIMITS[name], `${name} is longer than its limit`);
  }
  promise(!/[+#/]|^\.\.?$/.test(token.clientId), "a client id that is no part of a topic or a path");
  const judged = attempt([OnboardingError], () => checkEndpoint(token.endpoint, SETTINGS.endpointPattern.default));
  const isOurs = token.endpoint.toLowerCase().endsWith(".amazonaws.com");
  promise(isOurs === (judged === undefined), "an endpoint of somebody else is taken, or one of ours is not");
  promise(token.expiresAt > NOW && token.expiresAt <= NOW + TOKEN_LIFE_MS, "a token that ends too early or too late");
  attempt([OnboardingError], () => authorizerOf(token.username));
  attempt([OnboardingError], () => rootAddressOf(token.rootCaUrl ?? ""));
  return { ...token, rootCa: token.rootCa && [...token.rootCa] };
}

const USER =
  "eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjE4MDAwMDAwMDB9.c2ln?x-amz-customauthorizer-name=n&x-amz-customauthorizer-signature=s&token=t";
const HOST = "a1-ats.iot.eu-central-1.amazonaws.com";
const URL = "https://www.amazontrust.com/repository/AmazonRootCA1.pem";

export const onboarding: Target = {
  name: "onboarding",
  seeds: cutSeeds(
    `\x01${USER},8988280666000000015,${HOST},${URL},`,
    `\x01"${USER}","89882","${HOST}","${URL}","-----BEGIN CERTIFICATE-----\\nMAA=\\n-----END CERTIFICATE-----\\n"\r\n`,
    `\x02{"username":"${USER}","clientId":"89882","iotCoreEndpointUrl":"${HOST}","amazonRootCaUrl":"${URL}"}`,
    "\x00<html>",
  ),
  tokens: words(
    ...[
      USER,
      HOST,
      URL,
      '","',
      '"username":',
      '"clientId":',
      '"iotCoreEndpointUrl":',
      '"amazonRootCa":',
      ".amazonaws.com",
    ],
    ...["https://", "-----BEGIN CERTIFICATE-----", "\\n", "%00", "?", "&", "=", "\x00", "#", "x".repeat(200), ","],
  ),
  work: { base: 4_000, perByte: 250 },
  run: (input) => anySplit(input, onboard),
};

const TIMES = { power: "psm", psmPeriodS: 3600, telemetryIntervalS: 60 };
/** A device that takes commands. */
class Told extends System {
  override status() {
    return { rssi: -70 };
  }
}
const SYSTEM = new Told({
  platform: {
    clock: { monotonic: () => 1, wall: () => NOW, setWall: () => {} },
    keyValue: { read: () => undefined, write: () => {}, delete: () => {} },
    log: () => {},
  },
  config: TIMES,
} as unknown as SystemParts);
const OWN = { ...TIMES, listenS: 5 };

function readConfig(pieces: readonly Uint8Array[]) {
  const reader = new ConfigReader();
  const config = attempt([PublishError], () => {
    for (const piece of pieces) reader.push(piece);
    return reader.end() ?? "none";
  });
  return typeof config === "object" && "data" in config ? { ...config, data: [...config.data] } : config;
}

export const commands: Target = {
  name: "commands",
  seeds: cutSeeds(
    '{"id":"1","cmd":"ping"}',
    '{"id":2,"cmd":"interval","seconds":30}',
    '{"cmd":"restart"}',
    '{"telemetryIntervalS":30,"listenS":0}',
    '{"version":"3","binaryData":"e30="}',
  ),
  tokens: words(
    ...[
      '"id":',
      '"cmd":',
      '"ping"',
      '"status"',
      '"interval"',
      '"seconds":',
      "1e400",
      "-0",
      '"__proto__":',
      '"constructor"',
    ],
    ...[
      '"telemetryIntervalS":',
      '"listenS":',
      '"version":',
      '"binary_data":',
      "\\ud800",
      "\\u0000",
      "\xed\xa0\x80",
      "[[[[",
    ],
  ),
  work: { base: 4_000, perByte: 250 },
  run: (input) => {
    anySplit(input, readConfig);
    const bytes = input.subarray(1);
    const command = readCommand(bytes, [base.commands]);
    const answer = "asked" in command ? obey(command.asked, SYSTEM) : command.answer;
    const effect = SYSTEM.take();
    promise(encodeUtf8(JSON.stringify(answer)).length <= 1024, "an answer longer than any");
    if (effect?.do === "set-interval") {
      promise(
        Number.isInteger(effect.seconds) && effect.seconds >= 1 && effect.seconds <= 86_400,
        "an interval that is none",
      );
    }
    const reading = readConfiguration(bytes, OWN);
    if (reading.ok) {
      promise(Object.keys(reading.settings).length === 2, "a setting that is none");
      promise(Object.values(reading.settings).every(Number.isInteger), "a setting that is no number");
    } else promise(/^[\x20-\x7e]*$/.test(reading.detail), "a detail that holds what must not be shown");
  },
};

/** A record as it is kept: version, CRC of what follows, three times, parts. */
function stored(...parts: readonly Uint8Array[]): Uint8Array {
  const body = new Uint8Array(29 + parts.reduce((sum, part) => sum + 2 + part.length, 0));
  const view = new DataView(body.buffer);
  body[0] = 1;
  [NOW - 1, NOW + 1e6, NOW + 1e5].forEach((time, i) => {
    view.setFloat64(5 + 8 * i, time);
  });
  let at = 29;
  for (const part of parts) {
    view.setUint16(at, part.length);
    body.set(part, at + 2);
    at += 2 + part.length;
  }
  sign(body);
  return body;
}

function sign(record: Uint8Array): void {
  if (record.length >= 29) new DataView(record.buffer, record.byteOffset).setUint32(1, crc32(record.subarray(5)));
}

export const credentials: Target = {
  name: "credentials",
  seeds: [stored(), stored(ascii("user"), ascii("id"), ascii(HOST), ascii(""), Uint8Array.of(0x30, 0))],
  tokens: words("\x00\x04", "\xff\xff", "\x7f\xf0\x00\x00\x00\x00\x00\x00", "\x7f\xf8\x00\x00\x00\x00\x00\x00"),
  repair: sign,
  work: { base: 500, perByte: 30 },
  run: (input) => {
    let deleted = false;
    const store = {
      read: () => input,
      write: () => {},
      delete: () => {
        deleted = true;
      },
    };
    const found = loadCredentials(store, "k", NOW);
    promise(found === undefined ? deleted : !deleted, "a record that is no use stays, or a good one goes");
    if (!found) return;
    promise(found.expiresAt > NOW && input.length <= RECORD_LIMIT, "credentials that are over");
    promise(Number.isFinite(found.receivedAt) && Number.isFinite(found.expiresAt), "a time that is none");
    promise(Number.isFinite(found.renewAt), "a time of renewal that is none");
  },
};
