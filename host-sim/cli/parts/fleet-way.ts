// The way of a fleet's devices to their broker: who each is and whom it trusts, from the options.

import { jwtBrokerProfile } from "../../../firmware/cloud/jwt-broker/profile.js";
import type { Plan } from "../../../firmware/cloud/plan.js";
import type { Profile } from "../../../firmware/cloud/profile.js";
import { CLOUDS } from "../../../firmware/clouds.js";
import { isIndexed, nameAt } from "../../fleet/names.js";
import { givenProfile } from "../../fleet/profile.js";
import { readNamedBytes, readNamedFile, UsageError } from "../output/errors.js";
import { type Address, isLoopback } from "./address.js";
import { rootsOf } from "./home.js";
import { signerOf } from "./keys.js";
import { parseBroker, type TOKEN_FIELDS } from "./way.js";

export interface FleetWayOptions {
  broker: string;
  /** These three are patterns, see fleet/names.ts. */
  clientId: string;
  topic?: string;
  username?: string;
  passwordFile?: string;
  /** A pattern too: a key for each device, or one for all. */
  key?: string;
  audience?: string;
  tokenIn: (typeof TOKEN_FIELDS)[number];
  lifetime: number;
  ca?: string;
  alpn?: string;
}

/** @throws UsageError for options that do not go together, and for a secret that would go over a network in clear */
export function fleetWay(options: FleetWayOptions): { profile: (index: number) => Profile; broker: string } {
  const { clientId, passwordFile, key, username } = options;
  const outside = parseBroker(options.broker, ["mqtt", "mqtts"]);
  if (!isIndexed(clientId))
    throw new UsageError(`--client-id must hold {index}, e.g. meter-{index}, not "${clientId}"`);
  if (key !== undefined && passwordFile !== undefined) throw new UsageError("either --key or --password-file");
  if (passwordFile !== undefined && username === undefined) throw new UsageError("--password-file needs --username");
  const secret = key ?? passwordFile;
  if (secret !== undefined && outside.scheme === "mqtt" && !isLoopback(outside.host)) {
    throw new UsageError(`no secret is sent to ${outside.host} in clear: use mqtts://, or a broker on 127.0.0.1`);
  }
  const profile = (key === undefined ? givenProfiles : jwtProfiles)(options, wayTo(outside, options));
  return { profile, broker: `${outside.scheme}://${outside.host}:${outside.port}` };
}

/** @throws UsageError when there is no root for TLS */
function wayTo(
  { scheme, host, port }: Address & { scheme: string },
  options: FleetWayOptions,
): Omit<Plan, "credentials"> {
  const { ca, alpn } = options;
  if (scheme === "mqtt") return { host, port };
  if (ca === undefined)
    throw new UsageError("mqtts:// needs --ca FILE: the root that the broker's certificate leads to");
  const roots = rootsOf(readNamedFile(ca, "--ca"), ca);
  return {
    host,
    port,
    tls: { serverName: host, requireAlpn: alpn !== undefined, roots, ...(alpn !== undefined && { alpn }) },
  };
}

const topicsOf = ({ topic, clientId }: FleetWayOptions, index: number) =>
  CLOUDS.jwt.topics(nameAt(topic ?? clientId, index));

function givenProfiles(options: FleetWayOptions, way: Omit<Plan, "credentials">): (index: number) => Profile {
  const { clientId, username, passwordFile } = options;
  const password = passwordFile && readNamedFile(passwordFile, "--password-file").split(/\r?\n/, 1)[0]!;
  return (index) =>
    givenProfile(
      way,
      {
        clientId: nameAt(clientId, index),
        ...(username !== undefined && { username: nameAt(username, index) }),
        ...(password !== undefined && { password }),
      },
      topicsOf(options, index),
    );
}

function jwtProfiles(options: FleetWayOptions, way: Omit<Plan, "credentials">): (index: number) => Profile {
  const { key: pattern, username, audience, tokenIn, lifetime } = options;
  const read = (path: string) => signerOf(readNamedBytes(path, "--key")).signer;
  const shared = isIndexed(pattern!) ? undefined : read(pattern!);
  return (index) => {
    const clientId = nameAt(options.clientId, index);
    const sign = shared ?? read(nameAt(pattern!, index));
    return jwtBrokerProfile({
      ...way,
      clientId,
      key: { signer: ({ random }) => sign(random), lifetimeS: lifetime },
      field: tokenIn,
      ...(username !== undefined && { other: nameAt(username, index) }),
      claims: { ...(audience !== undefined && { aud: audience }), sub: clientId },
      topics: topicsOf(options, index),
    });
  };
}
