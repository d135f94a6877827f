// The cloud's side of updates: its signature against AWS's own example, its answers against a device's own reader, its rules
// against what a device says.

import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { readManifest } from "../../firmware/update/manifest.js";
import { manifestFor, packAll, pointOf } from "../../host-sim/update/release.js";
import { sampleImage } from "../../host-sim/update/sample-image.js";
import { verifyByNode } from "../support/updates.js";

interface Means {
  read: (key: string) => Promise<string | undefined>;
  publish: (topic: string, text: string) => Promise<void>;
  query: (key: string) => string | undefined;
}
// By a name that the compiler does not follow: what runs in Lambda has no types.
const path: string = "../../deploy/update-lambda.mjs";
const { answer, presigned } = (await import(path)) as {
  answer: (event: object, means: Means) => Promise<string | undefined>;
  presigned: (what: object, signer: object) => string;
};

const ICCID = "89882280000000000001";
const FILE = "esp32-breakout-7.deflate";
const HOST = "releases.s3.eu-central-1.amazonaws.com";
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const image = sampleImage(1, 20_000);
const packed = packAll(image).find(({ format }) => format === "deflate")!;
const facts = { seq: 7, version: "1.4.0", board: "esp32-breakout", chip: "esp32", layout: "4m" };
const manifest = manifestFor(packed, { image }, `https://${HOST}/releases/${FILE}`, facts, {
  kid: "r",
  key: privateKey,
});

/** The answer to an event. @param fleet what fleet.json says */
async function asked(event: object, fleet: object | undefined, more: Partial<Means> = {}) {
  const told: [topic: string, text: string][] = [];
  const objects = new Map([[`releases/${FILE}.jws`, `${manifest}\n`]]);
  if (fleet) objects.set("fleet.json", JSON.stringify(fleet));
  const file = await answer(event, {
    read: async (key) => objects.get(key),
    publish: async (topic, text) => void told.push([topic, text]),
    query: (key) => `X-Amz-Expires=3600&key=${encodeURIComponent(key)}`,
    ...more,
  });
  return { file, told };
}
const subscribed = (device = ICCID) => ({ device, topics: [`${device}/commands/#`, `${device}/update`] });

test("an address is signed as AWS's own example has it", () => {
  // Amazon S3 API reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
  const query = presigned(
    {
      ...{ host: "examplebucket.s3.amazonaws.com", region: "us-east-1", key: "test.txt", seconds: 86_400 },
      now: Date.UTC(2013, 4, 24),
    },
    { id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
  );
  expect(query).toBe(
    [
      "X-Amz-Algorithm=AWS4-HMAC-SHA256",
      "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request",
      "X-Amz-Date=20130524T000000Z",
      "X-Amz-Expires=86400",
      "X-Amz-SignedHeaders=host",
      "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    ].join("&"),
  );
});

test("a device that has subscribed is told of its release, with an address that it takes", async () => {
  const what = { host: HOST, region: "eu-central-1", seconds: 3_600, now: Date.UTC(2026, 10, 29) };
  const signer = { id: "AKIAIOSFODNN7EXAMPLE", secret: "s" };
  const query = (key: string) => presigned({ ...what, key }, signer);
  const { file, told } = await asked(subscribed(), { devices: { [ICCID]: FILE } }, { query });
  expect(file).toBe(FILE);
  const [[topic, text]] = told as [[string, string]];
  expect(topic).toBe(`${ICCID}/update`);
  const read = readManifest(Buffer.from(text), [{ kid: "r", point: pointOf(publicKey) }], verifyByNode);
  expect(read).toMatchObject({ seq: 7, format: "deflate", address: { host: HOST, path: `/releases/${FILE}` } });
  expect(read.query).toBe(query(`releases/${FILE}`));
});

test("a device whose address is too old gets a fresh one", async () => {
  const { told } = await asked({ device: ICCID, reason: "update-status" }, { default: FILE });
  expect(told).toEqual([[`${ICCID}/update`, `${manifest}?X-Amz-Expires=3600&key=releases%2Fesp32-breakout-7.deflate`]]);
});

test("where everybody may read, the address needs no signature", async () => {
  const { told } = await asked(subscribed(), { default: FILE }, { query: () => undefined });
  expect(told).toEqual([[`${ICCID}/update`, manifest]]);
});

test.each<[what: string, event: object, fleet: object | undefined]>([
  ["no fleet.json", subscribed(), undefined],
  ["nothing for it", subscribed(), { devices: { other: FILE } }],
  ["nothing for it while all others have something", subscribed(), { default: FILE, devices: { [ICCID]: null } }],
  ["another topic subscribed to", { device: ICCID, topics: [`${ICCID}/commands/#`] }, { default: FILE }],
  ["another's topic subscribed to", { device: ICCID, topics: ["other/update"] }, { default: FILE }],
  ["another reason to wait", { device: ICCID, reason: "update-battery" }, { default: FILE }],
  ["a name that would reach others", subscribed("+"), { default: FILE }],
  ["a name out of JavaScript", subscribed("constructor"), { devices: {} }],
  ["a file out of its folder", subscribed(), { default: "../fleet.json" }],
  ["no name", { topics: [] }, { default: FILE }],
])("with %s nothing is said", async (_what, event, fleet) => {
  expect(await asked(event, fleet)).toEqual({ file: undefined, told: [] });
});

test("a release that is not there is an error, which shows in the log", async () => {
  await expect(asked(subscribed(), { default: "esp32-breakout-8.bin" })).rejects.toThrow(
    /esp32-breakout-8\.bin\.jws is not there/,
  );
});

test("the rules select what the function reads, and it may do no more than it does", () => {
  const { Resources: made } = parse(readFileSync("deploy/updates.yaml", "utf8"));
  const sql = (rule: string): string => made[rule].Properties.TopicRulePayload.Sql;
  expect(sql("Subscribed")).toBe("SELECT clientId AS device, topics FROM '$aws/events/subscriptions/subscribed/+'");
  expect(sql("Waiting")).toMatch(/^SELECT topic\(1\) AS device, reason FROM '\+\/update\/state' WHERE /);
  expect(sql("Waiting")).toContain("state = 'waiting' AND reason = 'update-status'");
  const { Handler, Environment } = made.Answer.Properties;
  expect(Handler).toBe("update-lambda.handler");
  const source = readFileSync("deploy/update-lambda.mjs", "utf8");
  for (const name of Object.keys(Environment.Variables)) expect(source).toContain(name);
  const actions = [made.Role, made.Signer]
    .flatMap(({ Properties }) => Properties.Policies)
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .map(({ Action }) => Action);
  expect(actions).toEqual(["s3:GetObject", "s3:ListBucket", "iot:Publish", "s3:GetObject"]);
});
