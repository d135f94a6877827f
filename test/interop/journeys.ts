// The journeys that our client makes with every broker. What a broker has to do is the standard's; where one is known not
// to, it says so by `lacks`.

import { expect, test } from "@jest/globals";
import { SessionState } from "../../firmware/mqtt/state.js";
import { Outbox } from "../../firmware/store/outbox.js";
import { NorFlash } from "../../host-sim/platform/nor-flash.js";
import { type Dial, newId, Rig } from "./rig.js";

/** What a broker is known to do otherwise than the standard says. */
export interface Lacks {
  /** It counts the characters of topics and filters where it should count their bytes. */
  unicode?: boolean;
  /** It knows no shared subscriptions, which the standard has from version 5 on. */
  shared?: boolean;
}

export function journeys(dial: Dial, lacks: Lacks = {}): void {
  const open = (...args: Parameters<Rig["open"]>) => new Rig(dial).open(...args);

  test.each([0, 1, 2] as const)("a message of QoS %i comes back once, as it was", async (qos) => {
    const topic = `${newId()}/${lacks.unicode ? "plain" : "ä/€/😀"}`;
    const rig = await open([{ filter: topic, qos: 2 }]);
    const sequence = rig.publish(topic, "grüße", { qos });
    await rig.until(() => rig.messages.length === 1 && (qos === 0 || rig.delivered.length === 1));
    expect(rig.messages).toEqual([{ topic, payload: "grüße", qos, retain: false, dup: false }]);
    expect(rig.delivered).toEqual(qos === 0 ? [] : [sequence]);
    await rig.close();
    expect(rig.ended).toEqual({ failure: undefined });
  });

  test("a hundred records go through the window in order, each acknowledged", async () => {
    const base = newId();
    const rig = await open([{ filter: `${base}/#`, qos: 1 }]);
    const payloads = Array.from({ length: 100 }, (_, i) => `${i}`);
    for (const payload of payloads) rig.publish(`${base}/t`, payload);
    await rig.until(() => rig.messages.length === 100 && rig.delivered.length === 100);
    expect(rig.messages.map(({ payload }) => payload)).toEqual(payloads);
    expect(rig.journal.size).toBe(0);
    await rig.close();
  });

  test("filters are granted, and end when they are unsubscribed", async () => {
    const base = newId();
    const filters = Array.from({ length: 10 }, (_, i) => ({ filter: `${base}/${i}/+`, qos: (i % 3) as 0 | 1 | 2 }));
    const rig = await open(filters);
    expect(rig.grants.map(({ granted }) => granted)).toEqual(filters.map(({ qos }) => qos));
    rig.client.unsubscribe([`${base}/0/+`, `${base}/never`]);
    rig.client.subscribe([{ filter: `${base}/end`, qos: 0 }]);
    await rig.until(() => rig.grants.length === 11);
    rig.publish(`${base}/0/x`, "unwanted", { qos: 0 });
    rig.publish(`${base}/end`, "end", { qos: 0 });
    await rig.until(() => rig.messages.length > 0);
    expect(rig.messages.map(({ payload }) => payload)).toEqual(["end"]);
    await rig.close();
  });

  test("[MQTT-3.3.1-5] [MQTT-3.3.1-8] [MQTT-3.3.1-9] [MQTT-3.3.1-10] a retained message waits for new subscribers; an empty one clears it", async () => {
    const topic = `${newId()}/state`;
    const first = await open([{ filter: topic, qos: 1 }]);
    first.publish(topic, "on", { retain: true });
    await first.until(() => first.messages.length === 1);
    expect(first.messages[0]).toMatchObject({ payload: "on", retain: false });
    const second = await open([{ filter: topic, qos: 1 }]);
    await second.until(() => second.messages.length === 1);
    expect(second.messages[0]).toMatchObject({ payload: "on", retain: true });
    first.publish(topic, "", { retain: true });
    await second.until(() => second.messages.length === 2);
    const third = await open([
      { filter: topic, qos: 1 },
      { filter: `${topic}/end`, qos: 1 },
    ]);
    third.publish(`${topic}/end`, "end");
    await third.until(() => third.messages.length === 1);
    expect(third.messages[0]).toMatchObject({ payload: "end" });
    await Promise.all([first.close(), second.close(), third.close()]);
  });

  test("[MQTT-3.1.2-8] [MQTT-3.14.4-3] a will comes when the connection breaks, and not after DISCONNECT", async () => {
    const topic = `${newId()}/gone`;
    const watcher = await open([{ filter: topic, qos: 1 }]);
    const connect = { clientId: newId(), cleanSession: true, keepAlive: 30 };
    const will = (payload: string) => ({ topic, payload: Buffer.from(payload), qos: 1 as const, retain: false });
    const polite = await new Rig(dial, { connect: { ...connect, will: will("polite") } }).open();
    await polite.close();
    const abrupt = await new Rig(dial, { connect: { ...connect, will: will("abrupt") } }).open();
    abrupt.client.close();
    await watcher.until(() => watcher.messages.length === 1);
    expect(watcher.messages[0]).toMatchObject({ payload: "abrupt", qos: 1 });
    await watcher.close();
  });

  test("[MQTT-3.1.2-23] a short keep-alive holds an idle connection by PINGREQ", async () => {
    const rig = new Rig(dial, { connect: { clientId: newId(), cleanSession: true, keepAlive: 1 } });
    await rig.open();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(rig.ended).toBeUndefined();
    await rig.close();
  });

  test("[MQTT-3.1.4-2] the same client id connecting again ends the older connection", async () => {
    const connect = { clientId: newId(), cleanSession: true, keepAlive: 30 };
    const older = await new Rig(dial, { connect }).open();
    const newer = await new Rig(dial, { connect }).open();
    await older.until(() => older.ended !== undefined);
    expect(older.ended?.failure).toMatchObject({ code: expect.stringMatching(/^mqtt-closed$|^tcp-reset$|^tls-/) });
    await newer.close();
  });

  test("a payload of 128 KB comes in parts and is acknowledged", async () => {
    const topic = newId();
    const payload = "0123456789abcdef".repeat(8192);
    const rig = new Rig(dial, { sendBuffer: 140_000 });
    await rig.open([{ filter: topic, qos: 1 }]);
    rig.publish(topic, payload);
    rig.publish(topic, "after");
    await rig.until(() => rig.messages.length === 2);
    expect(rig.messages[0]!.payload).toBe(payload);
    expect(rig.messages[1]!.payload).toBe("after");
    await rig.close();
  });

  test("a session that is not clean keeps subscriptions and messages while the client is away", async () => {
    const topic = newId();
    const state = new SessionState();
    const options = {
      state,
      connect: { clientId: newId(), cleanSession: false, keepAlive: 30 },
      subscriptions: [{ filter: topic, qos: 2 as const }],
    };
    const first = new Rig(dial, options);
    await first.until(() => first.grants.length === 1);
    await first.close();
    const sender = await open();
    for (const qos of [1, 2] as const) sender.publish(topic, `qos ${qos}`, { qos });
    await sender.close();
    const second = new Rig(dial, options);
    await second.until(() => second.messages.length === 2);
    expect(second.connack).toMatchObject({ sessionPresent: true });
    expect(second.messages.map(({ payload }) => payload).sort()).toEqual(["qos 1", "qos 2"]);
    // It was not asked for again.
    expect(second.grants).toEqual([]);
    await second.close();
  });

  test.each([1, 2] as const)(
    "[MQTT-4.4.0-1] QoS %i over a connection that breaks again and again arrives, in order",
    async (qos) => {
      const topic = newId();
      const watcher = await open([{ filter: topic, qos: 2 }]);
      const state = new SessionState();
      const flash = new NorFlash();
      const journal = new Outbox(flash);
      const connect = { clientId: newId(), cleanSession: false, keepAlive: 30 };
      // A broker may forget a session that has no subscription (aedes does).
      const subscriptions = [{ filter: `${topic}/none`, qos: 1 as const }];
      await (await new Rig(dial, { state, journal, connect, subscriptions }).subscribed()).close();
      const count = 60;
      for (let i = 0; i < count; i++) journal.append(topic, Buffer.from(`${i}`), qos);
      for (let round = 0; journal.size > 0; round++) {
        const rig = await new Rig(dial, { state, journal, connect, subscriptions }).open();
        if (round < 8) {
          // Breaks while a window of messages is under way.
          await rig.until(() => rig.delivered.length > 0 || journal.size === 0);
          rig.client.close();
        } else {
          await rig.until(() => journal.size === 0);
          await rig.close();
        }
      }
      await watcher.until(() => new Set(watcher.messages.map(({ payload }) => payload)).size === count);
      const seen = watcher.messages.map(({ payload }) => Number(payload));
      const firsts = seen.filter((value, i) => seen.indexOf(value) === i);
      expect(firsts).toEqual(Array.from({ length: count }, (_, i) => i));
      if (qos === 2) expect(seen).toEqual(firsts);
      await watcher.close();
    },
  );

  test("a record whose topic a broker may end the connection for does not block what is behind it", async () => {
    const topic = newId();
    // As a firmware left it that took any topic.
    class OldOutbox extends Outbox {
      override next(after: number) {
        const record = super.next(after);
        return record?.sequence === 1 ? { ...record, topic: `${topic}\u0001` } : record;
      }
    }
    const journal = new OldOutbox(new NorFlash());
    const watcher = await open([{ filter: topic, qos: 1 }]);
    for (const payload of ["bad", "good"]) journal.append(topic, Buffer.from(payload));
    const rejected: number[] = [];
    const rig = await new Rig(dial, { journal, onRejected: (sequence) => rejected.push(sequence) }).open();
    await rig.until(() => journal.size === 0);
    await watcher.until(() => watcher.messages.length === 1);
    expect([rejected, rig.delivered, watcher.messages[0]!.payload]).toEqual([[1], [2], "good"]);
    await Promise.all([rig.close(), watcher.close()]);
  });

  // MQTT 3.1.1 knows no shared subscriptions: a peer that has none is not asked for one.
  if (!lacks.shared)
    test("of a shared subscription, each message comes to the handler of one member", async () => {
      const topic = newId();
      const seen: string[][] = [[], []];
      const members = seen.map((mine) => {
        const onMessage = ({ payload }: { payload: Uint8Array }) => mine.push(Buffer.from(payload).toString());
        return new Rig(dial, {
          subscriptions: [{ filter: `$share/group/${topic}/+`, qos: 1, onMessage }],
        }).subscribed();
      });
      const rigs = await Promise.all(members);
      const sender = await open();
      const payloads = Array.from({ length: 20 }, (_, i) => `${i}`);
      for (const payload of payloads) sender.publish(`${topic}/t`, payload);
      await sender.until(() => sender.journal.size === 0);
      for (let wait = 0; seen.flat().length < payloads.length && wait < 2_000; wait += 5) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await Promise.all([...rigs, sender].map((rig) => rig.close()));
      expect(seen.flat().sort()).toEqual([...payloads].sort());
      expect(rigs.flatMap(({ messages }) => messages)).toEqual([]);
    });

  test("a planned reconnect loses and repeats nothing", async () => {
    const topic = newId();
    const watcher = await open([{ filter: topic, qos: 1 }]);
    const journal = new Outbox(new NorFlash());
    const connect = { clientId: newId(), cleanSession: true, keepAlive: 30 };
    let next = 0;
    const add = (count: number) => {
      for (let i = 0; i < count; i++) journal.append(topic, Buffer.from(`${next++}`));
    };
    for (let round = 0; round < 5; round++) {
      add(20);
      const rig = await new Rig(dial, { journal, connect }).open();
      add(3);
      rig.client.kick();
      await rig.close();
      expect(rig.ended).toEqual({ failure: undefined });
    }
    const last = await new Rig(dial, { journal, connect }).open();
    await last.until(() => journal.size === 0);
    await last.close();
    await watcher.until(() => watcher.messages.length >= next);
    expect(watcher.messages.map(({ payload }) => Number(payload))).toEqual(Array.from({ length: next }, (_, i) => i));
    await watcher.close();
  });
}
