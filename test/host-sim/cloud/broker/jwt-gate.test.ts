import { beforeAll, describe, expect, test } from "@jest/globals";
import { Broker } from "../../../../host-sim/cloud/broker/broker.js";
import { type JwtRules, jwtGatekeeper } from "../../../../host-sim/cloud/broker/jwt-gate.js";
import { registeredKey } from "../../../../host-sim/cloud/broker/jwt-verify.js";
import { PLAIN_PROFILE } from "../../../../host-sim/cloud/broker/profile.js";
import { connectPacket, type Peer, Probe } from "../probe.js";
import { goodClaims, type Keys, makeKeys, NOW, sign } from "../tokens.js";

let keys: Keys;
beforeAll(async () => {
  keys = await makeKeys("ES256");
});

function setUp(rules: Partial<JwtRules> = {}) {
  const gatekeeper = jwtGatekeeper({ from: "password", keys: [registeredKey(keys.publicPem)], ...rules });
  const probe = new Probe(new Broker({ profile: PLAIN_PROFILE, gatekeeper }));
  const connect = (fields: { username?: string; password?: Buffer }, clientId = "c1"): Peer =>
    probe.connect().send(connectPacket({ clientId, keepalive: 0, ...fields }));
  const code = (fields: { username?: string; password?: Buffer }) => connect(fields).expect("connack").returnCode;
  return { probe, connect, code };
}

const asPassword = async (claims: object = {}, username = "u1") => ({
  username,
  password: Buffer.from(await sign(keys, goodClaims(claims))),
});

describe("a broker that takes a JWT", () => {
  test("as password admits it, and nothing else", async () => {
    const { code } = setUp();
    expect(code(await asPassword())).toBe(0);
    expect(code({ username: await sign(keys, goodClaims()) })).toBe(4);
    expect(code({ username: "u", password: Buffer.from("secret") })).toBe(4);
  });

  test("as username admits it, whatever the password", async () => {
    const { code } = setUp({ from: "username" });
    const username = await sign(keys, goodClaims());
    expect(code({ username })).toBe(0);
    expect(code({ username, password: Buffer.from("x") })).toBe(0);
    expect(code({ username: "u", password: Buffer.from(username) })).toBe(4);
  });

  test.each<[string, number, object, Partial<JwtRules>]>([
    ["an audience that fits", 0, { aud: "a" }, { audience: "a" }],
    ["one of several audiences", 0, { aud: ["b", "a"] }, { audience: "a" }],
    ["another audience", 4, { aud: "b" }, { audience: "a" }],
    ["sub as the username", 0, { sub: "u1" }, { claims: { sub: "%u" } }],
    ["sub as another username", 4, { sub: "u2" }, { claims: { sub: "%u" } }],
    ["a claim as the client id", 0, { id: "c1" }, { claims: { id: "%c" } }],
    ["a claim with another value", 4, { iss: "x" }, { claims: { iss: "y" } }],
    ["no exp", 4, { exp: undefined }, {}],
    ["an end one second ago", 4, { exp: NOW - 1 }, {}],
    ["an end one second ago and skew", 0, { exp: NOW - 1 }, { skewSeconds: 2 }],
    ["nbf in the future", 4, { nbf: NOW + 1 }, {}],
    ["iat in the future", 4, { iat: NOW + 1 }, {}],
  ])("with %s answers %i", async (_, expected, claims, rules) => {
    expect(setUp(rules).code(await asPassword(claims))).toBe(expected);
  });

  test("ends the connection when the token expires, unless told otherwise", async () => {
    const strict = setUp();
    const peer = strict.connect(await asPassword({ exp: NOW + 60 }));
    strict.probe.pass(60_000);
    expect(peer.closed).toBe(true);
    const lax = setUp({ endAtExpiry: false });
    const stays = lax.connect(await asPassword({ exp: NOW + 60 }));
    lax.probe.pass(3_600_000);
    expect(stays.closed).toBe(false);
  });

  test("holds the client to the acl claim", async () => {
    const { connect } = setUp();
    const peer = connect(await asPassword({ acl: { pub: ["t/c1/#"], sub: ["s/+"], all: ["both"] } }));
    peer.expect("connack");
    const subscriptions = ["s/a", "s/+", "both", "t/c1/x", "#"].map((topic) => ({ topic, qos: 0 as const }));
    peer.send({ cmd: "subscribe", messageId: 1, subscriptions });
    expect(peer.expect("suback").granted).toEqual([0, 0, 0, 0x80, 0x80]);
    const publish = { cmd: "publish", payload: "", qos: 1, dup: false, retain: false, messageId: 2 } as const;
    peer.send({ ...publish, topic: "t/c1/x/y" }).expect("puback");
    peer.send({ ...publish, topic: "s/a" });
    expect(peer.closed).toBe(true);
  });
});
