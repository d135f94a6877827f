import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { describe, expect, test } from "@jest/globals";
import { TOKEN_KEY } from "../../../../firmware/cloud/1nce-aws/keep.js";
import { type OneNceOptions, oneNceProfile, YOUNG_MS } from "../../../../firmware/cloud/1nce-aws/profile.js";
import type { ProfileMeans } from "../../../../firmware/cloud/profile.js";
import { builtInRoots } from "../../../../firmware/cloud/roots.js";
import type { LogValue } from "../../../../firmware/platform/events.js";
import { Failure } from "../../../../firmware/platform/failure.js";
import type { BufferLike, ByteStream, TcpClass } from "../../../../firmware/platform/io.js";
import type { TlsOptions, TlsStream } from "../../../../firmware/platform/tls.js";
import { MemoryKeyValue } from "../../../../host-sim/world/key-value.js";
import { ManualTime, Wire } from "../../http/fakes.js";
import { answerOf, csvOf, jsonOf, rootDer, rootPem, type Sample, sample, WALL } from "./samples.js";

const HOUR = 3_600_000;

/** A world in which each host gives its answer to whoever connects. */
class World {
  readonly time = new ManualTime();
  readonly keyValue = new MemoryKeyValue();
  readonly dialled: TlsOptions[] = [];
  readonly logged: string[] = [];
  answers: Record<string, string> = { "device.connectivity-suite.cloud": answerOf(csvOf()) };
  iccid: string | undefined;
  /** How long a host without an answer keeps who connects waiting, in milliseconds. */
  silenceMs = 0;

  constructor() {
    this.time.wallAtStart = WALL;
  }

  get means(): ProfileMeans {
    const world = this;
    class TLS implements TlsStream {
      readonly alpn = undefined;
      format = "buffer";
      readonly #stream: ByteStream;
      constructor(options: TlsOptions) {
        world.dialled.push(options);
        const wire = new Wire();
        this.#stream = new wire.io(options);
        const answer = world.answers[options.host];
        // What a connection does, it does later.
        Promise.resolve().then(() => {
          if (answer === undefined) {
            world.time.now += world.silenceMs;
            wire.end(new Error("unreachable"));
            return;
          }
          wire.connect();
          wire.receive(answer);
        });
      }
      read(): ArrayBuffer | undefined {
        return this.#stream.read();
      }
      write(bytes: BufferLike): number {
        return this.#stream.write(bytes);
      }
      close(): void {
        this.#stream.close();
      }
    }
    return {
      TCP: class {} as unknown as TcpClass,
      TLS,
      clock: this.time,
      timer: this.time,
      random: (into) => into.fill(0x80),
      keyValue: this.keyValue,
      log: (_level, event, fields: Readonly<Record<string, LogValue>> = {}) => {
        this.logged.push(`${event} ${JSON.stringify(fields)}`);
      },
      iccid: this.iccid,
    };
  }

  /** Hosts dialled so far. */
  get hosts() {
    return this.dialled.map(({ host }) => host);
  }
}

const setUp = (options: OneNceOptions = {}) => ({ world: new World(), profile: oneNceProfile(options) });

