// What a broker allows beyond the standard, as a table that a profile chooses. Nothing else in mqtt/ knows a broker by name.

import { isPlainText, plainLength } from "../bytes/utf8.js";
import { demand } from "./error.js";
import { type Connect, FIELD_MAX, FILTERS_MAX, type Filter, type QoS, type Will } from "./packets.js";
import { isTopicFilter, isTopicName } from "./topics.js";

/** What a broker allows. */
export interface MqttLimits {
  /** Highest QoS the broker speaks. */
  readonly qos: QoS;
  /** May a PUBLISH or a will ask to be retained? */
  readonly retain: boolean;
  /** Longest payload, in bytes. */
  readonly payload: number;
  /** Longest topic name or filter, in bytes of UTF-8. */
  readonly topic: number;
  /** Most slashes in a topic name or filter. */
  readonly slashes: number;
  /** Longest client id, in bytes. */
  readonly clientId: number;
  /** Most filters in one SUBSCRIBE or UNSUBSCRIBE; the session splits longer lists. */
  readonly filters: number;
  /** Most subscriptions of one connection. */
  readonly subscriptions: number;
  /** Most QoS 1 and 2 messages sent and not acknowledged; the session's own window is not wider. */
  readonly inFlight: number;
  /** PUBLISH packets a second that the broker takes on a connection: those above it drops without an answer. */
  readonly publishesPerSecond: number;
  /** Shortest and longest keep-alive, in seconds; 0 as the shortest: it may be off. */
  readonly keepAlive: readonly [number, number];
  /** Least time between two CONNECTs, in milliseconds. */
  readonly connectIntervalMs: number;
  /** Age in milliseconds at which a connection is ended in order, before the broker cuts it off. */
  readonly connectionLifeMs: number;
}

/** The standard's own bounds (§1.5.3, §2.2.3, §2.3.1, §3.1.2.10). */
export const STANDARD_LIMITS: MqttLimits = {
  qos: 2,
  retain: true,
  payload: 268_435_455 - FIELD_MAX - 4,
  topic: FIELD_MAX,
  slashes: FIELD_MAX,
  clientId: FIELD_MAX,
  filters: FILTERS_MAX,
  subscriptions: 64,
  inFlight: 32_767,
  publishesPerSecond: Number.POSITIVE_INFINITY,
  keepAlive: [0, 65_535],
  connectIntervalMs: 0,
  connectionLifeMs: Number.POSITIVE_INFINITY,
};

/** @throws MqttError `mqtt-usage` for a CONNECT that the standard or the broker does not allow */
export function checkConnect(connect: Omit<Connect, "type">, limits: MqttLimits): void {
  const [shortest, longest] = limits.keepAlive;
  demand(
    plainLength(connect.clientId) <= limits.clientId,
    `a client id has at most ${limits.clientId} bytes, and no control character`,
  );
  demand(connect.keepAlive >= shortest && connect.keepAlive <= longest, `keep-alive is ${shortest} to ${longest} s`);
  const { clientId, cleanSession, username, password } = connect;
  demand(isPlainText(username ?? ""), "a user name holds no control character");
  demand(clientId !== "" || cleanSession, "an empty client id needs a clean session"); // [MQTT-3.1.3-7]
  demand(password === undefined || username !== undefined, "a password needs a username"); // [MQTT-3.1.2-22]
  if (connect.will) checkPublish(connect.will, limits);
}

/** @throws MqttError `mqtt-usage` for a PUBLISH or will that the standard or the broker does not allow */
export function checkPublish(message: Will, limits: MqttLimits): void {
  checkTopic(message.topic, limits);
  checkMessage(message, limits);
}

/** @throws MqttError `mqtt-usage` for a topic name that the standard or the broker does not allow */
export function checkTopic(topic: string, limits: MqttLimits): void {
  demand(isTopicName(topic) && fits(topic, limits), "this is no topic name the broker takes");
}

/** `checkPublish` without the topic. */
export function checkMessage({ payload, qos, retain }: Omit<Will, "topic">, limits: MqttLimits): void {
  if (qos > limits.qos) demand(false, `the broker takes QoS ${limits.qos} at most`);
  demand(!retain || limits.retain, "the broker does not retain");
  if (payload.length > limits.payload) demand(false, `a payload has at most ${limits.payload} bytes`);
}

/** @throws MqttError `mqtt-usage` for a subscription that the standard or the broker does not allow */
export function checkFilter({ filter, qos }: Filter, limits: MqttLimits): void {
  demand(isTopicFilter(filter) && fits(filter, limits), "this is no topic filter the broker takes");
  demand(qos <= limits.qos, `the broker takes QoS ${limits.qos} at most`);
}

/** What a peer may end the connection for (§1.5.3) fits nowhere: a record with such a topic would block all behind it. */
const fits = (topic: string, limits: MqttLimits): boolean =>
  topic.split("/").length <= limits.slashes + 1 && plainLength(topic) <= limits.topic;
