// What a cloud, or whoever got into one, may send a device to end it: each is a payload on the topic of its commands. None
// may restart the chip, cost it a record, or leave it deaf.

/** Longest payload that the simulated broker sends. */
const LARGE = 16_384;

const text = (value) => Buffer.from(value);
const nested = (depth, open, close) => text(`{"id":"x","cmd":${open.repeat(depth)}1${close.repeat(depth)}}`);

/** By name: what it is, and the payloads. */
export const ATTACKS = {
  deep: {
    help: "JSON of 5000 levels, which a parser that recurses ends its stack with",
    payloads: () => [nested(5000, "[", "]"), nested(3000, '{"a":', "}")],
  },
  names: {
    help: "commands of ever new names, each of which XS would keep for good",
    payloads: () =>
      Array.from({ length: 8 }, (_, i) =>
        text(`{${Array.from({ length: 60 }, (_, k) => `"n${i}x${k}":${k}`).join(",")},"id":"n${i}","cmd":"n${i}"}`),
      ),
  },
  large: {
    help: "a command of 16 KB, more than a device takes",
    payloads: () => [text(`{"id":"l","cmd":"ping","x":"${"x".repeat(LARGE)}"}`)],
  },
  garbage: {
    help: "bytes that are no text, half a text, nothing at all",
    payloads: () => [Uint8Array.of(0xff, 0xfe, 0x00, 0xc3), text('{"id":"g","cmd'), text(""), text("null"), text("[]")],
  },
  escape: {
    help: "names and values that steer a terminal, or look like a line of the log",
    payloads: () => [
      text('{"id":"\\u001b]0;x\\u0007","cmd":"\\u001b[2J"}'),
      text('{"id":"e","cmd":"x\\r\\n0.01 info start reset=power starts=1"}'),
      text('{"__proto__":{"cmd":"restart"},"id":"p","cmd":"constructor"}'),
    ],
  },
  numbers: {
    help: "numbers that no memory holds",
    payloads: () => [
      text('{"id":"n","cmd":"interval","seconds":1e999}'),
      text(`{"id":${"9".repeat(500)},"cmd":"ping"}`),
    ],
  },
};

/** The payloads of an attack, or of `all`. @throws RangeError that lists the names */
export function payloadsOf(name) {
  if (name === "all") return Object.keys(ATTACKS).flatMap((each) => ATTACKS[each].payloads());
  if (!Object.hasOwn(ATTACKS, name))
    throw new RangeError(`--attack ${name} is none; known: ${Object.keys(ATTACKS).join(", ")}, all`);
  return ATTACKS[name].payloads();
}

/** Names and what they do, for --help. */
export function attackList() {
  const rows = Object.entries(ATTACKS).map(([name, { help }]) => `  ${name.padEnd(10)}${help}`);
  return [...rows, "  all       all of them, one after the other"].join("\n");
}
