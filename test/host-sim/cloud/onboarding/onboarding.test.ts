import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { CloudFaults } from "../../../../host-sim/cloud/faults.js";
import { Authorizer } from "../../../../host-sim/cloud/onboarding/authorizer.js";
import {
  Onboarding,
  type OnboardingEvent,
  type OnboardingOptions,
} from "../../../../host-sim/cloud/onboarding/onboarding.js";
import { seededSigner } from "../../../../host-sim/cloud/onboarding/signer.js";
import type { Hello } from "../../../../host-sim/world/core.js";
import { iccidOf, sourceAddressOf } from "../../../../host-sim/world/sims.js";
import { type Peer, Probe } from "../probe.js";

const PATH = "/device-api/onboarding/mqtt/tokens";
const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\nAAAA\n-----END CERTIFICATE-----\n";
const ENDPOINT = "abc-ats.iot.eu-central-1.amazonaws.com";

function setUp(options: Partial<OnboardingOptions> & { faultSpecs?: string[] } = {}) {
  const { faultSpecs = [], ...rest } = options;
  const authorizer = new Authorizer({ signer: seededSigner("test") });
  const events: OnboardingEvent[] = [];
  const onboarding = new Onboarding({
    authorizer,
    endpoint: ENDPOINT,
    rootCaPem: PEM,
    faults: new CloudFaults(faultSpecs),
    onEvent: (event) => events.push(event),
    ...rest,
  });
  const probe = new Probe(onboarding);
  const ask = (headers: string[] = ["Accept: text/csv"], hello: Partial<Hello> = {}): Peer =>
    probe.connect(hello).send(request(headers));
  return { authorizer, onboarding, probe, ask, events };
}

function request(headers: string[] = [], line = `GET ${PATH} HTTP/1.1`): string {
  return [line, "Host: device.connectivity-suite.cloud", ...headers, "", ""].join("\r\n");
}

function split(peer: Peer): { status: number; headers: Map<string, string>; body: string } {
  const end = peer.text.indexOf("\r\n\r\n");
  const [statusLine, ...lines] = peer.text.slice(0, end).split("\r\n");
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
  return { status: Number(statusLine!.split(" ")[1]), headers, body: peer.text.slice(end + 4) };
}

describe("the CSV answer", () => {
  test("is one record of five quoted fields in the documented order, line ends escaped, no line end after it", () => {
    const { body, status, headers } = split(setUp().ask());
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
    const fields = body.slice(1, -1).split('","');
    expect(fields.length).toBe(5);
    expect(fields[0]).toMatch(
      /^eyJ[\w-]+\.[\w-]+\.[\w-]+\?x-amz-customauthorizer-name=1nce-authorizer&x-amz-customauthorizer-signature=[\w%]+&token=eyJ[\w.-]+$/,
    );
    expect(fields.slice(1)).toEqual([
      iccidOf(1),
      ENDPOINT,
      "https://www.amazontrust.com/repository/AmazonRootCA1.pem",
      PEM.replaceAll("\n", "\\n"),
    ]);
    expect(body.endsWith('"')).toBe(true);
  });

  test("may have literal line ends, or no root", () => {
    expect(split(setUp({ style: { literalLineEnds: true } }).ask()).body).toContain(`,"${PEM}"`);
    expect(split(setUp({ style: { rootValue: false } }).ask()).body.split('","').length).toBe(4);
  });
});

describe("the JSON answer", () => {
  test.each([[["Accept: application/json"]], [[]], [["Accept: text/csv;q=0.9"]], [["Accept: text/csv, */*"]]])(
    "comes for %j, with the example's keys in the example's order",
    (headers) => {
      const { body, headers: answered } = split(setUp().ask(headers));
      expect(Object.keys(JSON.parse(body))).toEqual(["username", "iotCoreEndpointUrl", "amazonRootCaUrl", "clientId"]);
      expect(answered.get("Content-Type")).toBe("application/json; charset=utf-8");
    },
  );

  test("may spell its keys as the schema does", () => {
    const { body } = split(setUp({ style: { schemaSpelling: true } }).ask([]));
    expect(Object.keys(JSON.parse(body))).toEqual(["username", "iotCoreEndpointURL", "amazonRootCaURL", "clientId"]);
  });
});

