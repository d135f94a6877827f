// What a broker checks of a packet that is well-formed, rule by rule; the figures are the profile's.

import type { IConnectPacket, IPublishPacket, ISubscribePacket, IUnsubscribePacket } from "mqtt-packet";
import type { Client } from "./client.js";
import type { CloseReason } from "./events.js";
import type { Refusal } from "./gatekeeper.js";
import type { BrokerProfile } from "./profile.js";
import { isTopicFilter, isTopicName, slashes } from "./topics.js";

/** A breach of the rules: the connection must end. */
export class Breach extends Error {
  readonly reason: CloseReason;
  constructor(reason: CloseReason, message: string) {
    super(message);
    this.name = "Breach";
    this.reason = reason;
  }
}

const IDENTIFIER_REJECTED = 2;

/** @returns the refusal that CONNACK tells, or undefined when the gatekeeper decides. @throws Breach */
export function checkConnect(packet: IConnectPacket, profile: BrokerProfile): Refusal | undefined {
  const { clientId, clean, will } = packet;
  if (will !== undefined) {
    if (profile.will === "close" || (will.retain && profile.retain === "close")) {
      throw new Breach("CLIENT_ERROR", "a will that this broker does not take");
    }
    if ((will.qos ?? 0) > 2 || !isTopicName(will.topic)) throw new Breach("CLIENT_ERROR", "a malformed will");
  }
  if (clientId === "" && clean === false) return rejected("an empty client id without CleanSession");
  if (Buffer.byteLength(clientId) > profile.maxClientIdBytes) return rejected("a client id that is too long");
  return undefined;
}

/** @throws Breach */
export function checkPublish(packet: IPublishPacket, client: Client, profile: BrokerProfile): void {
  const { topic, qos, retain, payload } = packet;
  require(qos <= profile.maxQos, "CLIENT_ERROR", `PUBLISH with QoS ${qos}`);
  require(isTopicName(topic), "CLIENT_ERROR", "PUBLISH to what is no topic name");
  require(topicFits(topic, profile), "CLIENT_ERROR", "a topic that is too long or too deep");
  require(payload.length <= profile.maxPayloadBytes, "CLIENT_ERROR", "a payload that is too long");
  require(client.admission!.mayPublish(
    topic,
    payload.length,
  ), "AUTH_ERROR", "PUBLISH to a topic that the policy does not allow");
  require(!retain || profile.retain !== "close", "AUTH_ERROR", "PUBLISH with RETAIN, which the policy does not allow");
}

/** @throws Breach */
export function checkSubscribe(packet: ISubscribePacket, client: Client, profile: BrokerProfile): void {
  const { subscriptions } = packet;
  checkCount(subscriptions.length, profile);
  for (const { topic: filter, qos } of subscriptions) {
    require(isTopicFilter(filter), "CLIENT_ERROR", "SUBSCRIBE to what is no topic filter");
    require(topicFits(filter, profile), "CLIENT_ERROR", "a filter that is too long or too deep");
    require(qos <= profile.maxQos || profile.higherQos === "lower", "CLIENT_ERROR", `SUBSCRIBE with QoS ${qos}`);
    const allowed = profile.deniedSubscribe === "suback" || client.admission!.maySubscribe(filter);
    require(allowed, "AUTH_ERROR", "SUBSCRIBE to a filter that the policy does not allow");
  }
}

/** @throws Breach */
export function checkUnsubscribe(packet: IUnsubscribePacket, profile: BrokerProfile): void {
  checkCount(packet.unsubscriptions.length, profile);
  for (const filter of packet.unsubscriptions) {
    require(isTopicFilter(filter), "CLIENT_ERROR", "UNSUBSCRIBE from what is no topic filter");
  }
}

function checkCount(count: number, profile: BrokerProfile): void {
  require(count > 0, "CLIENT_ERROR", "no filter at all");
  require(count <= profile.maxFiltersPerRequest, "CLIENT_ERROR", `more than ${profile.maxFiltersPerRequest} filters`);
}

/** Whether a topic or filter keeps to the broker's length and depth. */
export function topicFits(topic: string, profile: BrokerProfile): boolean {
  return Buffer.byteLength(topic) <= profile.maxTopicBytes && slashes(topic) <= profile.maxSlashes;
}

function require(holds: boolean, reason: CloseReason, message: string): void {
  if (!holds) throw new Breach(reason, message);
}

function rejected(denial: string): Refusal {
  return { admitted: false, denial, returnCode: IDENTIFIER_REJECTED };
}
