import { describe, expect, test } from "@jest/globals";
import { telemetryBatches } from "../../../firmware/cloud/batches.js";
import { fallbackUplink, SECOND_WAY_MS } from "../../../firmware/cloud/fallback-uplink.js";
import { httpsUplink } from "../../../firmware/cloud/https-uplink.js";
import type { Plan } from "../../../firmware/cloud/plan.js";
import type { Topics } from "../../../firmware/cloud/profile.js";
import { type Bridge, PublishError, publishError } from "../../../firmware/cloud/publish.js";
import type { Uplink, UplinkEvents, UplinkParts } from "../../../firmware/cloud/uplink.js";
import { type Journal, RamJournal } from "../../../firmware/mqtt/journal.js";
import { Failure } from "../../../firmware/platform/failure.js";
import type { TcpClass } from "../../../firmware/platform/io.js";
import { ManualTime, Scripted, settle } from "../http/fakes.js";
import { nowhere } from "./profile-means.js";

const bridge: Bridge = {
  request: ({ topic, payload }) => {
    if (topic === "bad") throw new PublishError("publish-rejected", "no such topic");
    return { method: "POST", path: `/${topic}`, headers: [], body: payload };
  },
  answer: (status) => ({
    push: () => {},
    end: () => {
      if (status !== 200) throw publishError(status, "");
      return "trace";
    },
  }),
};

const http = (status: number) => `HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nok`;
const plan: Plan = { host: "cloud.test", port: 443, credentials: { clientId: "c" } };

function setUp(answer: (n: number) => string | Error | undefined) {
  const time = new ManualTime();
  const server = new Scripted(answer);
  const journal = new RamJournal();
  const seen: string[] = [];
  const events: UplinkEvents = {
    onDelivered: (sequence) => seen.push(`delivered ${sequence}`),
    onRejected: (sequence, { code }) => seen.push(`rejected ${sequence} ${code}`),
    onMessage: () => seen.push("message"),
    onRefused: ({ code }) => seen.push(`refused ${code}`),
    onClosed: ({ code, advice }) => seen.push(`closed ${code} ${advice}`),
  };
  const topics = { telemetry: "t", commands: "c", responses: "r" };
  // The second way's stream class is the server's, whatever is dialled.
  const means = { ...nowhere, TCP: server.io as unknown as TcpClass };
  const parts: UplinkParts = {
    stream: server.io,
    stack: { means: () => means },
    plan,
    topics,
    journal,
    clock: time,
    timer: time,
    events,
  };
  const log: string[] = [];
  const settings = { bridge: () => bridge, log: (_: string, event: string) => log.push(event) };
  return { time, server, journal, seen, parts, settings, log };
}

const record = (text: string) => new Uint8Array(Buffer.from(text));