describe("the 1NCE profile", () => {
  test("onboards against the built-in roots without ALPN, and plans for the token's endpoint and root", async () => {
    const { world, profile } = setUp();
    const plan = await profile.plan(world.means);
    expect(world.dialled[0]!.secure).toEqual({
      serverName: "device.connectivity-suite.cloud",
      applicationLayerProtocolNegotiation: undefined,
      requireAlpn: false,
      roots: builtInRoots(),
      clock: world.time,
    });
    expect(plan).toMatchObject({
      host: sample.endpoint,
      tls: { roots: [rootDer], alpn: "mqtt" },
      credentials: { username: sample.username, expiresAt: WALL + 24 * HOUR },
    });
    expect(profile.renewals).toBe(1);
    expect(profile.topics(plan).telemetry).toBe(`${sample.clientId}/telemetry`);
  });

  test("logs no secret", async () => {
    const { world, profile } = setUp();
    await profile.plan(world.means);
    expect(world.logged.join("\n")).toContain("onboarded");
    expect(world.logged.join("\n")).not.toMatch(/t0ken|Ab%2B|eyJ/);
  });

  test("asks once and uses the token until its renewal is due, 5 to 15 % ahead of its end", async () => {
    const { world, profile } = setUp();
    const first = await profile.plan(world.means);
    const { renewAt = 0 } = first.credentials;
    expect((WALL + 24 * HOUR - renewAt) / (24 * HOUR)).toBeCloseTo(0.1, 2);
    world.time.now = renewAt - WALL - 1;
    expect(first.isFresh).toBe(true);
    expect(await profile.plan(world.means)).toEqual({ ...first, isFresh: undefined });
    expect(world.hosts).toHaveLength(1);
    world.time.now += 1;
    expect((await profile.plan(world.means)).credentials.expiresAt).toBe(renewAt + 24 * HOUR);
    expect(profile.renewals).toBe(2);
  });

  test("a restart does not onboard again", async () => {
    const { world, profile } = setUp();
    const plan = await profile.plan(world.means);
    world.time.now = 10 * HOUR;
    const afterRestart = oneNceProfile();
    expect(await afterRestart.plan(world.means)).toEqual({ ...plan, isFresh: undefined });
    expect(afterRestart.renewals).toBe(0);
    expect(world.hosts).toHaveLength(1);
  });

  test("a restart when the kept token is over, or damaged, onboards", async () => {
    const { world, profile } = setUp();
    await profile.plan(world.means);
    world.time.now = 25 * HOUR;
    await oneNceProfile().plan(world.means);
    expect(world.hosts).toHaveLength(2);
    world.keyValue.write(TOKEN_KEY, world.keyValue.read(TOKEN_KEY)!.subarray(1));
    await oneNceProfile().plan(world.means);
    expect(world.hosts).toHaveLength(3);
  });

  test("a token that was refused is thrown away, in RAM and in the store", async () => {
    const { world, profile } = setUp();
    await profile.plan(world.means);
    profile.forget(world.means);
    expect(world.keyValue.read(TOKEN_KEY)).toBeUndefined();
    await profile.plan(world.means);
    expect(profile.renewals).toBe(2);
  });

  test("a close without a word asks for another token, unless this one has just come", async () => {
    const { world, profile } = setUp();
    await profile.plan(world.means);
    const closed = new Failure("mqtt-closed", "closed: maybe expired", "new-credentials");
    expect(profile.judge!(closed, world.means)).toMatchObject({ code: "mqtt-closed", advice: "back-off" });
    world.time.now = YOUNG_MS;
    expect(profile.judge!(closed, world.means)).toBe(closed);
    const refused = new Failure("mqtt-refused", "refused", "new-credentials");
    world.time.now = 0;
    expect(profile.judge!(refused, world.means)).toBe(refused);
  });

  const untrusted = new Failure("tls-untrusted", "another root", "back-off");

  test("a kept root that no longer fits the endpoint asks for another token, once until the next renewal", async () => {
    const { world, profile } = setUp();
    await profile.plan(world.means);
    world.time.now = HOUR;
    const afterRestart = oneNceProfile();
    await afterRestart.plan(world.means);
    expect(afterRestart.judge!(untrusted, world.means)).toMatchObject({
      code: "tls-untrusted",
      advice: "new-credentials",
    });
    afterRestart.forget(world.means);
    const { credentials } = await afterRestart.plan(world.means);
    world.time.now += 2 * HOUR;
    expect(afterRestart.judge!(untrusted, world.means)).toBe(untrusted);
    world.time.now = credentials.renewAt! - WALL;
    await afterRestart.plan(world.means);
    world.time.now += HOUR;
    expect(afterRestart.judge!(untrusted, world.means)).toMatchObject({ advice: "new-credentials" });
  });

  test("a root that has just come and does not fit is no reason to fetch it again", async () => {
    const { world, profile } = setUp();
    await profile.plan(world.means);
    expect(profile.judge!(untrusted, world.means)).toBe(untrusted);
    world.time.now = HOUR;
    expect(profile.judge!(untrusted, world.means)).toBe(untrusted);
  });

  test("no other failure means anything but itself", async () => {
    const { world, profile } = setUp();
    const failure = new Failure("tls-name", "another host", "back-off");
    expect(profile.judge!(failure, world.means)).toBe(failure);
  });

  test("another SIM in the modem needs a token of its own", async () => {
    const { world, profile } = setUp();
    world.iccid = `${sample.clientId.slice(0, 18)}F`;
    await profile.plan(world.means);
    await profile.plan(world.means);
    expect(profile.renewals).toBe(1);
    const other = "8988280666000001231";
    world.iccid = other;
    world.answers = { "device.connectivity-suite.cloud": answerOf(csvOf({ clientId: other })) };
    expect((await profile.plan(world.means)).credentials.clientId).toBe(other);
    expect(profile.renewals).toBe(2);
  });

  test("a renewal that fails is postponed while the token holds, and is a failure once it does not", async () => {
    const { world, profile } = setUp();
    const first = await profile.plan(world.means);
    world.answers = { "device.connectivity-suite.cloud": answerOf("", {}, "503 Service Unavailable") };
    world.time.now = first.credentials.renewAt! - WALL;
    const second = await profile.plan(world.means);
    expect(second.credentials.username).toBe(sample.username);
    expect(second.credentials.renewAt).toBeGreaterThan(WALL + world.time.now);
    expect(second.credentials.renewAt).toBeLessThan(WALL + 24 * HOUR);
    expect(world.logged.at(-1)).toContain("onboarding-unavailable");
    await profile.plan(world.means);
    expect(world.hosts).toHaveLength(2);
    world.time.now = 24 * HOUR - 59_999;
    await expect(profile.plan(world.means)).rejects.toMatchObject({ code: "onboarding-unavailable" });
  });

  test.each([
    ["a minute before the token's end falls back on it", 150_000, false],
    ["later than that falls back on nothing", 149_999, true],
  ])("a renewal that fails %s", async (_, left, isFailure) => {
    const { world, profile } = setUp();
    await profile.plan(world.means);
    world.answers = {};
    world.silenceMs = 90_000;
    world.time.now = 24 * HOUR - left;
    const plan = profile.plan(world.means);
    if (isFailure) await expect(plan).rejects.toMatchObject({ code: "http-connection" });
    else expect((await plan).credentials.username).toBe(sample.username);
  });

  test("a renewal that the service puts off waits as long as it was asked to", async () => {
    const { world, profile } = setUp();
    const first = await profile.plan(world.means);
    const busy = answerOf("", { "Retry-After": "3600" }, "503 Service Unavailable");
    world.answers = { "device.connectivity-suite.cloud": busy };
    world.time.now = first.credentials.renewAt! - WALL;
    const { credentials } = await profile.plan(world.means);
    expect(credentials.renewAt).toBeGreaterThanOrEqual(WALL + world.time.now + HOUR);
    // Over a restart too: a chip that sleeps deeply restarts with each record.
    world.time.now += HOUR - 1;
    await oneNceProfile().plan(world.means);
    expect(world.hosts).toHaveLength(2);
  });

  test("a service that asks to be left alone is, whatever becomes of the token meanwhile", async () => {
    const { world, profile } = setUp();
    const first = await profile.plan(world.means);
    const busy = answerOf("", { "Retry-After": "3600" }, "503 Service Unavailable");
    world.answers = { "device.connectivity-suite.cloud": busy };
    world.time.now = first.credentials.renewAt! - WALL;
    await profile.plan(world.means);
    profile.forget(world.means);
    world.time.now += HOUR / 2;
    const left = { code: "onboarding-often", advice: "back-off", retryAfterMs: HOUR / 2 };
    await expect(profile.plan(world.means)).rejects.toMatchObject(left);
    world.time.now += HOUR / 2 - 1;
    await expect(profile.plan(world.means)).rejects.toMatchObject({ retryAfterMs: 1 });
    expect(world.hosts).toHaveLength(2);
    world.answers = { "device.connectivity-suite.cloud": answerOf(csvOf()) };
    world.time.now += 1;
    await profile.plan(world.means);
    expect(world.hosts).toHaveLength(3);
  });

  test("a token that ends while the service is to be left alone is a failure that says how long that is", async () => {
    const { world, profile } = setUp();
    await profile.plan(world.means);
    const busy = answerOf("", { "Retry-After": "3600" }, "429 Too Many Requests");
    world.answers = { "device.connectivity-suite.cloud": busy };
    world.time.now = 24 * HOUR - HOUR / 4;
    expect((await profile.plan(world.means)).credentials.username).toBe(sample.username);
    world.time.now += HOUR / 4 - 30_000;
    const left = { code: "onboarding-often", retryAfterMs: (3 * HOUR) / 4 + 30_000 };
    await expect(profile.plan(world.means)).rejects.toMatchObject(left);
    expect(world.hosts).toHaveLength(2);
  });

  test("a failure without a token to fall back on is passed on", async () => {
    const { world, profile } = setUp();
    world.answers = {};
    await expect(profile.plan(world.means)).rejects.toMatchObject({ code: "http-connection" });
    expect(profile.renewals).toBe(0);
  });

  test("a kept token whose endpoint is no longer allowed is not used", async () => {
    const { world, profile } = setUp();
    await profile.plan(world.means);
    const stricter = oneNceProfile({ endpointPattern: "*.eu-central-1.amazonaws.com" });
    await expect(stricter.plan(world.means)).rejects.toMatchObject({ code: "onboarding-endpoint" });
    expect(world.keyValue.read(TOKEN_KEY)).toBeUndefined();
  });
});

