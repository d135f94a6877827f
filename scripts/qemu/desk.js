// What stands at the other end of an emulated chip's wires: a simulated modem on a TCP port, and behind it a simulated cloud,
// with the same roots each time, so that an image that trusts them is built once.

import { join } from "node:path";
import { DEFAULT_PULSES } from "../../dist/firmware/modem/boards.js";
import { controlledModem } from "../../dist/host-sim/cli/parts/desk.js";
import { nowOnly, selectFaults } from "../../dist/host-sim/cli/parts/faults.js";
import { registeredKey } from "../../dist/host-sim/cloud/broker/jwt-verify.js";
import { JWT_BROKER_HOST, MQTTS_PORT } from "../../dist/host-sim/cloud/names.js";
import { startJwtBroker } from "../../dist/host-sim/cloud/node/bridge.js";
import { startCloud } from "../../dist/host-sim/cloud/node/cloud.js";
import { newSigningKey, rsaSigner } from "../../dist/host-sim/cloud/node/rsa-signer.js";
import { privateDirectory, readPrivate, replacePrivate } from "../../dist/host-sim/platform/private-files.js";
import { DEFAULT_SIM } from "../../dist/host-sim/world/sims.js";
import { openImages } from "./updates.js";

/** Name of a device that signs its own tokens, at the simulated broker. */
const CLIENT_ID = "desk-device";
const AUDIENCE = "simkey-desk";
const KEY_KINDS = ["p256", "rsa2048"];
const MODEL = "SIM7080";
/** Topic of a device's commands, behind its name. */
const COMMANDS = "commands/request";

/** Keeps texts in a folder of the user's own, mode 700. @throws UnsafePath */
function keepIn(folder) {
  privateDirectory(folder);
  const pathOf = (name) => join(folder, name.toLowerCase().replace(/[^a-z0-9]+/g, "-"));
  return {
    read: (name) => readPrivate(pathOf(name))?.toString("utf8"),
    write: (name, text) => replacePrivate(pathOf(name), text),
  };
}

/** The key that the simulated onboarding signs with, the same each time: a token that a device kept holds. */
function signerIn(keep) {
  const kept = keep.read("signer");
  if (kept !== undefined) return rsaSigner(kept);
  const made = newSigningKey();
  keep.write("signer", made);
  return rsaSigner(made);
}

/** The clouds of a desk, by profile: each says what a build is told of it, and how a payload gets to the device. */
const CLOUDS = {
  "1nce": async ({ faults, keys, keep, onEvent }) => {
    const cloud = await startCloud({ faults, keys, keep, signer: signerIn(keep), onEvent });
    return {
      ...cloud,
      order: { name: "1nce", roots: cloud.caPem },
      send: (topic, payload) => cloud.withBroker((broker, now) => broker.publish(topic, payload, 1, now)),
    };
  },
  jwt: async ({ faults, keys, keep, onEvent }) => {
    const known = [];
    const rules = { from: "password", audience: AUDIENCE, keys: known, skewSeconds: 60, claims: { sub: "%c" } };
    const cloud = await startJwtBroker({ rules, faults, keys, keep, onEvent });
    const { caPem: roots } = cloud;
    const where = { host: JWT_BROKER_HOST, port: MQTTS_PORT };
    return {
      ...cloud,
      order: { name: "jwt", ...where, clientId: CLIENT_ID, audience: AUDIENCE, roots },
      send: (topic, payload) => cloud.withBroker((broker, now) => broker.publish(topic, payload, 1, now)),
      register: (pem) => known.push(registeredKey(pem)),
    };
  },
};

export const PROFILES = Object.keys(CLOUDS);
export { KEY_KINDS };

/**
 * Starts a cloud and a modem before it that is switched on.
 * @param options.profile one of PROFILES
 * @param options.faults as `simkey modem --fault` takes them
 * @param options.keys kind of the cloud's certificates
 * @param options.folder where its roots are kept
 * @param options.updates whether there is a server of images, too
 * @param options.onEvent told what the cloud sees
 * @returns `port` of the modem's UART; `order`, what a build is told of the cloud; `send`, which brings a device a payload, as
 * a command or on another of its topics; `register`, where the cloud wants a device's public key, as PEM; `images`, see
 * `openImages`; `pressKey`, which presses the modem's power key
 * @throws UsageError for a fault that is none, and for one that is to come later
 */
export async function openQemuDesk({ profile, faults: texts, keys = "p256", folder, updates = false, onEvent }) {
  const faults = nowOnly(selectFaults(texts));
  const keep = keepIn(folder);
  const cloud = await CLOUDS[profile]({ faults: faults.cloud, keys, keep, onEvent });
  const images = updates ? await openImages({ keep, keys, onEvent }) : undefined;
  const tables = [cloud, ...(images ? [images] : [])].map(({ nameTable }) => nameTable);
  const names = { lookup: (host, port) => tables.map((table) => table.lookup(host, port)).find(Boolean) };
  const made = { model: MODEL, sim: DEFAULT_SIM, names };
  const { modem, core } = controlledModem(faults, 1, true, made);
  const { port } = await modem.listen("127.0.0.1", 0);
  return {
    port,
    core,
    order: cloud.order,
    register: cloud.register,
    images,
    pressKey: () => {
      modem.powerKey(1);
      setTimeout(() => modem.powerKey(0), DEFAULT_PULSES.onMs);
    },
    send: (clientId, payload, topic = COMMANDS) => cloud.send(`${clientId}/${topic}`, payload),
    description: `simulated ${MODEL}G, powered on; simulated cloud at ${cloud.address.host}:${cloud.address.port}`,
    close: async () => {
      await modem.close();
      await images?.close();
      await cloud.close();
    },
  };
}
