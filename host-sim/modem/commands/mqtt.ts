// Commands of the module's own MQTT client (SIM7080 AT V1.07 §17).

import type { QoS } from "../../../firmware/mqtt/packets.js";
import { isTopicFilter, isTopicName } from "../../../firmware/mqtt/topics.js";
import type { CommandTable } from "../command.js";
import { CME, CommandError } from "../errors.js";
import type { Machine } from "../machine.js";
import { fieldOf } from "../mqtt.js";
import { fail, later, type Outcome, ok } from "../outcome.js";
import type { Args } from "../parse.js";
import { waitFor } from "../waiting.js";

const LIMITS = { clientId: 128, url: 246, username: 256, password: 512, topic: 128, message: 1024 } as const;
const PAYLOAD_LIMIT = 5799;
const INPUT_MS = 10_000;
const FILE_NAME = 20;

type Settings = Machine["session"]["mqtt"];

/** What each key of AT+SMCONF sets. */
const KEYS: Readonly<Record<string, (to: Settings, args: Args) => void>> = {
  CLIENTID: (to, args) => {
    to.clientId = field(args, LIMITS.clientId);
  },
  URL: (to, args) => {
    to.host = field(args, LIMITS.url);
    // Drivers send the port with and without quotes.
    const port = Number(args.textOr(2, 5, "1883"));
    if (!(Number.isInteger(port) && port > 0 && port < 65_536)) throw new CommandError(CME.paramRange);
    to.port = port;
  },
  KEEPTIME: (to, args) => {
    to.keepAlive = args.int(1, 0, 65_535);
  },
  CLEANSS: (to, args) => {
    to.cleanSession = args.int(1, 0, 1) === 1;
  },
  USERNAME: (to, args) => {
    to.username = field(args, LIMITS.username);
  },
  PASSWORD: (to, args) => {
    to.password = args.text(1, LIMITS.password);
  },
  QOS: (to, args) => {
    to.will.qos = args.int(1, 0, 2) as QoS;
  },
  TOPIC: (to, args) => {
    to.will.topic = field(args, LIMITS.topic);
  },
  MESSAGE: (to, args) => {
    to.will.message = args.text(1, LIMITS.message);
  },
  RETAIN: (to, args) => {
    to.will.retain = args.int(1, 0, 1) === 1;
  },
  SUBHEX: (to, args) => {
    to.subHex = args.int(1, 0, 1) === 1;
  },
  ASYNCMODE: (to, args) => {
    to.async = args.int(1, 0, 1) === 1;
  },
  MESSAGELEN: (to, args) => {
    to.messageLength = args.int(1, 0, 1) === 1;
  },
};

function field(args: Args, limit: number): string {
  const text = fieldOf(args.text(1, limit));
  if (text === undefined) throw new CommandError(CME.invalidValue);
  return text;
}

function configure(m: Machine, args: Args): Outcome {
  if (m.mqtt.state !== 0) return fail(CME.notAllowed);
  const key = args.text(0, 16).trim().toUpperCase();
  const set = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
  if (!set) return fail(CME.invalidValue);
  args.expect(2, key === "URL" ? 3 : 2);
  set(m.session.mqtt, args);
  return ok();
}

function told({ session: { mqtt: s } }: Machine): Outcome {
  const flag = (on: boolean) => (on ? 1 : 0);
  return ok(
    [
      "+SMCONF:",
      `CLIENTID: "${s.clientId}"`,
      `URL: "${s.host}",${s.port}`,
      `KEEPTIME: ${s.keepAlive}`,
      `USERNAME: "${s.username}"`,
      `PASSWORD: "${s.password}"`,
      `CLEANSS: ${flag(s.cleanSession)}`,
      `QOS: ${s.will.qos}`,
      `TOPIC: "${s.will.topic}"`,
      `MESSAGE: "${s.will.message}"`,
      `RETAIN: ${flag(s.will.retain)}`,
      `SUBHEX: ${flag(s.subHex)}`,
      `ASYNCMODE: ${flag(s.async)}`,
      `MESSAGELEN: ${flag(s.messageLength)}`,
    ].join("\r\n"),
  );
}

function connect(m: Machine): Outcome {
  if (m.mqtt.state !== 0 || m.session.mqtt.host === "") return fail(CME.notAllowed);
  return waitFor(m, (finish) => m.mqtt.connect((done) => finish(done ? ok() : fail(CME.notAllowed))));
}

