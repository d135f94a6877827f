// MQTT topic names and filters: what is well-formed, what matches (MQTT 3.1.1 §4.7). A broker may end the connection for a
// control character or a non-character (§1.5.3): these do, as mosquitto does.

const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** A PUBLISH topic: at least one character, no wildcard, none that is forbidden (§4.7.1, §4.7.3). */
export function isTopicName(topic: string): boolean {
  return topic.length > 0 && !/[+#]/.test(topic) && !FORBIDDEN.test(topic);
}

/** A subscription filter: `#` alone and last, `+` alone in its level (§4.7.1). */
export function isTopicFilter(filter: string): boolean {
  if (filter.length === 0 || FORBIDDEN.test(filter)) return false;
  const levels = filter.split("/");
  return levels.every((level, i) => {
    if (level === "+") return true;
    if (level === "#") return i === levels.length - 1;
    return !/[+#]/.test(level);
  });
}

/**
 * Whether a filter matches a topic.
 * @param hashMatchesParent whether `a/#` matches `a` (§4.7.1.2 says so; AWS IoT does not)
 */
export function matches(filter: string, topic: string, hashMatchesParent: boolean): boolean {
  if (topic.startsWith("$") && /^[+#]/.test(filter)) return false;
  const wanted = filter.split("/");
  const levels = topic.split("/");
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === "#") return levels.length > i || hashMatchesParent;
    if (i >= levels.length || (wanted[i] !== "+" && wanted[i] !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}

/** Slashes in a topic or filter: one less than its levels. */
export function slashes(topic: string): number {
  let count = 0;
  for (let at = topic.indexOf("/"); at >= 0; at = topic.indexOf("/", at + 1)) count++;
  return count;
}
