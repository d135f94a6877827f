// What an attacker, or somebody's mistake, may send for an update: each is refused with its reason, and the device goes on with
// the image that it has. SECURITY.md has the same table.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { encodeBase64Url } from "../../../firmware/bytes/base64.js";
import { imageOf } from "../../../host-sim/boot/image.js";
import type { UpdateFault } from "../../../host-sim/cloud/updates/file-server.js";
import { signedBy, simulatedKey } from "../../../host-sim/cloud/updates/release.js";
import { RELEASE_KEYS } from "../../../host-sim/simulation/virtual-updates.js";
import { HOUR, updating } from "../../support/updating.js";

type Made = ReturnType<typeof updating>;
interface Row {
  what: string;
  /** What the device reports last. */
  says: string;
  send: (made: Made) => void;
  budgetKb?: number;
}

const manifest =
  (members: object, key = RELEASE_KEYS[0]) =>
  ({ send, release }: Made) =>
    send(release(2, "good", members, key));
const served =
  (fault: UpdateFault, value = 0) =>
  ({ desk, send, release }: Made) => {
    desk.updates!.files.fail(fault, value);
    send(release(2));
  };
/** Takes a manifest apart, and sends what is made of it. */
const parts =
  (change: (header: string, payload: string, signature: string) => string) =>
  ({ send, release }: Made) => {
    const [header, payload, signature] = release(2).split(".");
    send(change(header!, payload!, signature!));
  };
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

const ROWS: Row[] = [
  {
    what: "a manifest that a stranger signed under his own name",
    says: "refused update-key",
    send: manifest({}, simulatedKey("stranger")),
  },
  {
    what: "a manifest that a stranger signed under the name of a release key",
    says: "refused update-signature",
    send: manifest({}, { ...simulatedKey("stranger"), kid: RELEASE_KEYS[0].kid }),
  },
  {
    what: "a manifest that was changed after it was signed",
    says: "refused update-signature",
    send: parts((header, payload, signature) => {
      const said = JSON.parse(Buffer.from(payload, "base64url").toString());
      return `${header}.${encoded({ ...said, seq: 9 })}.${signature}`;
    }),
  },
  {
    what: "a manifest that is not signed, or by another algorithm",
    says: "refused update-algorithm",
    send: parts((_, payload) => `${encoded({ alg: "none", kid: RELEASE_KEYS[0].kid })}.${payload}.`),
  },
  {
    what: "a manifest that is cut off",
    says: "refused update-malformed",
    send: ({ send, release }) => send(release(2).slice(0, 100)),
  },
  {
    what: "a manifest that is too large",
    says: "refused update-too-large",
    send: ({ send }) => send("a".repeat(1_500)),
  },
  {
    what: "a manifest that asks for what is not known",
    says: "refused update-malformed",
    send: manifest({ eraseAll: true }),
  },
  { what: "a release for another board", says: "2 refused update-board", send: manifest({ board: "esp32c3" }) },
  { what: "a release for another chip", says: "2 refused update-chip", send: manifest({ chip: "esp32s3" }) },
  {
    what: "a release for another layout of the flash",
    says: "2 refused update-layout",
    send: manifest({ layout: "8m" }),
  },
  {
    what: "an older release, replayed",
    says: "1 refused update-seq",
    send: ({ send, release }) => send(release(1)),
  },
  {
    what: "a release that may not follow the one that runs",
    says: "2 refused update-base",
    send: manifest({ minBase: 5 }),
  },
  {
    what: "a release in a format that is not known",
    says: "refused update-format",
    send: manifest({ format: "zip" }),
  },
  {
    what: "an image that is larger than its slot",
    says: "2 refused update-size",
    send: manifest({ size: 4 * 32 * 4_096 }),
  },
  {
    what: "a file on a host that images are not fetched from",
    says: "2 refused update-host",
    send: manifest({ url: "https://evil.example.com/2.bin" }),
  },
  {
    what: "an update that takes more volume than one may",
    says: "2 refused update-budget",
    send: manifest({ size: 120_000 }),
    budgetKb: 110,
  },
  { what: "a file that is shorter", says: "2 refused update-changed", send: served("short", 500) },
  { what: "a file that is longer", says: "2 refused update-changed", send: served("longer", 500) },
  { what: "another file of the same length", says: "2 refused update-digest", send: served("swapped") },
  { what: "a file with one bit turned", says: "2 refused update-digest", send: served("flipped", 30_000) },
  {
    what: "an image that is signed for and that the boot loader does not start",
    says: "2 refused update-boot",
    send: ({ desk, content, send }) => {
      const image = imageOf(content(2), 40_000);
      image[39_990]! ^= 1;
      send(desk.updates!.releaseOf(image, content(2)));
    },
  },
  {
    what: "an image that is signed for and says that it is another release",
    says: "2 rolled-back update-seq",
    send: ({ desk, content, send }) => send(desk.updates!.releaseOf(imageOf(content(3), 40_000), content(2))),
  },
];

async function sendTo(row: Row) {
  const settings = { updateBudgetKb: row.budgetKb ?? 400 };
  const made = updating({ settings, updates: { image: { seq: row.says.startsWith("1") ? 2 : 1 } } });
  made.desk.start();
  await made.desk.online();
  row.send(made);
  await made.over(1, 12 * HOUR);
  return made;
}

describe("what is sent for an update", () => {
  test.each(ROWS.map((row) => [row.what, row.says, row] as const))("%s: %s", async (_, says, row) => {
    const { desk, told } = await sendTo(row);
    expect(told.at(-1)).toBe(says);
    expect(desk.unit.image?.version).toBe("1.0.0");
    // It goes on.
    const { acked } = desk.unit.device!.counters;
    await desk.run(() => desk.unit.device!.counters.acked > acked, HOUR);
    expect(desk.unit.device!.counters.acked).toBeGreaterThan(acked);
  });

  test("a manifest with a part that is no base64url is refused too, and nothing of it is told", async () => {
    const row = { what: "", says: "refused update-malformed", send: parts((a, b) => `${a}.${b}.!`) };
    const { told } = await sendTo(row);
    expect(told).toEqual(["refused update-malformed"]);
  });

  test("a whole payload of a stranger's choice changes nothing", async () => {
    const stranger = { ...simulatedKey("stranger"), kid: RELEASE_KEYS[1].kid };
    const payload = { seq: 2 ** 31 - 1, sha256: encodeBase64Url(new Uint8Array(32)) };
    const row = { what: "", says: "", send: ({ send }: Made) => send(signedBy(stranger, payload)) };
    const { told } = await sendTo(row);
    expect(told).toEqual(["refused update-signature"]);
  });
});

test("SECURITY.md has the same table", () => {
  const security = readFileSync("SECURITY.md", "utf8");
  for (const { what, says } of ROWS) {
    const code = says.split(" ").at(-1)!;
    expect([what, security.includes(`| ${what} | \`${code}\` |`)]).toEqual([what, true]);
  }
});
