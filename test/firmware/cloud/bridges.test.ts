// The HTTP bridges against the simulated services, and what their answers mean.

import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { clearBladeBridge } from "../../../firmware/cloud/clearblade/bridge.js";
import { clearBladeProfile } from "../../../firmware/cloud/clearblade/profile.js";
import { googleBridge } from "../../../firmware/cloud/google/bridge.js";
import { CONFIG_LIMIT, ConfigReader } from "../../../firmware/cloud/google/config-reader.js";
import { googleProfile } from "../../../firmware/cloud/google/profile.js";
import type { Bridge, BridgeAnswer, BridgeRequest } from "../../../firmware/cloud/publish.js";
import { encodeRequest } from "../../../firmware/http/request.js";
import { type ResponseHead, ResponseParser } from "../../../firmware/http/response.js";
import { ecPublicPem } from "../../../firmware/jwt/ec-public.js";
import { es256Signer } from "../../../firmware/jwt/es256.js";
import { es256 } from "../../../firmware/jwt/p256.js";
import type { BrokerEvent } from "../../../host-sim/cloud/broker/events.js";
import { GoogleBridge } from "../../../host-sim/cloud/google/bridge.js";
import { ClearBladeHttps } from "../../../host-sim/cloud/google/clearblade-https.js";
import { DeviceRegistry } from "../../../host-sim/cloud/google/device-registry.js";
import { GoogleHttps } from "../../../host-sim/cloud/google/https.js";
import type { ServerCore } from "../../../host-sim/world/core.js";
import { cuts, pieces } from "../../support/pieces.js";
import { RFC6979_A25 } from "../jwt/samples.js";
import { profileMeans, WALL } from "./profile-means.js";

const curve = es256();
const key = { signer: () => es256Signer({ d: RFC6979_A25.d }, curve) };
const device = { project: "my-project", location: "us-central1", registry: "my-registry", device: "my-device" };
const systemKey = "5e1f";

/** The simulated services with one device registered, and what was published to them. */
function services() {
  const registry = new DeviceRegistry({ project: "my-project", location: "us-central1", registry: "my-registry" });
  registry.add("my-device", [ecPublicPem(RFC6979_A25.point)], Buffer.from("config one"));
  const published: [string, string][] = [];
  const onEvent = (event: BrokerEvent) => {
    if (event.type === "publish") published.push([event.topic, Buffer.from(event.payload).toString()]);
  };
  const bridge = new GoogleBridge({ registry, flavour: "google", names: ["x"], onEvent });
  const google = new GoogleHttps({ registry, bridge });
  const clearblade = new ClearBladeHttps({ registry, bridge, systemKey });
  return { registry, google, clearblade, published };
}

/** Sends a request's bytes to a service and gives its answer's. */
function exchange(core: ServerCore, request: Uint8Array): Uint8Array {
  core.open(1, { sourceAddress: "127.0.0.1", sni: "x" }, WALL);
  const actions = core.receive(1, request, WALL);
  return new Uint8Array(Buffer.concat(actions.flatMap((action) => (action.do === "send" ? [action.bytes] : []))));
}

/** Publishes by a bridge. @throws what the bridge makes of the answer */
function publish(core: ServerCore, bridge: Bridge, topic: string, text: string) {
  const request = bridge.request({ topic, payload: Buffer.from(text) });
  return call(core, { request, answer: (status) => bridge.answer(status) });
}

/** One request and what a bridge makes of its answer. */
function call<T>(core: ServerCore, bridge: { request: BridgeRequest; answer: (status: number) => BridgeAnswer<T> }): T {
  const { body = new Uint8Array(0), ...head } = bridge.request;
  const bodyLength = bridge.request.body?.length;
  let got: ResponseHead | undefined;
  const chunks: Uint8Array[] = [];
  const parser = new ResponseParser({
    onHead: (answer) => {
      got = answer;
    },
    onBody: (piece) => chunks.push(piece.slice()),
  });
  parser.push(exchange(core, Buffer.concat([encodeRequest({ ...head, host: "x", bodyLength }), body])));
  const answer = bridge.answer(got!.status);
  for (const chunk of chunks) answer.push(chunk);
  return answer.end();
}