describe("the answer's head", () => {
  test("has the real service's fields, X-Powered-By last, and an ETag that Express would make", () => {
    const { headers, body } = split(setUp().ask());
    expect(headers.get("Server")).toBe("awselb/2.0");
    expect(headers.get("Content-Length")).toBe(String(Buffer.byteLength(body)));
    expect([...headers.keys()].at(-1)).toBe("X-Powered-By");
    const sha1 = createHash("sha1").update(body).digest("base64").slice(0, 27);
    expect(headers.get("ETag")).toBe(`W/"${body.length.toString(16)}-${sha1}"`);
    expect(headers.get("Date")).toBe("Thu, 01 Jan 2026 00:00:00 GMT");
  });

  test("keeps the connection for the next request, unless the client says close", () => {
    const { probe } = setUp();
    const peer = probe.connect();
    peer.send(request() + request());
    expect(peer.text.match(/HTTP\/1\.1 200 OK/g)?.length).toBe(2);
    expect(peer.closed).toBe(false);
    peer.send(request(["Connection: close"]));
    expect(peer.closed).toBe(true);
  });

  test("tells the body's end by chunks or by closing, if so styled", () => {
    const chunked = split(setUp({ style: { framing: "chunked" } }).ask());
    expect(chunked.headers.get("Transfer-Encoding")).toBe("chunked");
    expect(chunked.body).toMatch(/^2bc\r\n.{700}\r\n[\s\S]*\r\n0\r\n\r\n$/);
    const closing = setUp({ style: { framing: "close" } }).ask();
    expect(split(closing).headers.has("Content-Length")).toBe(false);
    expect(closing.closed).toBe(true);
  });
});

describe("the SIM", () => {
  test.each([
    [sourceAddressOf(77), iccidOf(77)],
    ["::ffff:127.16.0.5", iccidOf(5)],
    ["127.0.0.1", iccidOf(1)],
  ])("at %s is known as %s", (sourceAddress, iccid) => {
    expect(JSON.parse(split(setUp().ask([], { sourceAddress })).body).clientId).toBe(iccid);
  });

  test.each([
    ["10.0.0.1", {}],
    [sourceAddressOf(3), { deactivated: new Set([3]) }],
  ])("at %s is answered 404 with the documented body", (sourceAddress, options) => {
    const { status, body } = split(setUp(options).ask([], { sourceAddress }));
    expect(status).toBe(404);
    expect(JSON.parse(body)).toEqual({ statusText: "Not Found", errors: [{ message: "SIM not found" }] });
  });
});

describe("a request that is none", () => {
  test.each([
    ["GET /other HTTP/1.1", 404],
    [`POST ${PATH} HTTP/1.1`, 404],
    ["nonsense", 400],
    [`GET ${PATH} HTTP/2.0`, 505],
    [`GET ${PATH}?${"x".repeat(17_000)} HTTP/1.1`, 431],
  ])("%.40s is answered %i", (line, status) => {
    const { probe } = setUp();
    expect(split(probe.connect().send(request([], line))).status).toBe(status);
  });

  test("an idle connection ends after a minute", () => {
    const { probe } = setUp();
    const peer = probe.connect();
    peer.send("GET /");
    probe.pass(60_000);
    expect(peer.closed).toBe(true);
  });
});

