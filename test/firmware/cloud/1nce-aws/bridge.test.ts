import { describe, expect, test } from "@jest/globals";
import { authorizerOf } from "../../../../firmware/cloud/1nce-aws/authorizer.js";
import { awsBridge, httpsPlanOf, type PublishForm } from "../../../../firmware/cloud/1nce-aws/bridge.js";
import { PublishError } from "../../../../firmware/cloud/publish.js";
import { encodeRequest, type HeaderFields } from "../../../../firmware/http/request.js";
import type { Failure } from "../../../../firmware/platform/failure.js";
import { sample } from "./samples.js";

const { username, clientId } = sample;
const signature = `${"Ab+9/".repeat(38)}==`;
const token = "t0ken".repeat(20);
const message = { topic: `${clientId}/tele metry/ü`, payload: Uint8Array.of(1, 2, 3) };

const requestOf = (form: PublishForm) => awsBridge({ clientId, username }, form).request(message);
const lowerCase = (headers: HeaderFields) =>
  Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));

describe("the authorizer's parameters", () => {
  test("are what stands behind the question mark, decoded", () => {
    expect(authorizerOf(username)).toEqual({
      query: username.slice(username.indexOf("?") + 1),
      name: "1nce-authorizer",
      signature,
      tokenKey: "token",
      token,
    });
  });

  test("may come in another order, with another name of the token's parameter", () => {
    const other = "x?Auth=a%3Db&X-Amz-CustomAuthorizer-Signature=%2B&X-Amz-CustomAuthorizer-Name=n";
    expect(authorizerOf(other)).toMatchObject({ name: "n", signature: "+", tokenKey: "auth", token: "a=b" });
  });

  test.each([
    "",
    "jwt",
    "jwt?",
    "jwt?token=1",
    "jwt?x-amz-customauthorizer-name=n&token=t",
    username.replace("%2B", "%zz"),
    // What cannot stand in a header, or would stand for one of the request's own.
    username.replace("%2B", "%0d%0aHost:%20evil.example%0d%0a"),
    username.replace("1nce-authorizer", "1nce%20authorizer"),
    username.replace("token=", "%0atoken="),
    // Which of the two counts?
    `${username}&token=other`,
    `${username}&X-Amz-CustomAuthorizer-Name=other`,
    `${username}${"&a=b".repeat(6)}`,
    `${username}${"&".repeat(1000)}`,
  ])("are missed in a user name of another shape, which is not repeated (%#)", (text) => {
    expect(() => authorizerOf(text)).toThrow(/^onboarding: the user name holds no authorizer's parameters$/);
  });
});

describe("a token's parameter", () => {
  const called = (name: string) => username.replace("token=", `${name}=`);
  const refusal = (text: string): Failure => {
    try {
      authorizerOf(text);
    } catch (error) {
      return error as Failure;
    }
    throw new Error("it was taken");
  };

  test.each([
    // Forbidden request headers of the Fetch standard (§2.2.2).
    "Accept-Charset Accept-Encoding Access-Control-Request-Headers Access-Control-Request-Method Connection Content-Length",
    "Access-Control-Request-Private-Network Cookie Cookie2 Date DNT Expect Host Keep-Alive Origin Referer Set-Cookie TE",
    "Trailer Transfer-Encoding Upgrade Via Proxy-Authorization Proxy-Connection Sec-Fetch-Site X-HTTP-Method",
    "X-HTTP-Method-Override X-Method-Override",
    // Those that the types of Node's http module know (@types/node, IncomingHttpHeaders), but for a page's policies.
    "accept accept-language accept-patch accept-ranges access-control-allow-origin age allow alt-svc authorization",
    "cache-control cdn-cache-control content-disposition content-encoding content-language content-location content-range",
    "content-type etag expires forwarded from if-match if-modified-since if-none-match if-range if-unmodified-since",
    "last-modified link location max-forwards pragma proxy-authenticate range refresh retry-after sec-websocket-accept",
    "sec-websocket-extensions sec-websocket-key sec-websocket-protocol sec-websocket-version server",
    "upgrade-insecure-requests user-agent vary warning www-authenticate",
    // RFC 9110 §18.4 besides, RFC 9112 §9.6, RFC 9530 §3, RFC 8470, RFC 9218.
    "Authentication-Info Close Want-Content-Digest Early-Data Priority",
    // AWS: signatures, MQTT 5 properties in headers, parameters of the publish query; what proxies believe.
    "X-Amz-Date X-Amz-Security-Token x-amz-mqtt5-user-properties qos retain contentType responseTopic messageExpiry",
    "X-Forwarded-For X-Forwarded-Host X-Real-IP X-Original-URL clientId userName",
    // As a server sees it that takes `_` for `-`.
    "content_length transfer_encoding",
  ])("is not called by a name that is used otherwise: %s", (names) => {
    for (const name of names.split(" ")) {
      for (const written of [name, name.toUpperCase(), name.toLowerCase()]) {
        const { code, advice, message } = refusal(called(written));
        expect([written, code, advice]).toEqual([written, "onboarding-token-key", "back-off"]);
        expect(message).toMatch(/another use for; only MQTT can carry it$/);
        expect(message).not.toMatch(/t0ken|Ab/);
      }
    }
  });

  test("nor is any that comes with it", () => {
    expect(refusal(`${username}&qos=0`)).toMatchObject({ code: "onboarding-token-key" });
    expect(authorizerOf(`${username}&deployment=blue`).tokenKey).toBe("token");
  });

  test("may be called anything else", () => {
    for (const name of ["token", "Auth", "jwt", "x-auth", "x_token", "TokenKey1", "hostname", "tea", "dates", "ifs"]) {
      expect(authorizerOf(called(name)).tokenKey).toBe(name.toLowerCase());
    }
  });

  test("and its refusal shows our word for it, never the one that came: that may be a secret", () => {
    expect(refusal(called("x-amz-s3cret")).message).not.toContain("s3cret");
    expect(refusal(called("s3cret!")).message).not.toContain("s3cret");
  });
});

describe("publishing to AWS by HTTPS", () => {
  test.each<PublishForm>(["query", "headers", "1nce"])(
    "form %s puts the parameters where AWS looks for them",
    (form) => {
      const { method, path, headers, body } = requestOf(form);
      expect(method).toBe("POST");
      expect(body).toEqual(message.payload);
      const url = new URL(path, `https://${sample.endpoint}`);
      expect(decodeURIComponent(url.pathname)).toBe(`/topics/${message.topic}`);
      expect(url.searchParams.get("qos")).toBe("1");
      const named = lowerCase(headers);
      const authorizer = ["x-amz-customauthorizer-name", "x-amz-customauthorizer-signature", "token"];
      const found = authorizer.map((name) => (form === "headers" ? named[name] : url.searchParams.get(name)));
      expect(found).toEqual(["1nce-authorizer", signature, token]);
      expect([named.username, named.clientid]).toEqual(form === "1nce" ? [username, clientId] : [undefined, undefined]);
      // The request is one that may be sent.
      expect(encodeRequest({ method, path, headers, host: sample.endpoint, bodyLength: 3 }).length).toBeGreaterThan(
        100,
      );
    },
  );

  test("1NCE's form is its example: the query as it came, without the JWT", () => {
    const { path } = awsBridge({ clientId, username }, "1nce").request({
      topic: `${clientId}/messages`,
      payload: new Uint8Array(0),
    });
    expect(path).toBe(`/topics/${clientId}/messages?qos=1&${username.split("?")[1]}`);
  });

  test("a topic that is no text is rejected", () => {
    const bridge = awsBridge({ clientId, username }, "query");
    expect(() => bridge.request({ topic: "\ud800", payload: new Uint8Array(0) })).toThrow(PublishError);
  });

  const answer = (status: number, text: string) => {
    const reader = awsBridge({ clientId, username }, "query").answer(status);
    for (const byte of Buffer.from(text)) reader.push(Uint8Array.of(byte));
    return reader.end();
  };

  test("the answer's message is checked, and its trace id is what it yields", () => {
    const traceId = "2fa1742f-78c1-8ef6-d300-5ee15552d855";
    expect(answer(200, JSON.stringify({ message: "OK", traceId }))).toBe(traceId);
  });

  test.each<[number, string, string, string]>([
    [200, '{"message":"no"}', "publish-answer", "back-off"],
    [200, "{}", "publish-answer", "back-off"],
    [200, "<html>", "publish-answer", "back-off"],
    [202, '{"message":"OK"}', "publish-answer", "back-off"],
    [400, "", "publish-rejected", "give-up"],
    [401, "", "publish-refused", "new-credentials"],
    [403, '{"message":"Forbidden"}', "publish-refused", "new-credentials"],
    [404, "", "publish-answer", "back-off"],
    [413, "", "publish-rejected", "give-up"],
    [429, "", "publish-busy", "back-off"],
    [500, "", "publish-busy", "back-off"],
    [503, "", "publish-busy", "back-off"],
  ])("status %i with %j is a failure", (status, text, code, advice) => {
    expect(() => answer(status, text)).toThrow(expect.objectContaining({ code, advice }) as unknown as Error);
  });

  test("what the server says is shown in print and bounded", () => {
    const text = JSON.stringify({ message: `a\u001b${"x".repeat(5000)}` });
    expect(() => answer(403, text)).toThrow(/^publish: status 403; the server says: a\.x{126}$/);
  });

  test("goes to the same endpoint without ALPN", () => {
    const tls = { serverName: "a.b", alpn: "mqtt", requireAlpn: true, roots: [] };
    const plan = { host: "a.b", port: 443, tls, credentials: { clientId } };
    expect(httpsPlanOf(plan)).toEqual({ ...plan, tls: { serverName: "a.b", requireAlpn: false, roots: [] } });
  });
});