const refused = (code: string) => expect.objectContaining({ code }) as unknown as Error;

describe.each(["google", "clearblade"] as const)("the HTTP bridge of %s", (name) => {
  async function setUp() {
    const world = services();
    const http = { host: "api.test", systemKey };
    const profile =
      name === "google"
        ? googleProfile({ device, key, roots: [], transport: "https" })
        : clearBladeProfile({ device, key, http: http });
    const { credentials } = await profile.plan(profileMeans().means);
    const bridgeOf = (password: string) =>
      name === "google"
        ? googleBridge(device, { ...credentials, password })
        : clearBladeBridge("my-device", systemKey, { ...credentials, password });
    return { core: world[name], published: world.published, bridge: bridgeOf(credentials.password!), bridgeOf };
  }

  test("publishes events, events in a folder, and state", async () => {
    const { core, published, bridge } = await setUp();
    publish(core, bridge, "/devices/my-device/events", "one");
    publish(core, bridge, "/devices/my-device/events/sub/folder", "tw\u00f6");
    publish(core, bridge, "/devices/my-device/state", "");
    expect(published).toEqual([
      ["/devices/my-device/events", "one"],
      ["/devices/my-device/events/sub/folder", "tw\u00f6"],
      ["/devices/my-device/state", ""],
    ]);
  });

  test("a token that is refused asks for new credentials", async () => {
    const { core, published, bridgeOf } = await setUp();
    expect(() => publish(core, bridgeOf("a.b.c"), "/devices/my-device/events", "x")).toThrow(
      refused("publish-refused"),
    );
    expect(published).toEqual([]);
  });

  test.each(["/devices/other/events", "/devices/my-device/commands", "/devices/my-device/eventsx", "x"])(
    "a message on %s has no place there",
    async (topic) => {
      const { core, bridge } = await setUp();
      expect(() => publish(core, bridge, topic, "x")).toThrow(refused("publish-rejected"));
    },
  );
});

describe("the configuration", () => {
  test("is asked for with the device's token, as it is on the service", async () => {
    const { registry, google } = services();
    const { credentials } = await googleProfile({ device, key, roots: [] }).plan(profileMeans().means);
    const ask = () => call(google, googleBridge(device, credentials).configuration!);
    expect(Buffer.from(ask()!).toString()).toBe("config one");
    registry.configure("my-device", Buffer.from("config two"));
    expect(Buffer.from(ask()!).toString()).toBe("config two");
    const { configuration } = googleBridge(device, { ...credentials, password: "a.b.c" });
    expect(() => call(google, configuration!)).toThrow(refused("publish-refused"));
  });

  const read = (text: string, split = (bytes: Uint8Array) => [bytes]) => {
    const reader = new ConfigReader();
    for (const piece of split(Buffer.from(text))) reader.push(piece);
    return reader.end();
  };

  test("is the same in either spelling and any split", () => {
    const name = fc.constantFrom("binaryData", "binary_data");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), name, fc.nat(1e9), cuts, (data, member, version, at) => {
        const body = { version: String(version + 1), [member]: Buffer.from(data).toString("base64") };
        expect(read(JSON.stringify(body), (bytes) => pieces(bytes, at))).toEqual({ version: version + 1, data });
      }),
    );
  });

  test("may be as long as the limit, and no longer", () => {
    const of = (length: number) =>
      JSON.stringify({ version: "1", binaryData: Buffer.alloc(length).toString("base64") });
    expect(read(of(CONFIG_LIMIT))!.data).toHaveLength(CONFIG_LIMIT);
    expect(() => read(of(CONFIG_LIMIT + 3))).toThrow(refused("publish-answer"));
  });

  test.each([
    "",
    "[]",
    '{"version":"x"}',
    '{"version":"1","binaryData":"A"}',
    '{"version":"1"',
    '{"version":"123456789012345678901"}',
  ])("%j is none", (text) => {
    expect(() => read(text)).toThrow(refused("publish-answer"));
  });

  test("an empty object means that there is nothing new", () => {
    expect(read("{}")).toBeUndefined();
  });
});
