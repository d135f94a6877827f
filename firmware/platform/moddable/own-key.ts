// What signs in noble's place, where the build says so. Its module is in the image that includes its manifest: manifests/keys.

import type { CloudOrder, OwnKey } from "../../cloud/cloud.js";
import { Failure } from "../failure.js";

/**
 * The key by what a build names.
 * @returns undefined where it names nothing
 * @throws Failure `config` for what is no such name, or for another algorithm
 */
export async function builtKey({ signer, alg = "ES256" }: CloudOrder): Promise<OwnKey | undefined> {
  if (signer === undefined) return undefined;
  if (signer !== "mbedtls" || alg !== "ES256")
    throw new Failure("config", `no such signer of ${alg}; known: mbedtls of ES256`, "give-up");
  return (await import("./mbedtls/key.js")).ownKey;
}
