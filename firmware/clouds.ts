// All clouds that a device can talk to, and what each device of theirs signs its tokens by: the only list of them.
// What a row leads to is loaded by a literal import() when it is chosen, so that an image needs and loads only what
// it names.

import { knownKey } from "./bytes/known.js";
import type {
  CloudGiven,
  CloudOrder,
  CloudParts,
  CloudRow,
  KeyCloud,
  OwnKey,
  SimCloud,
  Transport,
} from "./cloud/cloud.js";
import { GOOGLE_LIMITS, ONE_NCE_LIMITS } from "./cloud/limits.js";
import { topicsBelow, topicsOfDevice } from "./cloud/topics.js";
import type { JwtAlgorithm } from "./jwt/token.js";
import { STANDARD_LIMITS } from "./mqtt/limits.js";
import { Failure } from "./platform/failure.js";

/** A cloud. */
interface Row extends CloudRow {
  transports: readonly Transport[];
  /** Settings that go with it, unless the build or somebody else says otherwise. */
  settings: Readonly<Record<string, unknown>>;
  /** Its module: of a cloud that knows a device by its SIM, or by a key of its own. */
  bySim?: () => Promise<{ cloud: SimCloud }>;
  byKey?: () => Promise<{ cloud: KeyCloud }>;
}

/** The time service whose clock the rules for Google's tokens were made for. */
const GOOGLE_SETTINGS = { ntpHost: "time.google.com" } as const;

/** The table. Its keys are the names in a manifest and on the command line. */
export const CLOUDS = {
  "1nce": {
    limits: ONE_NCE_LIMITS,
    topics: topicsBelow,
    transports: ["mqtt", "ws", "https"],
    settings: {},
    bySim: () => import("./cloud/1nce-aws/cloud.js"),
  },
  google: {
    limits: GOOGLE_LIMITS,
    topics: topicsOfDevice,
    transports: ["mqtt", "https"],
    settings: GOOGLE_SETTINGS,
    byKey: () => import("./cloud/google/cloud.js"),
  },
  clearblade: {
    limits: GOOGLE_LIMITS,
    topics: topicsOfDevice,
    transports: ["mqtt", "https"],
    settings: GOOGLE_SETTINGS,
    byKey: () => import("./cloud/clearblade/cloud.js"),
  },
  jwt: {
    limits: STANDARD_LIMITS,
    topics: topicsBelow,
    transports: ["mqtt"],
    settings: {},
    byKey: () => import("./cloud/jwt-broker/cloud.js"),
  },
} as const satisfies Readonly<Record<string, Row>>;

export type CloudName = keyof typeof CLOUDS;
/** What a device talks to when nobody names a cloud. */
export const DEFAULT_CLOUD: CloudName = "1nce";
/** Names of all clouds. */
export const CLOUD_NAMES = Object.keys(CLOUDS) as readonly CloudName[];

/** The device's own key, by what it signs. */
export const KEYS: Readonly<Record<JwtAlgorithm, () => Promise<{ ownKey: OwnKey }>>> = {
  ES256: () => import("./cloud/own-key/es256.js"),
  RS256: () => import("./cloud/own-key/rs256.js"),
};

/** The cloud of that name. @throws Failure `config` that says which there are */
export function cloudNamed(name: string): CloudName {
  return known(CLOUDS, name, "cloud");
}

function known<T extends object>(table: T, name: string, what: string): keyof T & string {
  const key = knownKey(table, name);
  if (key !== undefined) return key;
  throw new Failure("config", `no such ${what}; known: ${Object.keys(table).join(", ")}`, "give-up");
}

/** @throws Failure `config` for a cloud that is not spoken to that way */
export function checkTransport(name: CloudName, transport: Transport): void {
  const transports: readonly Transport[] = CLOUDS[name].transports;
  if (transports.includes(transport)) return;
  throw new Failure("config", `the cloud ${name} knows ${transports.join(" and ")}, not ${transport}`, "give-up");
}

/** A cloud that is loaded. */
export interface LoadedCloud {
  /** What the device is made of. @throws Failure `config`; RangeError for roots that are no PEM */
  partsFor(given: CloudGiven): CloudParts;
  /** For the console; undefined where the device has no key of its own. */
  keys: OwnKey["console"];
}

/**
 * Loads what an order names: the cloud's module, and the one of the device's key where it has one.
 * @param key signs instead of the key that lies in the device
 * @throws Failure `config` for a name that is none
 */
export async function loadCloud(order: CloudOrder, key?: OwnKey): Promise<LoadedCloud> {
  const name = cloudNamed(order.name);
  const row: Row = CLOUDS[name];
  const { bySim, byKey } = row;
  const bound = (make: SimCloud, keys: LoadedCloud["keys"]): LoadedCloud => ({
    partsFor: (given) => {
      checkTransport(name, given.config.transport);
      return make(order, given, row);
    },
    keys,
  });
  if (byKey === undefined) return bound((await bySim!()).cloud, undefined);
  const own = key ?? (await KEYS[known(KEYS, order.alg ?? "ES256", "algorithm")]()).ownKey;
  const { cloud } = await byKey();
  return bound((ordered, given, about) => cloud(ordered, given, about, own), own.console);
}
