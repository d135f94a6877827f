// Topic names and topic filters (MQTT 3.1.1 §4.7).

/** True for what a PUBLISH may name: at least one character, no wildcard, no U+0000 [MQTT-3.3.2-2], [MQTT-4.7.3-1, -2]. */
export const isTopicName = (topic: string): boolean => topic !== "" && !/[+#\0]/.test(topic);

/** True for a filter whose wildcards fill their level, `#` only as the last [MQTT-4.7.1-1, -2, -3]. */
export const isTopicFilter = (filter: string): boolean =>
  filter !== "" && /^(?:(?:[^+#/\0]*|\+)\/)*(?:[^+#/\0]*|\+|#)$/.test(filter);

/**
 * True when `filter` matches `topic`, both valid. A filter that begins with a wildcard matches no topic that begins
 * with `$` [MQTT-4.7.2-1]; `sport/#` also matches `sport` (§4.7.1.2). What comes by a shared subscription,
 * `$share/<group>/<filter>` (AWS IoT Core, mosquitto and others take it with 3.1.1 too), bears its plain topic.
 */
export function matches(filter: string, topic: string): boolean {
  const [, shared] = /^\$share\/[^/]+\/(.+)$/.exec(filter) ?? [];
  if (shared !== undefined && matches(shared, topic)) return true;
  if (topic.startsWith("$") && /^[+#]/.test(filter)) return false;
  const wanted = filter.split("/");
  // No more levels than can matter: a topic of a thousand slashes has more than the heap.
  const levels = topic.split("/", wanted.length + 1);
  const end = wanted.findIndex((level, i) => level === "#" || (level !== "+" && level !== levels[i]));
  return end < 0 ? wanted.length === levels.length : wanted[end] === "#" && end <= levels.length;
}
