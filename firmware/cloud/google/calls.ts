// What the HTTP bridges of Google's family share: the calls that publishing stands for, and answers by status.

import { AnswerFields, type PublishAnswer, PublishError, publishError } from "../publish.js";

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