describe("faults", () => {
  test.each([
    ["400", "Bad Request"],
    ["404", "Not Found"],
    ["500", "Internal Server Error"],
  ])("status %s has the documented body", (status, statusText) => {
    const answer = split(setUp({ faultSpecs: [`onboarding-status=${status}`] }).ask());
    expect(answer.status).toBe(Number(status));
    expect(JSON.parse(answer.body)).toMatchObject({ statusText, errors: [{}] });
  });

  test("status 503 comes from the load balancer, in HTML, as often as ordered", () => {
    const { ask } = setUp({ faultSpecs: ["onboarding-status=503*2"] });
    expect(split(ask()).headers.get("Content-Type")).toBe("text/html");
    expect(split(ask()).status).toBe(503);
    expect(split(ask()).status).toBe(200);
  });

  test.each(["429", "503"])("status %s may say when to come back", (status) => {
    const { ask } = setUp({ faultSpecs: [`onboarding-status=${status},90*1`] });
    const answer = split(ask());
    expect([answer.status, answer.headers.get("Retry-After")]).toEqual([Number(status), "90"]);
    expect(split(setUp({ faultSpecs: [`onboarding-status=${status}`] }).ask()).headers.has("Retry-After")).toBe(false);
  });

  test("a cut answer ends at its byte, with the connection", () => {
    const peer = setUp({ faultSpecs: ["onboarding-cut=500"] }).ask();
    expect(peer.bytes.length).toBe(500);
    expect(peer.closed).toBe(true);
  });

  test("garbage is bytes under a good head", () => {
    const { status, body } = split(setUp({ faultSpecs: ["onboarding-garbage"] }).ask());
    expect(status).toBe(200);
    expect(body.length).toBe(600);
  });

  test("a slow answer drips, and is whole in the end", () => {
    const { ask, probe } = setUp({ faultSpecs: ["onboarding-slow=100"] });
    const peer = ask(["Accept: text/csv", "Connection: close"]);
    expect(peer.bytes.length).toBe(16);
    probe.pass(100);
    expect(peer.bytes.length).toBe(32);
    probe.pass(60_000);
    expect(peer.closed).toBe(true);
    expect(split(peer).body.length).toBe(Number(split(peer).headers.get("Content-Length")));
  });

  test("a silent service never answers", () => {
    const { ask, probe } = setUp({ faultSpecs: ["onboarding-silent"] });
    const peer = ask();
    probe.pass(59_999);
    expect(peer.bytes.length).toBe(0);
  });

  test("tokens may have expired when they are minted, or live shorter", () => {
    const { ask, authorizer, probe, onboarding } = setUp({ faultSpecs: ["expired-token*1", "token-life=60"] });
    expect(onboarding).toBeDefined();
    const username = () => JSON.parse(split(ask([])).body).username as string;
    expect(authorizer.check(username(), iccidOf(1), probe.now)).toEqual({ ok: false, denial: "token expired" });
    expect(authorizer.check(username(), iccidOf(1), probe.now)).toMatchObject({ ok: true, endsAt: probe.now + 60_000 });
  });
});

test("each request is told with its ICCID and status, and no secret", () => {
  const { ask, events } = setUp();
  ask();
  ask([], { sourceAddress: "10.0.0.1" });
  expect(events).toMatchObject([
    { type: "onboarding", iccid: iccidOf(1), status: 200, format: "csv" },
    { type: "onboarding", iccid: undefined, status: 404, format: "json" },
  ]);
  expect(JSON.stringify(events)).not.toContain("eyJ");
});

test("the same seed answers the same bytes", () => {
  expect(setUp().ask().text).toBe(setUp().ask().text);
});

test("a slow service's delay is kept, and answers stay in order", () => {
  const { probe } = setUp({ delayMs: 250 });
  const peer = probe.connect().send(request() + request([], "GET /other HTTP/1.1"));
  probe.pass(249);
  expect(peer.bytes.length).toBe(0);
  probe.pass(1);
  expect(peer.text.indexOf("200 OK")).toBeLessThan(peer.text.indexOf("404 Not Found"));
});

test("HEAD is answered as GET is, without the body, and the connection stays usable (RFC 9110 §9.3.2)", () => {
  const { probe } = setUp();
  const peer = probe.connect().send(request(["Accept: text/csv"], `HEAD ${PATH} HTTP/1.1`));
  const head = split(peer);
  expect([head.status, head.body]).toEqual([200, ""]);
  // Each answer has a token of its own, whose signature varies in length.
  expect(Number(head.headers.get("Content-Length"))).toBeGreaterThan(1000);
});