describe("the HTTPS uplink", () => {
  test.each([
    ["a whole connection for each", {}, true],
    ["not, where its end leads back to a way that has failed", { mustLast: true }, false],
  ])("what it delivers is %s", async (_, change, isWhole) => {
    const { journal, parts, settings } = setUp(() => http(200));
    const told: unknown[] = [];
    const events = { ...parts.events, onDelivered: (...all: unknown[]) => told.push(all) };
    journal.append("a", record("1"));
    await httpsUplink(settings)({ ...parts, events, ...change }).open();
    await settle();
    expect(told).toEqual([[1, isWhole]]);
  });

  test("publishes what waits, oldest first, one connection each, and what comes later on a kick", async () => {
    const { server, journal, seen, parts, settings } = setUp(() => http(200));
    journal.append("a", record("1"));
    journal.append("b", record("2"));
    const uplink = httpsUplink(settings)(parts);
    await uplink.open();
    await settle();
    expect(seen).toEqual(["delivered 1", "delivered 2"]);
    expect(server.requests.map((text) => text.split(" ")[1])).toEqual(["/a", "/b"]);
    expect(server.requests[1]).toContain("\r\nHost: cloud.test\r\n");
    expect(server.requests[1]).toMatch(/\r\n\r\n2$/);
    journal.append("c", record("3"));
    uplink.kick();
    uplink.kick();
    expect(seen).toHaveLength(2);
    await settle();
    expect(seen.at(-1)).toBe("delivered 3");
    expect(journal.size).toBe(0);
    expect(server.open).toBe(0);
  });

  test("records that travel together are one request; where it is rejected each goes by itself, and only the bad one is lost", async () => {
    const bodies: string[] = [];
    const refused = "[{1},{2},{3}]";
    const { server, journal, seen, parts, settings } = setUp((n) => {
      const body = server.requests[n]!.split("\r\n\r\n")[1]!;
      bodies.push(body);
      return http(body === refused || body === "{2}" ? 400 : 200);
    });
    for (const text of ["{1}", "{2}", "{3}"]) journal.append("t", record(text));
    await httpsUplink(settings)({ ...parts, batch: telemetryBatches({ telemetry: "t" }) }).open();
    await settle();
    expect(bodies).toEqual([refused, "{1}", "{2}", "{3}"]);
    expect(seen).toEqual(["delivered 1", "rejected 2 publish-rejected", "delivered 3"]);
    expect(journal.size).toBe(0);
  });

  test("a record kicked at any turn of the loop is not forgotten", async () => {
    for (let turns = 0; turns < 30; turns++) {
      const { journal, seen, parts, settings } = setUp(() => http(200));
      const uplink = httpsUplink(settings)(parts);
      journal.append("a", record("1"));
      await uplink.open();
      for (let i = 0; i < turns; i++) await Promise.resolve();
      journal.append("b", record("2"));
      uplink.kick();
      await settle();
      expect(seen).toEqual(["delivered 1", "delivered 2"]);
    }
  });

  test("a journal that cannot be read or written ends the connection, and leaves no promise that nobody waits for", async () => {
    for (const failing of [0, 1, 2, 3]) {
      const { journal, seen, parts, settings } = setUp(() => http(200));
      journal.append("a", record("1"));
      let steps = 0;
      const step = <T>(run: () => T): T => {
        if (steps++ === failing) throw new Failure("flash", "it does not answer", "back-off");
        return run();
      };
      const broken: Journal = {
        append: (...args) => journal.append(...args),
        next: (after) => step(() => journal.next(after)),
        delivered: (sequence) => step(() => journal.delivered(sequence)),
        spare: (bytes) => journal.spare(bytes),
        nextSequence: 2,
        size: 1,
        dropped: 0,
      };
      await httpsUplink(settings)({ ...parts, journal: broken }).open();
      await settle();
      expect(seen).toEqual([...(failing > 1 ? ["delivered 1"] : []), "closed flash back-off"]);
    }
  });

  test("a record with a topic that no journal takes today leaves it with a word, and the next goes on", async () => {
    const { journal, server, seen, parts, settings } = setUp(() => http(200));
    for (const text of ["1", "2"]) journal.append("a", record(text));
    const next = journal.next.bind(journal);
    journal.next = (after) => {
      const found = next(after);
      return found?.sequence === 1 ? { ...found, topic: "a\ud800" } : found;
    };
    await httpsUplink(settings)(parts).open();
    await settle();
    expect(seen).toEqual(["rejected 1 publish-rejected", "delivered 2"]);
    expect([journal.size, server.requests.length]).toEqual([0, 1]);
  });

  test.each([429, 503])("status %i hands on how long the cloud asks to be left alone", async (status) => {
    const closed: Failure[] = [];
    const { journal, parts, settings } = setUp(() => http(status).replace("\r\n", "\r\nRetry-After: 120\r\n"));
    parts.events.onClosed = (failure) => closed.push(failure);
    journal.append("a", record("1"));
    await httpsUplink(settings)(parts).open();
    await settle();
    expect(closed).toMatchObject([{ code: "publish-busy", advice: "back-off", retryAfterMs: 120_000 }]);
    expect(journal.size).toBe(1);
  });

  test("a record that can never be taken leaves the journal with a word, and the next goes on", async () => {
    const { journal, seen, parts, settings } = setUp((n) => http(n === 0 ? 413 : 200));
    journal.append("a", record("1"));
    journal.append("bad", record("2"));
    journal.append("c", record("3"));
    await httpsUplink(settings)(parts).open();
    await settle();
    expect(seen).toEqual(["rejected 1 publish-rejected", "rejected 2 publish-rejected", "delivered 3"]);
    expect(journal.size).toBe(0);
  });

  test.each([
    [http(403), "closed publish-refused new-credentials"],
    [http(503), "closed publish-busy back-off"],
    [http(429), "closed publish-busy back-off"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "closed http-timeout back-off"],
    [new Failure("tls-name", "wrong name", "back-off"), "closed tls-name back-off"],
  ])("any other failure ends it, and the record stays (%#)", async (answer, expected) => {
    const { time, server, journal, seen, parts, settings } = setUp(() => answer);
    journal.append("a", record("1"));
    const uplink = httpsUplink(settings)(parts);
    await uplink.open();
    await settle();
    time.advance(200_000);
    await settle();
    expect(seen).toEqual([expected]);
    expect(journal.size).toBe(1);
    uplink.kick();
    await settle();
    expect(server.requests).toHaveLength(1);
    expect(server.open).toBe(0);
  });

  test("drain waits for what was offered and offers no more; nothing is told of its end", async () => {
    const { journal, seen, parts, settings } = setUp(() => http(200));
    journal.append("a", record("1"));
    journal.append("b", record("2"));
    const uplink = httpsUplink(settings)(parts);
    await uplink.open();
    await Promise.resolve();
    await Promise.resolve();
    await uplink.finish();
    expect(seen).toEqual(["delivered 1"]);
    expect(journal.size).toBe(1);
  });

  test("drain settles although the request under way fails", async () => {
    const { time, journal, seen, parts, settings } = setUp(() => undefined);
    journal.append("a", record("1"));
    const uplink = httpsUplink(settings)(parts);
    await uplink.open();
    await settle();
    const drained = uplink.finish();
    time.advance(200_000);
    await drained;
    expect(seen).toEqual([]);
  });

  test("close ends the request under way without a word", async () => {
    const { time, server, journal, seen, parts, settings } = setUp(() => undefined);
    journal.append("a", record("1"));
    const uplink = httpsUplink(settings)(parts);
    await uplink.open();
    await settle();
    expect(server.open).toBe(1);
    uplink.close();
    await settle();
    expect(server.open).toBe(0);
    expect(time.pending).toBe(0);
    expect(seen).toEqual([]);
    expect(journal.size).toBe(1);
  });

  test("does not open for credentials that the bridge cannot use", async () => {
    const { parts, settings } = setUp(() => http(200));
    const failing = {
      ...settings,
      bridge: () => {
        throw new Failure("onboarding-field", "no", "back-off");
      },
    };
    await expect(httpsUplink(failing)(parts).open()).rejects.toMatchObject({ code: "onboarding-field" });
  });
});

