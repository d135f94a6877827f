import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { AnswerReader } from "../../../../firmware/cloud/1nce-aws/answer.js";
import { OnboardingError } from "../../../../firmware/cloud/1nce-aws/errors.js";
import type { OneNceToken } from "../../../../firmware/cloud/1nce-aws/token.js";
import { cuts, pieces, singly } from "../../../support/pieces.js";
import { csvOf, jsonOf, rootDer, sample, WALL } from "./samples.js";

const CSV = "text/csv; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";

function read(text: string, type: string | undefined, split = (bytes: Uint8Array) => [bytes]): OneNceToken {
  const reader = new AnswerReader(type);
  for (const piece of split(Buffer.from(text))) reader.push(piece);
  return reader.end(WALL);
}

function failure(text: string, type: string | undefined): OnboardingError {
  try {
    read(text, type);
  } catch (error) {
    if (error instanceof OnboardingError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

const keyAsCertificate = (
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }) as string
).replaceAll("PUBLIC KEY", "CERTIFICATE");

const expected: OneNceToken = { ...sample, rootCa: rootDer, receivedAt: WALL, expiresAt: WALL + 24 * 3_600_000 };

describe("the CSV form", () => {
  test.each<[string, string]>([
    ["with line ends as escapes", csvOf()],
    ["with line ends as escapes of CRLF", csvOf({ rootCa: sample.rootCa.replaceAll("\n", "\\r\\n") })],
    ["with literal line ends", csvOf({}, false)],
    ["with literal CRLF", csvOf({ rootCa: sample.rootCa.replaceAll("\n", "\r\n") }, false)],
    ["with a final line end", `${csvOf()}\r\n`],
    ["with a byte order mark", `\ufeff${csvOf()}`],
    ["with extra fields", `${csvOf()},"more",,""`],
    ["without quotes", csvOf().replaceAll('"', "")],
    ["without quotes, behind an empty line", `\r\n${csvOf().replaceAll('"', "")}`],
  ])("%s is the same token", (_, text) => {
    expect(read(text, CSV)).toEqual(expected);
    expect(read(text, CSV, singly)).toEqual(expected);
    expect(read(text, undefined)).toEqual(expected);
  });

  test("blanks in front belong to nothing, however they come, where no type told the form", () => {
    const text = `  \t${csvOf().replaceAll('"', "")}`;
    expect(read(text, undefined)).toEqual(expected);
    expect(read(text, undefined, singly)).toEqual(expected);
  });

  test("without a root, or with an empty one, is a token all the same", () => {
    const without = { ...expected, rootCa: undefined };
    expect(read(csvOf({ rootCa: "" }), CSV)).toEqual(without);
    expect(read(csvOf({ rootCa: "" }).slice(0, -3), CSV)).toEqual(without);
  });

  test.each<[string, string, string]>([
    ["nothing", "", "onboarding-body"],
    ["line ends only", "\r\n\r\n", "onboarding-body"],
    ["three fields", '"a","b","c.amazonaws.com"', "onboarding-body"],
    ["words", "Service temporarily unavailable", "onboarding-body"],
    ["a second record", `${csvOf()}\n"x"`, "onboarding-body"],
    ["an end within a field", csvOf().slice(0, -30), "onboarding-body"],
    ["an empty user name", csvOf({ username: "" }), "onboarding-field"],
    ["a user name with a line end", csvOf({ username: "a\\nb" }), "onboarding-field"],
    ["a user name too long", csvOf({ username: "u".repeat(2049) }), "onboarding-field"],
    ["an empty client id", csvOf({ clientId: "" }), "onboarding-field"],
    ["a client id with a wildcard", csvOf({ clientId: "#" }), "onboarding-field"],
    ["a client id of two levels", csvOf({ clientId: "a/b" }), "onboarding-field"],
    ["a client id with a space", csvOf({ clientId: "a b" }), "onboarding-field"],
    ["a client id too long", csvOf({ clientId: "1".repeat(129) }), "onboarding-field"],
    ["an empty endpoint", csvOf({ endpoint: "" }), "onboarding-endpoint"],
    ["an endpoint with a quote", csvOf({ endpoint: 'a"".amazonaws.com' }), "onboarding-endpoint"],
    ["an endpoint with a port", csvOf({ endpoint: "a.amazonaws.com:443" }), "onboarding-endpoint"],
    ["an endpoint that is an address", csvOf({ endpoint: "127.0.0.1" }), "onboarding-endpoint"],
    ["a root without END", csvOf({ rootCa: sample.rootCa.slice(0, 900) }), "onboarding-body"],
    ["a root that is no PEM", csvOf({ rootCa: "MIIDQTCCAimgAwIBAgITBmyfz5m" }), "onboarding-body"],
    [
      "a root that is a key",
      csvOf({ rootCa: sample.rootCa.replaceAll("CERTIFICATE", "PRIVATE KEY") }),
      "onboarding-root",
    ],
    ["a root that is a key by its content", csvOf({ rootCa: keyAsCertificate }), "onboarding-root"],
    ["a root too long", csvOf({ rootCa: `${"\n".repeat(4000)}${sample.rootCa}` }, false), "onboarding-body"],
  ])("%s is refused", (_, text, code) => {
    expect(failure(text, CSV)).toMatchObject({ code, advice: "back-off" });
  });
});

describe("the JSON form", () => {
  const without = { ...expected, rootCa: undefined };

  test("has no root: the token says so", () => {
    expect(read(jsonOf(), JSON_TYPE)).toEqual(without);
    expect(read(` \r\n${jsonOf()}\n`, undefined, singly)).toEqual(without);
  });

  test("takes either spelling of the names and the escapes of JSON", () => {
    const documented = jsonOf()
      .replace("iotCoreEndpointUrl", "iotCoreEndpointURL")
      .replace("amazonRootCaUrl", "amazonRootCaURL")
      .replaceAll("/", "\\/")
      .replace("clientId", "\\u0063lientId");
    expect(read(documented, JSON_TYPE)).toEqual(without);
  });

  test("takes a root, should one be there, and skips what it does not know", () => {
    const text = JSON.stringify({ ...JSON.parse(jsonOf()), amazonRootCa: sample.rootCa, more: [{ username: "x" }] });
    expect(read(text, JSON_TYPE)).toEqual(expected);
  });

  test("null is as good as nothing", () => {
    const text = JSON.stringify({ ...JSON.parse(jsonOf()), amazonRootCa: null });
    expect(read(text, JSON_TYPE)).toEqual(without);
  });

  test.each<[string, string, string]>([
    ["nothing", "", "onboarding-body"],
    ["an end within it", jsonOf().slice(0, -1), "onboarding-body"],
    ["an error in the place of a token", '{"statusText":"OK","errors":[]}', "onboarding-field"],
    ["a number for a name", jsonOf().replace(`"${sample.clientId}"`, "8988280666000000019"), "onboarding-field"],
    ["a field twice", `${jsonOf().slice(0, -1)},"clientid":"2"}`, "onboarding-field"],
    ["ill-formed UTF-8 made by hand", jsonOf({ username: "\ud800" }), "onboarding-body"],
  ])("%s is refused", (_, text, code) => {
    expect(failure(text, JSON_TYPE)).toMatchObject({ code, advice: "back-off" });
  });
});

describe("which form it is", () => {
  test("the content type decides", () => {
    expect(failure(jsonOf(), CSV).code).toMatch(/^onboarding-(body|field|endpoint)$/);
    expect(failure(csvOf(), JSON_TYPE).code).toBe("onboarding-body");
  });

  test.each([undefined, "", "text/plain", "application/octet-stream"])(
    "with the type %j the first byte does",
    (type) => {
      expect(read(csvOf(), type).clientId).toBe(sample.clientId);
      expect(read(jsonOf(), type).clientId).toBe(sample.clientId);
      expect(read(`\n ${jsonOf()}`, type, singly).clientId).toBe(sample.clientId);
    },
  );

  test("a web page is refused, by its type or by its first byte", () => {
    expect(failure("<html>", "text/html")).toMatchObject({ code: "onboarding-body" });
    expect(failure("  <!doctype html>\u001b[31m", undefined).message).toContain("<!doctype html>.[31m");
  });
});

describe("any split", () => {
  test("of either form gives the same token", () => {
    fc.assert(
      fc.property(fc.constantFrom(csvOf(), csvOf({}, false), jsonOf()), fc.boolean(), cuts, (text, typed, at) => {
        const type = typed ? (text.startsWith("{") ? JSON_TYPE : CSV) : undefined;
        const split = (bytes: Uint8Array) => pieces(bytes, at);
        expect(read(text, type, split)).toEqual(read(text, type));
      }),
      { numRuns: 200 },
    );
  });

  test("of a damaged answer ends in the same failure, which shows no secret", () => {
    const damage = fc.tuple(fc.nat(csvOf().length - 1), fc.constantFrom('"', ",", "\n", "\\", "\u0000", "é", "{"));
    fc.assert(
      fc.property(damage, cuts, ([at, what], where) => {
        const text = csvOf().slice(0, at) + what + csvOf().slice(at + 1);
        const outcome = (split: (bytes: Uint8Array) => Uint8Array[]) => {
          try {
            return read(text, CSV, split);
          } catch (error) {
            if (!(error instanceof OnboardingError)) throw error;
            expect(error.message).not.toMatch(/t0ken|Ab%2B/);
            return error.code;
          }
        };
        expect(outcome((bytes) => pieces(bytes, where))).toEqual(outcome((bytes) => [bytes]));
      }),
      { numRuns: 300 },
    );
  });
});
