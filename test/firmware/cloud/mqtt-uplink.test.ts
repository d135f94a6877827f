import { describe, expect, test } from "@jest/globals";
import mqtt, { type Packet } from "mqtt-packet";
import { AWS_IOT_LIMITS } from "../../../firmware/cloud/limits.js";
import { mqttUplink } from "../../../firmware/cloud/mqtt-uplink.js";
import type { Topics } from "../../../firmware/cloud/profile.js";
import type { UplinkParts } from "../../../firmware/cloud/uplink.js";
import { type Journal, RamJournal } from "../../../firmware/mqtt/journal.js";
import { type BufferLike, bytesOf, type StreamCallbacks } from "../../../firmware/platform/io.js";
import { Outbox } from "../../../firmware/store/outbox.js";
import { NorFlash } from "../../../host-sim/platform/nor-flash.js";
import { MemoryKeyValue } from "../../../host-sim/world/key-value.js";
import { nowhere } from "./profile-means.js";

/** A broker at the other end of a stream in memory: answers each packet as `rules` says, by mqtt-packet. */
function rig(
  rules: (packet: Packet) => Packet[],
  topics: Partial<Topics> = {},
  keyValue?: MemoryKeyValue,
  journal: Journal = new RamJournal(),
  uplinkOf = mqttUplink({ limits: AWS_IOT_LIMITS, keepAliveS: 300, keyValue }),
  /** How long ago the device has started. */
  startedMs = 1_000,
) {
  const events: string[] = [];
  let callbacks: StreamCallbacks = {};
  let unread = Buffer.alloc(0);
  const sent: Packet[] = [];
  const parser = mqtt.parser();
  const send = (packet: Packet) => {
    unread = Buffer.concat([unread, mqtt.generate(packet)]);
    queueMicrotask(() => callbacks.onReadable?.(unread.length));
  };
  parser.on("packet", (packet) => {
    sent.push(packet);
    for (const answer of rules(packet)) send(answer);
  });
  const stream = class {
    format = "buffer";
    constructor(given: StreamCallbacks) {
      callbacks = given;
      queueMicrotask(() => given.onWritable?.(4096));
    }
    read(count = unread.length): ArrayBuffer | undefined {
      const part = unread.subarray(0, count);
      unread = unread.subarray(part.length);
      return part.length === 0 ? undefined : new Uint8Array(part).buffer;
    }
    write(bytes: BufferLike): number {
      parser.parse(Buffer.from(bytesOf(bytes)));
      return 4096;
    }
    close(): void {}
  };
  let now = startedMs;
  const timers = new Map<number, { run: () => void; at: number }>();
  let timer = 0;
  const parts: UplinkParts = {
    stream,
    stack: { means: () => nowhere },
    plan: { host: "h", port: 443, credentials: { clientId: "c", username: "u" } },
    topics: { telemetry: "c/telemetry", commands: "c/commands/#", responses: "c/responses", ...topics },
    journal,
    clock: { monotonic: () => now, wall: () => undefined, setWall: () => {} },
    timer: {
      set: (run, ms) => {
        timers.set(++timer, { run, at: now + ms });
        return timer;
      },
      clear: (id) => void timers.delete(id as number),
    },
    events: {
      onDelivered: (sequence) => events.push(`delivered ${sequence}`),
      onRejected: (sequence) => events.push(`rejected ${sequence}`),
      onRefused: ({ code }) => events.push(`refused ${code}`),
      onMessage: (topic, payload, retained) =>
        events.push(`${retained ? "retained " : ""}message ${topic} ${Buffer.from(payload)}`),
      onClosed: (failure) => events.push(`closed ${failure.code} ${failure.advice}`),
    },
  };
  const uplink = uplinkOf(parts);
  return {
    uplink,
    journal,
    events,
    sent,
    send,
    pass: (ms: number) => {
      now += ms;
    },
    /** Lets run what is due. */
    wake: () => {
      for (const [id, { run, at }] of [...timers]) if (at <= now && timers.delete(id)) run();
    },
    hangUp: () => callbacks.onError?.(),
  };
}

