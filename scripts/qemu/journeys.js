// The journeys that `npm run test:qemu` runs: each is a call of start:qemu, and what must be seen of it.

/** The console's words, in an order that leaves the device as it was. */
const WORDS = [
  ...["help", "status", "get", "get apn", "set telemetryIntervalS 2", "get telemetryIntervalS"],
  ...["unset telemetryIntervalS", "set apn two words", "nonsense", "key public"],
];

/** What comes after the last word of a device with a key of its own. */
const KEY_WORDS = ["key public", "key public jwk", "key generate"];

const typed = (words) => words.flatMap((word) => ["--type", word]);
const texts = (lines) => lines.filter(({ event }) => event === "console").map(({ text }) => text);
const seen = (lines, event) => lines.some((line) => line.event === event);
const answered = (lines, word, pattern) =>
  texts(lines).some((text) => text.startsWith(`${word}\n`) && pattern.test(text));

/** Each of these words must have been told of an update. */
const told =
  (...states) =>
  (lines) => {
    const heard = lines.filter(({ event }) => event === "told").map(({ state }) => state);
    return states.filter((state) => !heard.includes(state)).map((state) => `nothing was told of "${state}"`);
  };

/**
 * By name: `args` of start:qemu; `state`, the name of a flash that it keeps for those after it; `faults`, what is wrong with
 * the lines of a run that ended well, as sentences.
 */
export const JOURNEYS = {
  "1nce-mqtt": {
    what: "1NCE by MQTT: onboarding, TLS, acknowledged telemetry, a command",
    args: ["--messages", "5"],
    state: "1nce",
    faults: (lines) => (seen(lines, "onboarded") ? [] : ["it was not onboarded"]),
  },
  "1nce-kept": {
    what: "the same chip, switched on again: its token is known",
    args: ["--messages", "2"],
    state: "1nce",
    faults: (lines) => (seen(lines, "token-kept") ? [] : ["its token was not known again"]),
  },
  "1nce-rsa": {
    what: "1NCE by MQTT, with certificates that RSA keys have signed",
    args: ["--messages", "2", "--certificates", "rsa2048"],
    faults: () => [],
  },
  "1nce-ws": {
    what: "1NCE by MQTT in WebSockets",
    args: ["--messages", "3", "--transport", "ws"],
    faults: () => [],
  },
  "1nce-https": {
    what: "1NCE by HTTPS",
    args: ["--messages", "3", "--transport", "https"],
    faults: () => [],
  },
  hostile: {
    what: "commands that should end a device: none restarts it",
    args: ["--messages", "2", "--attack", "all"],
    faults: () => [],
  },
  console: {
    what: "each word of the console",
    args: ["--messages", "1", ...typed(WORDS)],
    faults: (lines) =>
      [
        ["help", /status: what the device tells/],
        ["status", /"phase":"online"/],
        ["get", /\napn "iot\.1nce\.net"/],
        ["get telemetryIntervalS", /telemetryIntervalS 1\b[\s\S]*2/],
        ["set apn two words", /error: /],
        ["nonsense", /error: /],
        ["key public", /error: /],
      ]
        .filter(([word, pattern]) => !answered(lines, word, pattern))
        .map(([word]) => `the console answers "${word}" otherwise`),
  },
  jwt: {
    what: "a device with a key of its own, made on its console",
    args: ["--profile", "jwt", "--messages", "2", "--timeout", "1500", ...typed(KEY_WORDS)],
    faults: (lines) =>
      [
        ["key public", /BEGIN PUBLIC KEY/],
        ["key public jwk", /"crv":"P-256"/],
        ["key generate", /error: /],
      ]
        .filter(([word, pattern]) => !answered(lines, word, pattern))
        .map(([word]) => `the console answers "${word}" otherwise`),
  },
  "update-good": {
    what: "a signed update by the same link, as a patch: written, tried, confirmed",
    args: ["--update", "good", "--timeout", "900"],
    faults: told("accepted", "trial", "confirmed"),
  },
  "update-bad": {
    what: "an update that ends the engine as it starts: the boot loader brings the old image back",
    args: ["--update", "bad", "--timeout", "900"],
    faults: told("accepted", "rolled-back"),
  },
  "update-cut": {
    what: "a deflated update, and the power goes while it comes: it goes on where it was",
    args: ["--update", "cut", "--timeout", "1500"],
    faults: told("accepted", "trial", "confirmed"),
  },
  psm: {
    what: "PSM: after its record the modem rests, and the chip goes to sleep",
    args: ["--set", "power=psm", "--interval", "60", "--until", "asleep", "--timeout", "300"],
    faults: (lines) =>
      lines.some(({ event, how }) => event === "resting" && how === "psm") ? [] : ["the modem does not rest"],
  },
};

/** The report's figures that are of use for a whole run: the least of some, the most of others. */
const LEAST = ["heapLeast", "heapLargest", "untouched"];
const MOST = ["chunksPeak", "slotsPeak", "stackPeak"];

/**
 * The peaks of a run with `--report memory`.
 * @returns figures by name, and the least that each task had left of its stack; undefined: the run has no report
 */
export function peaksOf(lines) {
  const reports = lines.filter(({ event }) => event === "memory");
  if (reports.length === 0) return undefined;
  const of = (names, pick) =>
    names.map((name) => [name, pick(...reports.map((report) => report[name]).filter(Number.isFinite))]);
  const tasks = new Map();
  for (const { tasks: text } of reports) {
    const found = [...String(text).matchAll(/([^,:]+):(\d+)/g)];
    // At the start there are two of one name: ESP-IDF's own, which ends, and XS's.
    const once = found.filter(([, name]) => found.filter(([, other]) => other === name).length === 1);
    for (const [, name, left] of once)
      tasks.set(name, Math.min(Number(left), tasks.get(name) ?? Number.POSITIVE_INFINITY));
  }
  return { ...Object.fromEntries([...of(LEAST, Math.min), ...of(MOST, Math.max)]), tasks: Object.fromEntries(tasks) };
}