describe("an answer without a root", () => {
  const json = answerOf(jsonOf(), { "Content-Type": "application/json" });
  const pem = answerOf(rootPem, { "Content-Type": "application/x-pem-file" });

  test("means the built-in roots", async () => {
    const { world, profile } = setUp();
    world.answers = { "device.connectivity-suite.cloud": json };
    expect((await profile.plan(world.means)).tls!.roots).toEqual(builtInRoots());
    expect(world.hosts).toHaveLength(1);
  });

  test("can mean the root at the address it names, which is kept too", async () => {
    const { world, profile } = setUp({ missingRoot: "fetch" });
    world.answers = { "device.connectivity-suite.cloud": json, "www.amazontrust.com": pem };
    expect((await profile.plan(world.means)).tls!.roots).toEqual([rootDer]);
    expect(world.hosts).toEqual(["device.connectivity-suite.cloud", "www.amazontrust.com"]);
    expect(world.dialled[1]!.secure.roots).toEqual(builtInRoots());
    expect((await oneNceProfile().plan(world.means)).tls!.roots).toEqual([rootDer]);
    expect(world.hosts).toHaveLength(2);
  });

  test.each<[string, string | undefined, string]>([
    ["that cannot be reached", undefined, sample.rootCaUrl],
    ["without a certificate", answerOf("<html>no</html>"), sample.rootCaUrl],
    ["with a certificate cut short", answerOf(rootPem.slice(0, 500)), sample.rootCaUrl],
    ["that is gone", answerOf("", {}, "404 Not Found"), sample.rootCaUrl],
    ["that is not https", pem, "http://www.amazontrust.com/x.pem"],
    ["of another's host", pem, "https://www.example.com/x.pem"],
    ["that is an address of numbers", pem, "https://127.0.0.1/x.pem"],
    ["with a user in it", pem, "https://www.amazontrust.com@example.com/x.pem"],
    ["without a path", pem, "https://www.amazontrust.com"],
    ["of an impossible port", pem, "https://www.amazontrust.com:99999/x.pem"],
  ])("an address %s leaves the built-in roots", async (_, answer, rootCaUrl) => {
    const { world, profile } = setUp({ missingRoot: "fetch" });
    const onboarding = answerOf(jsonOf({ rootCaUrl }), { "Content-Type": "application/json" });
    world.answers = { "device.connectivity-suite.cloud": onboarding };
    if (answer !== undefined) world.answers["www.amazontrust.com"] = answer;
    expect((await profile.plan(world.means)).tls!.roots).toEqual(builtInRoots());
    expect(world.logged.some((line) => line.startsWith("root-not-fetched"))).toBe(true);
  });
});

