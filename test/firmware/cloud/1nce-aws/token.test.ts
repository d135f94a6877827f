import { describe, expect, test } from "@jest/globals";
import { planOf } from "../../../../firmware/cloud/1nce-aws/plan.js";
import { checkEndpoint } from "../../../../firmware/cloud/1nce-aws/policy.js";
import { expiryOf, TOKEN_LIFE_MS, tokenOf } from "../../../../firmware/cloud/1nce-aws/token.js";
import { builtInRoots } from "../../../../firmware/cloud/roots.js";
import { isHostName, matchesHost } from "../../../../firmware/settings/rules.js";
import { jwtOf, rootDer, sample, WALL } from "./samples.js";

describe("a token's end", () => {
  const seconds = WALL / 1000;

  test("is 24 hours after it came", () => {
    expect(expiryOf(sample.username, WALL)).toBe(WALL + TOKEN_LIFE_MS);
  });

  test("is the JWT's exp when that is earlier", () => {
    expect(expiryOf(`${jwtOf({ exp: seconds + 3600 })}?x=y`, WALL)).toBe(WALL + 3_600_000);
  });

  test("is never later than 24 hours, whatever the JWT says", () => {
    expect(expiryOf(`${jwtOf({ exp: seconds + 1e6 })}?x=y`, WALL)).toBe(WALL + TOKEN_LIFE_MS);
  });

  test("is left to the broker when the JWT is over by the device's clock", () => {
    expect(expiryOf(`${jwtOf({ exp: seconds - 1 })}?x=y`, WALL)).toBe(WALL + TOKEN_LIFE_MS);
  });

  test.each([
    "JWT_TOKEN_HERE?x=y",
    "a.b.c",
    "a.!!.c",
    `${jwtOf({ exp: "soon" })}?`,
    `${jwtOf({ exp: null })}`,
    `${jwtOf([1])}`,
    `a.${Buffer.from("{").toString("base64url")}.c`,
    `a.${Buffer.from('{"exp":1e999}').toString("base64url")}.c`,
    `a.${Buffer.from("[".repeat(3000)).toString("base64url")}.c`,
    `a.${"A".repeat(8000)}.c`,
    ".".repeat(2000),
  ])("is 24 hours for a JWT that cannot be read (%#)", (username) => {
    expect(expiryOf(username, WALL)).toBe(WALL + TOKEN_LIFE_MS);
  });
});

describe("an endpoint", () => {
  test("has the form of a host name", () => {
    for (const host of ["a.b", "a-ats.iot.eu-west-3.amazonaws.com", "A1.x9", "1.a"])
      expect(isHostName(host)).toBe(true);
    const long = `${"a".repeat(63)}.`.repeat(3);
    expect(isHostName(`${long}${"a".repeat(61)}`)).toBe(true);
    expect(isHostName(`${long}${"a".repeat(62)}`)).toBe(false);
    for (const host of [
      "",
      "a",
      "a.",
      ".a",
      "a..b",
      "-a.b",
      "a-.b",
      "a_b.c",
      "a b.c",
      "a.b\n",
      "10.0.0.1",
      "::1",
      "é.com",
    ]) {
      expect([host, isHostName(host)]).toEqual([host, false]);
    }
    expect(isHostName(`${"a".repeat(64)}.b`)).toBe(false);
  });

  test("fits a pattern at a label's border only", () => {
    expect(matchesHost("x.iot.eu-central-1.AmazonAWS.com", "*.amazonaws.com")).toBe(true);
    expect(matchesHost("amazonaws.com", "*.amazonaws.com")).toBe(false);
    expect(matchesHost("evilamazonaws.com", "*.amazonaws.com")).toBe(false);
    expect(matchesHost("x.amazonaws.com.example.org", "*.amazonaws.com")).toBe(false);
    expect(matchesHost("broker.test", "Broker.test")).toBe(true);
    expect(matchesHost("a.broker.test", "broker.test")).toBe(false);
  });

  test("may be another's if configured", () => {
    expect(tokenOf({ ...sample, endpoint: "broker.test" }, undefined, WALL).endpoint).toBe("broker.test");
    const wrong = /broker\.test, which is not \*\.amazonaws\.com/;
    expect(() => checkEndpoint("broker.test", "*.amazonaws.com")).toThrow(wrong);
    expect(() => checkEndpoint("broker.test", "broker.test")).not.toThrow();
  });
});

describe("the plan", () => {
  const token = { ...tokenOf(sample, rootDer, WALL), renewAt: WALL + 1 };

  test("is MQTT on port 443 by ALPN, with the user name untouched, trusting the root that came with it", () => {
    expect(planOf(token)).toEqual({
      host: sample.endpoint,
      port: 443,
      tls: { serverName: sample.endpoint, alpn: "mqtt", requireAlpn: true, roots: [rootDer] },
      credentials: {
        clientId: sample.clientId,
        username: sample.username,
        expiresAt: token.expiresAt,
        renewAt: WALL + 1,
      },
    });
  });

  test("trusts the built-in roots when none came", () => {
    expect(planOf({ ...token, rootCa: undefined }).tls!.roots).toEqual(builtInRoots());
  });

  test("by WebSocket has the authorizer's values decoded in headers, and no ALPN", () => {
    const { tls, ws, credentials } = planOf(token, "ws");
    expect(tls).toEqual({ serverName: sample.endpoint, requireAlpn: false, roots: [rootDer] });
    expect(ws).toEqual({
      path: "/mqtt",
      protocol: "mqtt",
      headers: [
        ["x-amz-customauthorizer-name", "1nce-authorizer"],
        ["x-amz-customauthorizer-signature", `${"Ab+9/".repeat(38)}==`],
        ["token", "t0ken".repeat(20)],
      ],
    });
    expect(credentials.username).toBe(sample.username);
  });

  test("by HTTPS has neither ALPN nor WebSocket", () => {
    expect(planOf(token, "https")).toEqual({
      ...planOf(token),
      tls: { serverName: sample.endpoint, requireAlpn: false, roots: [rootDer] },
    });
  });
});
