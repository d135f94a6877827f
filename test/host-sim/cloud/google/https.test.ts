import { beforeAll, describe, expect, test } from "@jest/globals";
import type { BrokerEvent } from "../../../../host-sim/cloud/broker/events.js";
import { GoogleBridge } from "../../../../host-sim/cloud/google/bridge.js";
import { ClearBladeHttps } from "../../../../host-sim/cloud/google/clearblade-https.js";
import { DeviceRegistry } from "../../../../host-sim/cloud/google/device-registry.js";
import { GoogleHttps } from "../../../../host-sim/cloud/google/https.js";
import { type Peer, Probe } from "../probe.js";
import { goodClaims, type Keys, makeKeys, NOW, sign } from "../tokens.js";

const ID = "device-1";
const SYSTEM = "cafe0123";
let keys: Keys;
beforeAll(async () => {
  keys = await makeKeys("ES256");
});

function setUp(flavour: "google" | "clearblade") {
  const registry = new DeviceRegistry({ project: "my-project", location: "us-central1", registry: "reg" });
  registry.add(ID, [keys.publicPem], Buffer.from("config"));
  const events: BrokerEvent[] = [];
  const bridge = new GoogleBridge({ registry, flavour, names: [], onEvent: (event) => events.push(event) });
  const core =
    flavour === "google"
      ? new GoogleHttps({ registry, bridge })
      : new ClearBladeHttps({ registry, bridge, systemKey: SYSTEM });
  const probe = new Probe(core);
  const ask = (method: string, target: string, fields: Record<string, string>, body: unknown = undefined) => {
    const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
    const lines = Object.entries({ Host: "x", "Content-Length": String(text.length), ...fields }).map(
      ([k, v]) => `${k}: ${v}`,
    );
    return answer(probe.connect().send([`${method} ${target} HTTP/1.1`, ...lines, "", text].join("\r\n")));
  };
  return { registry, events, bridge, probe, ask, core };
}