describe("a hostile answer", () => {
  const strangerPem = rootCertificates.find((pem) => !new X509Certificate(pem).subject.includes("Amazon"))!;
  const stranger = new Uint8Array(new X509Certificate(strangerPem).raw);
  const hostile = (fields: Partial<Sample>) => ({ "device.connectivity-suite.cloud": answerOf(csvOf(fields)) });

  test("with a root of its own is trusted for the endpoint that it names and for nothing else", async () => {
    const { world, profile } = setUp();
    world.answers = hostile({ rootCa: strangerPem });
    const plan = await profile.plan(world.means);
    expect(plan.tls!.roots).toEqual([stranger]);
    // Whoever asks next, this life or the next one, is told by a server under the built-in roots.
    world.time.now = plan.credentials.renewAt! - WALL;
    await profile.plan(world.means);
    world.time.now += 24 * HOUR;
    await oneNceProfile().plan(world.means);
    expect(world.dialled.map(({ host, secure }) => [host, secure.roots])).toEqual(
      Array(3).fill(["device.connectivity-suite.cloud", builtInRoots()]),
    );
  });

  test.each([
    ["evil.example", "onboarding-endpoint"],
    ["amazonaws.com", "onboarding-endpoint"],
    ["evilamazonaws.com", "onboarding-endpoint"],
    ["a.amazonaws.com.example.org", "onboarding-endpoint"],
    ["10.0.0.1", "onboarding-endpoint"],
    ['a.amazonaws.com","b', "onboarding-body"],
    ["a.amazonaws.com:22", "onboarding-endpoint"],
  ])("cannot send the device to %s, nor is its token kept", async (endpoint, code) => {
    const { world, profile } = setUp();
    world.answers = hostile({ endpoint });
    await expect(profile.plan(world.means)).rejects.toMatchObject({ code, advice: "back-off" });
    expect(world.keyValue.read(TOKEN_KEY)).toBeUndefined();
    expect(world.hosts).toEqual(["device.connectivity-suite.cloud"]);
  });

  test.each(["#", "+/x", "$aws/things/x", "../y", ".", "..", ""])(
    "cannot make the device speak on other topics: client id %j",
    async (clientId) => {
      const { world, profile } = setUp();
      world.answers = hostile({ clientId });
      await expect(profile.plan(world.means)).rejects.toMatchObject({ code: "onboarding-field", advice: "back-off" });
    },
  );

  const other = "8988280666000001231";
  const json = { "Content-Type": "application/json" };

  test("cannot make the device another one: the ICCID of another SIM is refused, kept nowhere and logged without the token", async () => {
    const { world, profile } = setUp({ missingRoot: "fetch" });
    world.iccid = sample.clientId;
    world.answers = { "device.connectivity-suite.cloud": answerOf(jsonOf({ clientId: other }), json) };
    const refusal = await profile.plan(world.means).catch((error) => error);
    expect(refusal).toMatchObject({ code: "onboarding-sim", advice: "back-off" });
    expect(world.keyValue.read(TOKEN_KEY)).toBeUndefined();
    expect([profile.renewals, world.hosts]).toEqual([0, ["device.connectivity-suite.cloud"]]);
    expect([...world.logged, refusal.message].join("\n")).not.toMatch(/t0ken|Ab%2B|eyJ/);
  });

  test.each<[string, string, boolean]>([
    ["the same", sample.clientId, true],
    ["without its check digit", sample.clientId.slice(0, 18), true],
    ["with another check digit and a filler", `${sample.clientId.slice(0, 18)}7F`, true],
    ["one digit off", `${sample.clientId.slice(0, 17)}9${sample.clientId.slice(18)}`, false],
    ["cut short", sample.clientId.slice(0, 17), false],
    ["with something in front", `x${sample.clientId}`, false],
    ["no ICCID", "thing-1", false],
  ])("a client id is compared with the SIM's ICCID: %s", async (_, clientId, taken) => {
    const { world, profile } = setUp();
    world.iccid = sample.clientId;
    world.answers = hostile({ clientId });
    const code = await profile.plan(world.means).then(
      () => "taken",
      (error) => error.code,
    );
    expect(code).toBe(taken ? "taken" : "onboarding-sim");
  });

  test("a device that could not read its ICCID has nothing to compare it with", async () => {
    const { world, profile } = setUp();
    world.answers = hostile({ clientId: other });
    expect((await profile.plan(world.means)).credentials.clientId).toBe(other);
  });

  test("for another SIM at a renewal leaves the token that still holds, over a restart too", async () => {
    const { world, profile } = setUp();
    world.iccid = sample.clientId;
    const first = await profile.plan(world.means);
    world.answers = hostile({ clientId: other });
    world.time.now = first.credentials.renewAt! - WALL;
    expect((await profile.plan(world.means)).credentials.clientId).toBe(sample.clientId);
    expect(world.logged.at(-1)).toContain("onboarding-sim");
    world.time.now += 1;
    expect((await oneNceProfile().plan(world.means)).credentials.clientId).toBe(sample.clientId);
  });

  const cookie = { username: sample.username.replace("token=", "Cookie=") };

  test.each(["ws", "https"] as const)(
    "with the token under a name that HTTP uses is refused for %s, and not kept",
    async (transport) => {
      const { world, profile } = setUp({ transport });
      world.answers = hostile(cookie);
      const refusal = await profile.plan(world.means).catch((error) => error);
      expect(refusal).toMatchObject({ code: "onboarding-token-key", advice: "back-off" });
      expect(world.keyValue.read(TOKEN_KEY)).toBeUndefined();
      expect([...world.logged, refusal.message].join("\n")).not.toMatch(/t0ken|Ab%2B|eyJ/);
    },
  );

  test("with such a name goes by MQTT, which takes the user name as it is; by HTTP after a restart, onboarding is asked again", async () => {
    const { world, profile } = setUp();
    world.answers = hostile(cookie);
    expect((await profile.plan(world.means)).credentials.username).toBe(cookie.username);
    world.answers = { "device.connectivity-suite.cloud": answerOf(csvOf()) };
    const plan = await oneNceProfile({ transport: "ws" }).plan(world.means);
    expect(plan.ws!.headers!.at(-1)).toEqual(["token", "t0ken".repeat(20)]);
    expect(world.hosts).toHaveLength(2);
  });
});
