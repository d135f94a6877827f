// Google Cloud IoT Core's HTTP bridge: publishEvent and setState as publishing, and asking for the configuration.
// Source: Cloud IoT "Publishing over the HTTP bridge". The token goes with each request.

import { encodeBase64 } from "../../bytes/base64.js";
import { encodeUtf8 } from "../../bytes/utf8.js";
import type { HeaderFields } from "../../http/request.js";
import type { Credentials } from "../plan.js";
import { AnswerFields, type Bridge, type PublishAnswer, PublishError, publishError } from "../publish.js";
import { ConfigReader } from "./config-reader.js";
import { type DeviceName, fullNameOf } from "./names.js";

/** What a topic means to the bridges of this family. */
export type BridgeCall = { method: "publishEvent"; folder: string } | { method: "setState" };

/**
 * The call that publishing on a topic stands for.
 * @throws PublishError `publish-rejected` for a topic that is neither the device's events nor its state
 */
export function callOf(device: string, topic: string): BridgeCall {
  const events = `/devices/${device}/events`;
  if (topic === events) return { method: "publishEvent", folder: "" };
  if (topic.startsWith(`${events}/`)) return { method: "publishEvent", folder: topic.slice(events.length + 1) };
  if (topic === `/devices/${device}/state`) return { method: "setState" };
  throw new PublishError("publish-rejected", "publish: the bridge takes events and state only");
}

/** The answer's status is what counts. */
export function statusAnswer(status: number, taken: number): PublishAnswer {
  const fields = new AnswerFields(["error"]);
  return {
    push: (piece) => fields.push(piece),
    end: () => {
      if (status !== taken) throw publishError(status, fields.shown("error"));
      return undefined;
    },
  };
}

/** Path of a device below the API's version. */
const pathOf = (device: DeviceName) => `/v1/${fullNameOf(device)}`;

/** What goes with every request. */
const headersOf = (token: string): HeaderFields => [
  ["Authorization", `Bearer ${token}`],
  ["Cache-Control", "no-cache"],
];

/** Publishes with a token in the password's place. */
export function googleBridge(device: DeviceName, { password = "" }: Credentials): Bridge {
  return {
    request: ({ topic, payload }) => {
      const call = callOf(device.device, topic);
      const data = { binary_data: encodeBase64(payload) };
      const folder = call.method === "publishEvent" && call.folder !== "" ? { sub_folder: call.folder } : {};
      const body = call.method === "setState" ? { state: data } : { ...data, ...folder };
      return {
        method: "POST",
        path: `${pathOf(device)}:${call.method}`,
        headers: [...headersOf(password), ["Content-Type", "application/json"]],
        body: encodeUtf8(JSON.stringify(body)),
      };
    },
    answer: (status) => statusAnswer(status, 200),
    configuration: {
      // Version 0 is none: as with a subscription, each connection is told.
      request: { method: "GET", path: `${pathOf(device)}/config?local_version=0`, headers: headersOf(password) },
      answer: (status) => {
        const reader = new ConfigReader();
        return {
          push: (piece) => reader.push(piece),
          end: () => {
            if (status !== 200) throw publishError(status, "");
            return reader.end()?.data;
          },
        };
      },
    },
  };
}