function answer(peer: Peer): { status: number; body: string } {
  const end = peer.text.indexOf("\r\n\r\n");
  return { status: Number(peer.text.split(" ")[1]), body: peer.text.slice(end + 4) };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("Google's HTTP bridge", () => {
  const BASE = `/v1/projects/my-project/locations/us-central1/registries/reg/devices/${ID}`;
  const bearer = async (claims: object = {}) => ({ authorization: `Bearer ${await sign(keys, goodClaims(claims))}` });

  test.each([
    ["snake_case", { binary_data: base64("hi"), sub_folder: "alerts" }, "/events/alerts"],
    ["camelCase", { binaryData: base64("hi"), subFolder: "alerts" }, "/events/alerts"],
    ["no sub-folder", { binary_data: base64("hi") }, "/events"],
  ])("takes an event in %s", async (_, body, topic) => {
    const { ask, events } = setUp("google");
    expect(ask("POST", `${BASE}:publishEvent`, await bearer(), body)).toEqual({ status: 200, body: "{}" });
    expect(events).toMatchObject([{ type: "publish", topic: `/devices/${ID}${topic}`, payload: Buffer.from("hi") }]);
  });

  test("takes the state", async () => {
    const { ask, registry } = setUp("google");
    const body = { state: { binary_data: base64("on") } };
    expect(ask("POST", `${BASE}:setState`, await bearer(), body).status).toBe(200);
    expect(Buffer.from(registry.get(ID)!.state!).toString()).toBe("on");
  });

  test("gives the configuration to whom has an older one", async () => {
    const { ask } = setUp("google");
    const config = async (query: string) => JSON.parse(ask("GET", `${BASE}/config${query}`, await bearer()).body);
    expect(await config("")).toEqual({ version: "1", binaryData: base64("config") });
    expect(await config("?local_version=0")).toEqual({ version: "1", binaryData: base64("config") });
    expect(await config("?local_version=1")).toEqual({});
  });

  test.each<[string, number, () => Promise<[string, string, Record<string, string>, unknown]>]>([
    ["no token", 401, async () => ["POST", `${BASE}:publishEvent`, {}, { binary_data: "" }]],
    [
      "an expired token",
      401,
      async () => [
        "POST",
        `${BASE}:publishEvent`,
        await bearer({ iat: NOW - 9000, exp: NOW - 601 }),
        { binary_data: "" },
      ],
    ],
    ["another device", 404, async () => ["POST", `${BASE}2:publishEvent`, await bearer(), { binary_data: "" }]],
    ["another call", 404, async () => ["POST", `${BASE}:explode`, await bearer(), {}]],
    ["GET", 404, async () => ["GET", `${BASE}:publishEvent`, await bearer(), undefined]],
    ["base64url", 400, async () => ["POST", `${BASE}:publishEvent`, await bearer(), { binary_data: "-_-_" }]],
    ["no JSON", 400, async () => ["POST", `${BASE}:publishEvent`, await bearer(), "{"]],
    [
      "a wildcard in its sub-folder",
      400,
      async () => ["POST", `${BASE}:publishEvent`, await bearer(), { binary_data: "", sub_folder: "#" }],
    ],
    ["a version that is none", 400, async () => ["GET", `${BASE}/config?local_version=x`, await bearer(), undefined]],
    [
      "a state of more than 64 KB",
      400,
      async () => ["POST", `${BASE}:setState`, await bearer(), { state: { binaryData: base64("x".repeat(65_537)) } }],
    ],
  ])("answers %s with %i and no event", async (_, status, request) => {
    const { ask, events } = setUp("google");
    const { status: answered, body } = ask(...(await request()));
    expect(answered).toBe(status);
    expect(JSON.parse(body)).toMatchObject({ error: { code: status } });
    expect(events).toEqual([]);
  });

  test("takes an event of 256 KB", async () => {
    const { ask } = setUp("google");
    const body = { binary_data: Buffer.alloc(256 * 1024).toString("base64") };
    expect(ask("POST", `${BASE}:publishEvent`, await bearer(), body).status).toBe(200);
  });
});

describe("ClearBlade's HTTP form", () => {
  const PATH = `/api/v/4/webhook/execute/${SYSTEM}/cloudiotdevice_devices`;
  const user = async (claims: object = {}) => ({
    "ClearBlade-UserToken": await sign(keys, { iat: NOW, exp: NOW + 60, sk: SYSTEM, uid: ID, ut: 3, ...claims }),
  });

  test("takes events and state, and answers 204 without a body", async () => {
    const { ask, events } = setUp("clearblade");
    const event = ask("POST", `${PATH}?name=${ID}&method=publishEvent`, await user(), {
      binaryData: base64("hi"),
      subFolder: "a",
    });
    expect(event).toEqual({ status: 204, body: "" });
    expect(
      ask("POST", `${PATH}?name=${ID}&method=setState`, await user(), { state: { binaryData: base64("s") } }).status,
    ).toBe(204);
    expect(events).toMatchObject([{ topic: `/devices/${ID}/events/a` }, { topic: `/devices/${ID}/state` }]);
  });

  test.each<[string, number, string, object]>([
    ["another system key in the token", 401, "publishEvent", { sk: "other" }],
    ["another device in the token", 401, "publishEvent", { uid: "other" }],
    ["another type of user", 401, "publishEvent", { ut: 2 }],
    ["a type of user as a string", 401, "publishEvent", { ut: "3" }],
    ["another method", 400, "explode", {}],
  ])("answers %s with %i", async (_, status, method, claims) => {
    const { ask } = setUp("clearblade");
    const fields = await user(claims);
    expect(ask("POST", `${PATH}?name=${ID}&method=${method}`, fields, { binaryData: "" }).status).toBe(status);
  });

  test("answers an unknown device and path with 404", async () => {
    const { ask } = setUp("clearblade");
    expect(ask("POST", `${PATH}?name=other&method=setState`, await user(), {}).status).toBe(404);
    expect(ask("POST", "/x", await user(), {}).status).toBe(404);
  });
});