describe("the configuration of a device that cannot subscribe", () => {
  function asking(answers: string[], more: Partial<Topics> = { config: "config" }) {
    const world = setUp((n) => answers[n] ?? http(200));
    const heard: string[] = [];
    const asker: Bridge = {
      ...bridge,
      configuration: {
        request: { method: "GET", path: "/config", headers: [] },
        answer: (status) => {
          let text = "";
          return {
            push: (piece) => {
              text += Buffer.from(piece).toString();
            },
            end: () => {
              if (status !== 200) throw publishError(status, "");
              return text === "none" ? undefined : record(text);
            },
          };
        },
      },
    };
    const parts: UplinkParts = {
      ...world.parts,
      topics: { ...world.parts.topics, ...more },
      events: {
        ...world.parts.events,
        onMessage: (topic, payload) => heard.push(`${topic} ${Buffer.from(payload).toString()}`),
      },
    };
    const uplink = httpsUplink({ ...world.settings, bridge: () => asker })(parts);
    const paths = () => world.server.requests.map((text) => text.split(" ").slice(0, 2).join(" "));
    return { ...world, heard, uplink, paths };
  }
  const body = (text: string) => `HTTP/1.1 200 X\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

  test("is asked for once, before anything is published", async () => {
    const { uplink, heard, paths, journal, seen } = asking([body("{}")]);
    await uplink.open();
    await settle();
    journal.append("a", record("1"));
    uplink.kick();
    await settle();
    expect(paths()).toEqual(["GET /config", "POST /a"]);
    expect(heard).toEqual(["config {}"]);
    expect(seen).toEqual(["delivered 1"]);
  });

  test("that is not there, or not understood, keeps no telemetry back", async () => {
    for (const answer of [body("none"), http(404)]) {
      const { uplink, heard, journal, seen } = asking([answer]);
      journal.append("a", record("1"));
      await uplink.open();
      await settle();
      expect(heard).toEqual([]);
      expect(seen).toEqual(["delivered 1"]);
    }
  });

  test("that is refused with the token ends the uplink, as a refused message does", async () => {
    const { uplink, seen } = asking([http(401)]);
    await uplink.open();
    await settle();
    expect(seen).toEqual(["closed publish-refused new-credentials"]);
  });

  test("is not asked for where the profile has no topic for it, nor given on once the uplink is closed", async () => {
    const without = asking([], {});
    await without.uplink.open();
    await settle();
    expect(without.paths()).toEqual([]);
    const closed = asking([body("{}")]);
    await closed.uplink.open();
    closed.uplink.close();
    await settle();
    expect(closed.heard).toEqual([]);
    expect(closed.server.open).toBe(0);
  });
});

describe("falling back", () => {
  /** A first way that opens, or fails with the given failure. */
  const firstWay = (failure: Failure | undefined, events: string[]): Uplink => ({
    hears: true,
    open: async () => {
      if (failure) throw failure;
    },
    kick: () => events.push("kick"),
    finish: async () => {
      events.push("drain");
    },
    close: () => events.push("close"),
  });

  function fall(failure: Failure | undefined) {
    const world = setUp(() => http(200));
    const first: string[] = [];
    const uplink = fallbackUplink({
      first: () => firstWay(failure, first),
      second: httpsUplink(world.settings),
      secondPlan: (given) => ({ ...given, host: "second.test" }),
      log: world.settings.log,
    })(world.parts);
    return { ...world, first, uplink };
  }

  test("does not happen when the first way opens", async () => {
    const { uplink, first, server } = fall(undefined);
    await uplink.open();
    uplink.kick();
    await uplink.finish();
    uplink.close();
    expect(first).toEqual(["kick", "drain", "close"]);
    expect(server.requests).toEqual([]);
  });

  test("happens when it does not; later the first way is tried again", async () => {
    const { uplink, time, server, seen, journal, log } = fall(new Failure("tls-alpn", "no", "back-off"));
    journal.append("a", record("1"));
    await uplink.open();
    await settle();
    expect(log).toEqual(["second-way", "accepted"]);
    expect(server.requests[0]).toContain("Host: second.test");
    journal.append("b", record("2"));
    uplink.kick();
    await settle();
    time.advance(SECOND_WAY_MS);
    await settle();
    expect(seen).toEqual(["delivered 1", "delivered 2", "closed second-way-over retry"]);
    expect(time.pending).toBe(0);
  });

  test.each(["new-credentials", "give-up"] as const)("does not happen when the advice is %s", async (advice) => {
    const { uplink, server } = fall(new Failure("mqtt-refused", "no", advice));
    await expect(uplink.open()).rejects.toMatchObject({ advice });
    expect(server.requests).toEqual([]);
  });

  test("does happen when credentials are refused that have just come: it may be the way, and they serve that alone", async () => {
    const { parts, settings, seen } = setUp(() => http(200));
    const refused = firstWay(new Failure("mqtt-refused", "no", "new-credentials"), []);
    const factory = fallbackUplink({
      first: () => refused,
      second: httpsUplink(settings),
      secondPlan: (given) => given,
      log: settings.log,
    });
    await expect(factory(parts).open()).rejects.toMatchObject({ advice: "new-credentials" });
    expect(seen).toEqual([]);
    await factory({ ...parts, plan: { ...plan, isFresh: true } }).open();
    expect(seen).toEqual(["refused mqtt-refused"]);
  });

  test("closed on the second way, it leaves nothing behind", async () => {
    const { uplink, time, seen } = fall(new Failure("tls-alpn", "no", "back-off"));
    await uplink.open();
    uplink.close();
    time.advance(2 * SECOND_WAY_MS);
    await settle();
    expect(seen).toEqual([]);
    expect(time.pending).toBe(0);
  });
});