/** `AT+SMPUB=<topic>,<length>,<qos>,<retain>`: `>`, then so many bytes, or twice as many digits under SMPUBHEX. */
function publish(m: Machine, args: Args): Outcome {
  args.expect(4);
  const topic = args.text(0, LIMITS.topic);
  const length = args.int(1, 0, PAYLOAD_LIMIT);
  const qos = args.int(2, 0, 2) as QoS;
  const retain = args.int(3, 0, 1) === 1;
  if (m.mqtt.state === 0) return fail(CME.notAllowed);
  if (!isTopicName(topic)) return fail(CME.invalidValue);
  const send = (payload: Uint8Array) =>
    waitFor(m, (finish) =>
      m.mqtt.publish(topic, payload, qos, retain, (done) => finish(done ? ok() : fail(CME.failed))),
    );
  if (length === 0) return send(new Uint8Array(0));
  return later("prompt", () => ({
    is: "prompt",
    count: length,
    withinMs: INPUT_MS,
    take: (body) => {
      const payload = body && m.session.mqtt.publishHex ? fromHex(body) : body;
      return payload ? send(payload) : fail(CME.failed);
    },
  }));
}

function fromHex(digits: Uint8Array): Uint8Array | undefined {
  const text = String.fromCharCode(...digits);
  if (!/^([0-9A-Fa-f]{2})*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

export const MQTT: CommandTable = {
  "+SMCONF": {
    test:
      `+SMCONF: "CLIENTID",${LIMITS.clientId}\r\n+SMCONF: "URL",${LIMITS.url},(0-65535)\r\n+SMCONF: "KEEPTIME",(0-65535)\r\n` +
      `+SMCONF: "USERNAME",${LIMITS.username}\r\n+SMCONF: "PASSWORD",${LIMITS.password}\r\n+SMCONF: "CLEANSS",(0,1)\r\n` +
      `+SMCONF: "QOS",(0-2)\r\n+SMCONF: "TOPIC",${LIMITS.topic}\r\n+SMCONF: "MESSAGE",${LIMITS.message}\r\n` +
      '+SMCONF: "RETAIN",(0,1)\r\n+SMCONF: "SUBHEX",(0,1)\r\n+SMCONF: "ASYNCMODE",(0,1)\r\n+SMCONF: "MESSAGELEN",(0,1)',
    read: told,
    write: configure,
  },
  "+SMSSL": {
    test: `+SMSSL: (0-6),${FILE_NAME},${FILE_NAME}`,
    read: ({ session: { mqtt } }) =>
      ok(`+SMSSL: ${mqtt.tls ? mqtt.tls.context + 1 : 0},"${mqtt.tls?.roots ?? ""}","${mqtt.tls?.certificate ?? ""}"`),
    write: (m, args) => {
      const index = args.int(0, 0, 6);
      const roots = args.textOr(1, FILE_NAME, "");
      const certificate = args.textOr(2, FILE_NAME, "");
      m.session.mqtt.tls = index === 0 ? undefined : { context: index - 1, roots, certificate };
      return ok();
    },
  },
  "+SMCONN": { needs: "radio", exec: connect },
  "+SMPUB": { test: `+SMPUB: ${LIMITS.topic},(0-${PAYLOAD_LIMIT}),(0-2),(0-1)`, write: publish },
  "+SMSUB": {
    test: `+SMSUB: ${LIMITS.topic},(0-2)`,
    write: (m, args) => {
      args.expect(2);
      const filter = args.text(0, LIMITS.topic);
      const qos = args.int(1, 0, 2) as QoS;
      if (m.mqtt.state === 0) return fail(CME.notAllowed);
      if (!isTopicFilter(filter)) return fail(CME.invalidValue);
      return waitFor(m, (finish) => m.mqtt.subscribe(filter, qos, (done) => finish(done ? ok() : fail(CME.failed))));
    },
  },
  "+SMUNSUB": {
    test: `+SMUNSUB: ${LIMITS.topic}`,
    write: (m, args) => {
      const filter = args.text(0, LIMITS.topic);
      if (m.mqtt.state === 0) return fail(CME.notAllowed);
      return waitFor(m, (finish) => m.mqtt.unsubscribe(filter, (done) => finish(done ? ok() : fail(CME.failed))));
    },
  },
  "+SMSTATE": { test: "+SMSTATE: (0-2)", read: (m) => ok(`+SMSTATE: ${m.mqtt.state}`) },
  "+SMPUBHEX": {
    test: "+SMPUBHEX: (0-1)",
    read: (m) => ok(`+SMPUBHEX: ${m.session.mqtt.publishHex ? 1 : 0}`),
    write: (m, args) => {
      m.session.mqtt.publishHex = args.int(0, 0, 1) === 1;
      return ok();
    },
  },
  "+SMDISC": {
    exec: (m) => {
      if (m.mqtt.state === 0) return fail(CME.notAllowed);
      m.mqtt.disconnect();
      return ok();
    },
  },
};
