// The cloud's side of updates: answers a device that asks "what is my update?". Behind two AWS IoT rules (deploy/updates.yaml): a
// device has subscribed to its topic, or waits because the address it has is too old. docs/updates.md says how it is set up.
//
// The bucket holds what `simkey release` wrote, below releases/, and fleet.json: {"default":NAME,"devices":{"ICCID":NAME}}, where
// NAME is that of a file, e.g. "esp32c3-breakout-7.deflate", or null for nothing.

import { createHash, createHmac } from "node:crypto";

/** What may be a device's name: it becomes a part of a topic. */
const DEVICE = /^[A-Za-z0-9._:-]{1,128}$/;
/** What may be the name of a file: it becomes a part of an address. */
const FILE = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * @param event what a rule selects: `device`, and `topics` that it has subscribed to, or `reason` why it waits
 * @param means `read(key)`: the text of an object of the bucket, undefined where there is none; `publish(topic, text)`;
 *   `query(key)`: what makes an address good for a while, or nothing where everybody may read
 * @returns the file that the device was told of; undefined: none
 */
export async function answer({ device, topics, reason }, { read, publish, query }) {
  if (typeof device !== "string" || !DEVICE.test(device)) return undefined;
  const topic = `${device}/update`;
  const asks = reason === "update-status" || (Array.isArray(topics) && topics.includes(topic));
  if (!asks) return undefined;
  const { default: everybody = null, devices = {} } = JSON.parse((await read("fleet.json")) ?? "{}");
  const file = Object.hasOwn(devices, device) ? devices[device] : everybody;
  if (typeof file !== "string" || !FILE.test(file)) return undefined;
  const manifest = (await read(`releases/${file}.jws`))?.trim();
  if (!manifest) throw new Error(`fleet.json names ${file}, and releases/${file}.jws is not there`);
  const fresh = query(`releases/${file}`);
  await publish(topic, fresh ? `${manifest}?${fresh}` : manifest);
  return file;
}

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
/** As AWS wants it (RFC 3986). */
const escaped = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * The query of a presigned GET (AWS Signature Version 4, "Authenticating Requests: Using Query Parameters").
 * @param key of the object; `seconds` that it is good for, up to a week
 * @param signer `id` and `secret` of a user who may do nothing but read releases/: the credentials of a role would bring
 *   a token of a thousand bytes along, and a device takes 900 in all
 */
export function presigned({ host, region, key, seconds, now }, { id, secret }) {
  const time = `${new Date(now).toISOString().replace(/[-:]|\.\d+/g, "")}`;
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const query = [
    ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
    ["X-Amz-Credential", `${id}/${scope}`],
    ["X-Amz-Date", time],
    ["X-Amz-Expires", String(seconds)],
    ["X-Amz-SignedHeaders", "host"],
  ]
    .map(([name, value]) => `${name}=${escaped(value)}`)
    .join("&");
  const path = `/${key.split("/").map(escaped).join("/")}`;
  const request = ["GET", path, query, `host:${host}\n`, "host", "UNSIGNED-PAYLOAD"].join("\n");
  const text = ["AWS4-HMAC-SHA256", time, scope, sha256(request)].join("\n");
  const signingKey = [region, "s3", "aws4_request"].reduce(hmac, hmac(`AWS4${secret}`, time.slice(0, 8)));
  return `${query}&X-Amz-Signature=${hmac(signingKey, text).toString("hex")}`;
}

/** What the rules call. The clients are those that Lambda's Node has. */
export async function handler(event) {
  const {
    BUCKET,
    AWS_REGION: region,
    IOT_ENDPOINT,
    SIGNER_ID: id,
    SIGNER_SECRET: secret,
    SECONDS = "3600",
  } = process.env;
  const { S3Client, GetObjectCommand } = await import("@aws-sdk/client-s3");
  const { IoTDataPlaneClient, PublishCommand } = await import("@aws-sdk/client-iot-data-plane");
  const s3 = new S3Client({});
  const iot = new IoTDataPlaneClient({ endpoint: `https://${IOT_ENDPOINT}` });
  const host = `${BUCKET}.s3.${region}.amazonaws.com`;
  return answer(event, {
    read: async (key) => {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
        return await Body.transformToString();
      } catch (error) {
        if (error.name === "NoSuchKey") return undefined;
        throw error;
      }
    },
    publish: (topic, payload) => iot.send(new PublishCommand({ topic, qos: 1, payload: Buffer.from(payload) })),
    query: (key) =>
      id ? presigned({ host, region, key, seconds: Number(SECONDS), now: Date.now() }, { id, secret }) : undefined,
  });
}
