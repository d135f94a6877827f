// What clouds answer and command.

import { commands } from "../../../../firmware/app/app.js";
import { latin1 } from "../../../../firmware/bytes/utf8.js";
import { AnswerReader } from "../../../../firmware/cloud/1nce-aws/answer.js";
import { authorizerOf, headersOf } from "../../../../firmware/cloud/1nce-aws/authorizer.js";
import { checkEndpoint, checkRootHost, ROOT_URL_PATTERN } from "../../../../firmware/cloud/1nce-aws/policy.js";
import { rootAddressOf } from "../../../../firmware/cloud/1nce-aws/root-url.js";
import { ConfigReader } from "../../../../firmware/cloud/google/config-reader.js";
import { readCommand } from "../../../../firmware/device/commands.js";
import { readConfiguration } from "../../../../firmware/device/configurator.js";
import { obey, System, type SystemParts } from "../../../../firmware/device/system.js";
import { SETTINGS } from "../../../../firmware/settings/table.js";
import { feed, partly } from "./feed.js";

const NOW = Date.UTC(2026, 0, 1);
const TYPES = [undefined, "text/csv", "application/json; charset=utf-8", "text/plain"];
const TIMES = { power: "psm", psmPeriodS: 3600, telemetryIntervalS: 60 } as const;
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

function command(input: Uint8Array) {
  const reading = readCommand(input, [commands]);
  return "asked" in reading ? obey(reading.asked, SYSTEM) : reading.answer;
}

const PIECE = 9;

function allowedRoot(url: string) {
  const address = rootAddressOf(url);
  checkRootHost(address.host, ROOT_URL_PATTERN);
  return address;
}

feed({
  onboarding: (input) => {
    const reader = new AnswerReader(TYPES[(input[0] ?? 0) % TYPES.length]);
    for (let at = 1; at < input.length; at += PIECE) reader.push(input.slice(at, at + PIECE));
    const token = reader.end(NOW);
    return [
      token,
      partly(() => checkEndpoint(token.endpoint, SETTINGS.endpointPattern.default) ?? "ours"),
      partly(() => headersOf(authorizerOf(token.username))),
      partly(() => allowedRoot(token.rootCaUrl ?? "")),
    ];
  },
  authorizer: (input) => headersOf(authorizerOf(latin1(input))),
  "root-url": (input) => allowedRoot(latin1(input)),
  "google-config": (input) => {
    const reader = new ConfigReader();
    for (let at = 0; at < input.length; at += PIECE) reader.push(input.slice(at, at + PIECE));
    return reader.end() ?? "none";
  },
  commands: command,
  configuration: (input) => readConfiguration(input, { ...TIMES, listenS: 5 }),
});