const admit = (packet: Packet): Packet[] => {
  if (packet.cmd === "connect") return [{ cmd: "connack", returnCode: 0, sessionPresent: false }];
  if (packet.cmd === "subscribe") return [{ cmd: "suback", messageId: packet.messageId!, granted: [1] }];
  if (packet.cmd === "publish") return [{ cmd: "puback", messageId: packet.messageId! }];
  return [];
};

const admitAll = (packet: Packet): Packet[] =>
  packet.cmd === "subscribe"
    ? [{ cmd: "suback", messageId: packet.messageId!, granted: packet.subscriptions.map(() => 1) }]
    : admit(packet);

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("an uplink over MQTT", () => {
  test("is open once the subscription is granted, and delivers what waits in the journal", async () => {
    const { uplink, journal, events, sent } = rig(admit);
    journal.append("c/telemetry", Buffer.from("{}"));
    await uplink.open();
    await settle();
    expect(sent.map(({ cmd }) => cmd)).toEqual(["connect", "subscribe", "publish"]);
    expect(events).toEqual(["delivered 1"]);
    journal.append("c/telemetry", Buffer.from("{}"));
    uplink.kick();
    await settle();
    expect(events).toEqual(["delivered 1", "delivered 2"]);
  });

  test("sends the CONNECT of the next connection a second after that of the one before, and not sooner", async () => {
    const uplinkOf = mqttUplink({ limits: AWS_IOT_LIMITS, keepAliveS: 300 });
    const first = rig(admit, {}, undefined, undefined, uplinkOf);
    await first.uplink.open();
    first.uplink.close();
    const next = rig(admit, {}, undefined, undefined, uplinkOf);
    const open = next.uplink.open();
    for (const ms of [0, 999, 1]) {
      expect(next.sent).toEqual([]);
      next.pass(ms);
      next.wake();
      await settle();
    }
    await open;
    expect(next.sent[0]).toMatchObject({ cmd: "connect" });
  });

  test("sends its first CONNECT a second after the start, and not sooner: the life before may have sent one at its end", async () => {
    const { uplink, sent, pass, wake } = rig(admit, {}, undefined, undefined, undefined, 0);
    const open = uplink.open();
    for (const ms of [0, 999, 1]) {
      expect(sent).toEqual([]);
      pass(ms);
      wake();
      await settle();
    }
    await open;
    expect(sent[0]).toMatchObject({ cmd: "connect" });
  });

  test("hands on commands", async () => {
    const { uplink, events, send } = rig(admit);
    await uplink.open();
    send({ cmd: "publish", topic: "c/commands/x", payload: "hi", qos: 1, messageId: 9, dup: false, retain: false });
    await settle();
    expect(events).toEqual(["message c/commands/x hi"]);
  });

  test("says of a message that the broker kept it", async () => {
    const { uplink, events, send } = rig(admit);
    await uplink.open();
    send({ cmd: "publish", topic: "c/commands/x", payload: "hi", qos: 1, messageId: 9, dup: false, retain: true });
    await settle();
    expect(events).toEqual(["retained message c/commands/x hi"]);
  });

  test("where there is a configuration it is subscribed to, handed on and acknowledged", async () => {
    const { uplink, events, sent, send } = rig(admitAll, { config: "c/config" });
    await uplink.open();
    send({ cmd: "publish", topic: "c/config", payload: "{}", qos: 1, messageId: 9, dup: false, retain: false });
    await settle();
    expect(sent[1]).toMatchObject({ subscriptions: [{ topic: "c/commands/#" }, { topic: "c/config", qos: 1 }] });
    expect(events).toEqual(["message c/config {}"]);
    expect(sent.at(-1)).toMatchObject({ cmd: "puback", messageId: 9 });
  });

  test("a message in parts is handed on by its first, and acknowledged behind its last", async () => {
    const { uplink, events, sent, send } = rig(admitAll, { config: "c/config" });
    await uplink.open();
    const payload = "x".repeat(5000);
    send({ cmd: "publish", topic: "c/config", payload, qos: 1, messageId: 9, dup: false, retain: false });
    await settle();
    expect(events).toHaveLength(1);
    expect(events[0]!.length).toBeGreaterThan(1000);
    expect(sent.at(-1)).toMatchObject({ cmd: "puback", messageId: 9 });
  });

  test("a persistent session goes on after a restart: it is open without a SUBSCRIBE, and the record in flight bears DUP", async () => {
    const keyValue = new MemoryKeyValue();
    const flash = new NorFlash();
    const first = rig((packet) => (packet.cmd === "publish" ? [] : admit(packet)), {}, keyValue, new Outbox(flash));
    first.journal.append("c/telemetry", Buffer.from("{}"));
    await first.uplink.open();
    await settle();
    expect(first.sent[0]).toMatchObject({ cmd: "connect", clean: false });

    const resumed = (packet: Packet): Packet[] =>
      packet.cmd === "connect" ? [{ cmd: "connack", returnCode: 0, sessionPresent: true }] : admit(packet);
    const second = rig(resumed, {}, keyValue, new Outbox(flash));
    await second.uplink.open();
    await settle();
    expect(second.sent.map(({ cmd }) => cmd)).toEqual(["connect", "publish"]);
    expect(second.sent[1]).toMatchObject({ dup: true });
    expect(second.events).toEqual(["delivered 1"]);
  });

  test("with a journal in RAM the session is clean, since a record's number means another one after a restart", async () => {
    const { uplink, sent } = rig(admit, {}, new MemoryKeyValue());
    await uplink.open();
    expect(sent[0]).toMatchObject({ cmd: "connect", clean: true });
  });

  test("a refused subscription is a failure of opening", async () => {
    const { uplink } = rig((packet) =>
      packet.cmd === "subscribe" ? [{ cmd: "suback", messageId: packet.messageId!, granted: [128] }] : admit(packet),
    );
    await expect(uplink.open()).rejects.toMatchObject({ code: "mqtt-refused" });
  });

  test("a CONNACK with a return code asks for new credentials", async () => {
    const { uplink } = rig(() => [{ cmd: "connack", returnCode: 5, sessionPresent: false }]);
    await expect(uplink.open()).rejects.toMatchObject({ code: "mqtt-refused", advice: "new-credentials" });
  });

  test("a bare close in answer to CONNECT counts as maybe expired", async () => {
    const { uplink, hangUp } = rig(() => []);
    const opened = uplink.open();
    const refused = expect(opened).rejects.toMatchObject({ code: "mqtt-closed", advice: "new-credentials" });
    await settle();
    hangUp();
    await refused;
  });

  test.each<[string, boolean, number, string]>([
    ["soon after CONNACK counts as maybe expired", false, 9_000, "new-credentials"],
    ["long after CONNACK does not", false, 11_000, "back-off"],
    ["soon after CONNACK does not, once a record was acknowledged", true, 9_000, "back-off"],
  ])("a bare close %s", async (_what, acknowledged, ms, advice) => {
    const { uplink, journal, events, pass, hangUp } = rig(admit);
    if (acknowledged) journal.append("c/telemetry", Buffer.from("{}"));
    await uplink.open();
    await settle();
    pass(ms);
    hangUp();
    expect(events.at(-1)).toBe(`closed mqtt-closed ${advice}`);
  });

  test("a drain ends with DISCONNECT and without an event", async () => {
    const { uplink, events, sent, hangUp } = rig(admit);
    await uplink.open();
    const drained = uplink.finish();
    await settle();
    expect(sent.at(-1)?.cmd).toBe("disconnect");
    hangUp();
    await drained;
    expect(events).toEqual([]);
  });

  test("closing it while it drains settles the drain", async () => {
    const { uplink } = rig(admit);
    await uplink.open();
    const drained = uplink.finish();
    uplink.close();
    await expect(drained).resolves.toBeUndefined();
  });
});
