import { createPublicKey, X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { describe, expect, test } from "@jest/globals";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { clearBladeProfile } from "../../../firmware/cloud/clearblade/profile.js";
import { clearBladeRoots } from "../../../firmware/cloud/clearblade/roots.js";
import { type GoogleOptions, googleProfile } from "../../../firmware/cloud/google/profile.js";
import { jwtBrokerProfile } from "../../../firmware/cloud/jwt-broker/profile.js";
import { storedKeySigner } from "../../../firmware/cloud/own-key/es256.js";
import type { JwtKey } from "../../../firmware/cloud/own-key/profile.js";
import type { Plan } from "../../../firmware/cloud/plan.js";
import { ecPublicPem } from "../../../firmware/jwt/ec-public.js";
import { es256Signer } from "../../../firmware/jwt/es256.js";
import { generateKey } from "../../../firmware/jwt/key-store.js";
import { es256 } from "../../../firmware/jwt/p256.js";
import { rs256Signer } from "../../../firmware/jwt/rs256.js";
import { readRsaPrivateKey } from "../../../firmware/jwt/rsa-key.js";
import { DeviceRegistry } from "../../../host-sim/cloud/google/device-registry.js";
import { checkToken } from "../../../host-sim/cloud/google/tokens.js";
import { RFC6979_A25, rsaPair } from "../jwt/samples.js";
import { profileMeans, WALL } from "./profile-means.js";

const curve = es256();
const { d, point } = RFC6979_A25;
const publicPem = ecPublicPem(point);
const key: JwtKey = { signer: () => es256Signer({ d }, curve) };
const device = { project: "my-project", location: "us-central1", registry: "my-registry", device: "my-device" };
const roots = [Uint8Array.of(1)];
const google: GoogleOptions = { device, key, roots };

const registry = new DeviceRegistry({ project: "my-project", location: "us-central1", registry: "my-registry" });
const registered = registry.add("my-device", [publicPem]);
const HOUR = 3_600_000;
const passwordOf = (plan: Plan) => plan.credentials.password!;

describe("the Google profile", () => {
  test("connects as the device's full name with a token as password that the service takes", async () => {
    const { means } = profileMeans();
    const profile = googleProfile(google);
    const plan = await profile.plan(means);
    expect(plan).toMatchObject({
      host: "mqtt.googleapis.com",
      port: 8883,
      tls: { serverName: "mqtt.googleapis.com", requireAlpn: false, roots },
      credentials: { username: "unused", expiresAt: WALL + 3_600_000 },
    });
    expect(plan.tls).not.toHaveProperty("alpn");
    expect(registry.find(plan.credentials.clientId)).toBe(registered);
    expect(checkToken(passwordOf(plan), registered, "google", { aud: "my-project" }, WALL)).toMatchObject({ ok: true });
    const { payload } = await jwtVerify(passwordOf(plan), createPublicKey(publicPem), { currentDate: new Date(WALL) });
    expect(payload).toEqual({ iat: WALL / 1000, exp: WALL / 1000 + 3600, aud: "my-project" });
  });

  test("speaks and listens where the service does", async () => {
    const profile = googleProfile(google);
    expect(profile.topics(await profile.plan(profileMeans().means))).toEqual({
      telemetry: "/devices/my-device/events",
      responses: "/devices/my-device/events/responses",
      commands: "/devices/my-device/commands/#",
      config: "/devices/my-device/config",
      state: "/devices/my-device/state",
    });
  });

  test("uses a token until its renewal is due, signs another then, or when it was refused", async () => {
    const { means, time, logged } = profileMeans();
    const profile = googleProfile({ ...google, key: { ...key, lifetimeS: 86_400, kid: "k1" } });
    const first = await profile.plan(means);
    const { renewAt = 0, expiresAt = 0 } = first.credentials;
    expect(decodeProtectedHeader(passwordOf(first)).kid).toBe("k1");
    expect((expiresAt - renewAt) / 86_400_000).toBeCloseTo(0.1, 2);
    time.now = renewAt - WALL - 1;
    expect(await profile.plan(means)).toEqual(first);
    time.now += 1;
    const second = await profile.plan(means);
    expect(second.credentials.expiresAt).toBe(Math.floor(renewAt / 1000) * 1000 + 86_400_000);
    profile.forget(means);
    time.now += 1000;
    expect(passwordOf(await profile.plan(means))).not.toBe(passwordOf(second));
    expect(profile.renewals).toBe(3);
    expect(logged.join()).not.toContain(passwordOf(second).split(".")[2]!);
  });

  test("signs anew after the clock was set back", async () => {
    const { means, time } = profileMeans();
    const profile = googleProfile(google);
    await profile.plan(means);
    time.setWall(WALL - 3_600_000);
    expect((await profile.plan(means)).credentials.expiresAt).toBe(WALL);
  });

  describe("never signs the token that was refused again", () => {
    const pair = rsaPair(2048);
    const rsa = readRsaPrivateKey(pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string);
    const keys: Record<string, JwtKey> = { ES256: key, RS256: { signer: () => rs256Signer(rsa) } };
    /** Signs, is refused, and so on, at these wall times. */
    const signed = async (own: JwtKey, walls: readonly number[], restarts = false) => {
      const { means, time } = profileMeans();
      let profile = googleProfile({ ...google, key: own });
      const tokens: string[] = [];
      for (const wall of walls) {
        time.setWall(wall);
        tokens.push(passwordOf(await profile.plan(means)));
        profile.forget(means);
        if (restarts) profile = googleProfile({ ...google, key: own });
      }
      return { tokens, means };
    };

    test.each(Object.keys(keys))("within the same second, by %s", async (alg) => {
      const { tokens } = await signed(keys[alg]!, [WALL, WALL + 281, WALL + 999, WALL + 1_000]);
      expect(new Set(tokens).size).toBe(4);
      for (const token of tokens) {
        const [, claims] = token.split(".");
        const { iat, exp } = JSON.parse(Buffer.from(claims!, "base64url").toString());
        // None from the future, and none that lives longer than it may.
        expect([iat <= WALL / 1000 + 1, exp - iat <= 3_600, exp - iat > 3_500]).toEqual([true, true, true]);
      }
    });

    test("when the clock was set back to that second, or to and fro", async () => {
      const { tokens } = await signed(key, [WALL, WALL + HOUR, WALL + 10, WALL - HOUR, WALL + HOUR, WALL]);
      expect(new Set(tokens).size).toBe(6);
    });

    test("and doubts the clock that it was signed by, each second time", async () => {
      const { means } = profileMeans();
      const profile = googleProfile(google);
      const doubts: (boolean | undefined)[] = [profile.doubtsTime];
      for (let i = 0; i < 3; i++) {
        await profile.plan(means);
        doubts.push(profile.doubtsTime);
        profile.forget(means);
        doubts.push(profile.doubtsTime);
      }
      expect(doubts).toEqual([false, false, true, false, false, false, true]);
    });

    test("over a restart", async () => {
      expect(new Set((await signed(key, [WALL, WALL + 1, WALL + 2], true)).tokens).size).toBe(3);
    });

    test("when a store that is full does not keep that it was", async () => {
      const { means, logged } = profileMeans();
      means.keyValue.write = () => {
        throw new Error("full");
      };
      const profile = googleProfile(google);
      const first = passwordOf(await profile.plan(means));
      profile.forget(means);
      expect(logged.at(-1)).toMatch(/not-remembered/);
      expect(passwordOf(await profile.plan(means))).not.toBe(first);
    });

    test("however often it is told of one refusal, that counts once", async () => {
      const { means } = await signed(key, [WALL]);
      const profile = googleProfile(google);
      for (let i = 0; i < 3; i++) profile.forget(means);
      expect((await profile.plan(means)).credentials.expiresAt).toBe(WALL + 3_599_000);
    });
  });

  test("without the time there is no token", async () => {
    const { means, time } = profileMeans();
    time.wallAtStart = undefined;
    await expect(googleProfile(google).plan(means)).rejects.toMatchObject({ code: "jwt-clock", advice: "retry" });
  });

  test("with a time that may be wrong by more than the service bears with there is none either", async () => {
    const { means } = profileMeans();
    const vague = { ...means, clockErrorMs: 600_001 };
    await expect(googleProfile(google).plan(vague)).rejects.toMatchObject({ code: "jwt-clock" });
  });

  test("RS256 is as good", async () => {
    const pair = rsaPair(2048);
    const rsa = readRsaPrivateKey(pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string);
    const profile = googleProfile({ ...google, key: { signer: () => rs256Signer(rsa) } });
    const plan = await profile.plan(profileMeans().means);
    const pem = pair.publicKey.export({ type: "spki", format: "pem" }) as string;
    const other = new DeviceRegistry(registry.name).add("my-device", [pem]);
    expect(checkToken(passwordOf(plan), other, "google", { aud: "my-project" }, WALL)).toMatchObject({ ok: true });
  });

  test("wipes the key after each signature", async () => {
    let wiped = 0;
    const signer = () => ({ ...es256Signer({ d }, curve), wipe: () => wiped++ });
    await googleProfile({ ...google, key: { signer } }).plan(profileMeans().means);
    expect(wiped).toBe(1);
  });

  test("takes the device's own key from the store, and says so when there is none", async () => {
    const { means } = profileMeans();
    const profile = googleProfile({ ...google, key: { signer: storedKeySigner } });
    await expect(profile.plan(means)).rejects.toMatchObject({ code: "jwt-key", advice: "give-up" });
    const own = generateKey(means.keyValue, (into) => into.fill(7), curve);
    const mine = new DeviceRegistry(registry.name).add("my-device", [ecPublicPem(own)]);
    expect(checkToken(passwordOf(await profile.plan(means)), mine, "google", {}, WALL)).toMatchObject({ ok: true });
  });

  test("by HTTP has the other host", async () => {
    const plan = await googleProfile({ ...google, transport: "https" }).plan(profileMeans().means);
    expect(plan).toMatchObject({ host: "cloudiotdevice.googleapis.com", port: 443 });
  });

  test.each([
    [{ device: "x" }],
    [{ device: "goog-device" }],
    [{ device: "1device" }],
    [{ device: "my/device" }],
    [{ project: "" }],
    [{ registry: "a/b" }],
    [{ location: "a b" }],
  ])("refuses the name %j", (part) => {
    expect(() => googleProfile({ ...google, device: { ...device, ...part } })).toThrow(
      expect.objectContaining({ code: "config", advice: "give-up" }) as unknown as Error,
    );
  });
});

describe("the ClearBlade profile", () => {
  test("connects to the location's host, with a token that the strict service takes", async () => {
    const profile = clearBladeProfile({ device, key });
    const plan = await profile.plan(profileMeans().means);
    expect(plan).toMatchObject({
      host: "us-central1-mqtt.clearblade.com",
      port: 8883,
      tls: { roots: clearBladeRoots() },
    });
    expect(checkToken(passwordOf(plan), registered, "clearblade", { aud: "my-project" }, WALL)).toMatchObject({
      ok: true,
    });
    expect(profile.topics(plan).telemetry).toBe("/devices/my-device/events");
  });

  test("by HTTP claims system, device and type besides", async () => {
    const http = { host: "api.clearblade.test", systemKey: "system" };
    const plan = await clearBladeProfile({ device, key, http }).plan(profileMeans().means);
    expect(plan).toMatchObject({ host: "api.clearblade.test", port: 443 });
    const wanted = { sk: "system", uid: "my-device", ut: 3 };
    expect(checkToken(passwordOf(plan), registered, "clearblade", wanted, WALL)).toMatchObject({ ok: true });
  });

  test("the built-in roots have the fingerprints of Node's root store", () => {
    const store = rootCertificates.map((pem) => new X509Certificate(pem).fingerprint256);
    const own = clearBladeRoots().map((der) => new X509Certificate(der));
    expect(own.map(({ subject }) => subject.split("\n").at(-1))).toEqual([
      "CN=DigiCert Global Root CA",
      "CN=DigiCert Global Root G2",
    ]);
    // The stores of Node 22 and 24 have the first one no more; this is what that of Node 20 says of it.
    const left = "43:48:A0:E9:44:4C:78:CB:26:5E:05:8D:5E:89:44:B4:D8:4F:96:62:BD:26:DB:25:7F:89:34:A4:43:C7:01:61";
    for (const { fingerprint256 } of own) expect([...store, left]).toContain(fingerprint256);
  });
});

describe("the profile of any broker that takes a JWT", () => {
  const topics = { telemetry: "t/1", commands: "c/1/#", responses: "r/1" };
  const base = { host: "broker.test", port: 8883, tls: { roots }, clientId: "c1", key, topics };

  test("bears the token as password, with every claim that is set", async () => {
    const claims = {
      aud: "rabbitmq",
      iss: "me",
      sub: "c1",
      scope: "rabbitmq.write:*/*/*",
      extra: { acl: { pub: ["t/1"] } },
    };
    const profile = jwtBrokerProfile({ ...base, claims, other: "c1" });
    const plan = await profile.plan(profileMeans().means);
    expect(plan).toMatchObject({
      host: "broker.test",
      port: 8883,
      tls: { serverName: "broker.test", requireAlpn: false },
    });
    expect(plan.credentials).toMatchObject({ clientId: "c1", username: "c1" });
    const options = { currentDate: new Date(WALL), audience: "rabbitmq", issuer: "me", subject: "c1" };
    const { payload } = await jwtVerify(passwordOf(plan), createPublicKey(publicPem), options);
    expect(payload).toMatchObject({ scope: "rabbitmq.write:*/*/*", acl: { pub: ["t/1"] } });
    expect(profile.topics(plan)).toEqual(topics);
  });

  test("bears it as user name, with or without a password beside it", async () => {
    const { credentials } = await jwtBrokerProfile({ ...base, field: "username" }).plan(profileMeans().means);
    expect(credentials.username).toMatch(/^eyJ/);
    expect(credentials).not.toHaveProperty("password");
    const both = await jwtBrokerProfile({ ...base, field: "username", other: "any" }).plan(profileMeans().means);
    expect(both.credentials.password).toBe("any");
  });

  test("a password has a user name beside it, as MQTT demands", async () => {
    expect((await jwtBrokerProfile(base).plan(profileMeans().means)).credentials.username).toBe("unused");
  });

  test("offers ALPN if asked to, and then requires it", async () => {
    const plan = await jwtBrokerProfile({ ...base, tls: { roots, alpn: "mqtt" } }).plan(profileMeans().means);
    expect(plan.tls).toEqual({ serverName: "broker.test", alpn: "mqtt", requireAlpn: true, roots });
  });

  test("takes no name that a broker would end the connection for", () => {
    expect(() => jwtBrokerProfile({ ...base, clientId: "a\u0001" })).toThrow(/control character/);
    const topics = { ...base.topics, responses: "a/\u009f" };
    expect(() => jwtBrokerProfile({ ...base, topics })).toThrow(/control character/);
  });

  test("without TLS speaks to this machine only", async () => {
    const { tls: _, ...plain } = base;
    for (const host of ["localhost", "127.0.0.1", "::1"]) {
      expect(await jwtBrokerProfile({ ...plain, host }).plan(profileMeans().means)).not.toHaveProperty("tls");
    }
    for (const host of ["broker.test", "localhost.example.com", "1127.0.0.1", "10.0.0.1"]) {
      expect(() => jwtBrokerProfile({ ...plain, host })).toThrow(/not sent to .* without TLS/);
    }
  });
});
