// The grammar of keys and the tokens that are signed with them.

import type { Command } from "commander";
import { LIFETIME_LIMIT_S } from "../../../firmware/jwt/claims.js";
import { ALGORITHMS, keygenCommand, PUBLIC_FORMS, RSA_BITS } from "../commands/keygen.js";
import { tokenCommand } from "../commands/token.js";
import type { Surroundings } from "../parts/surroundings.js";
import { choice, collect, number } from "../parts/values.js";

/** Adds keygen and token. */
export function keyCommands(simkey: Command, around: Surroundings): void {
  simkey
    .command("keygen")
    .description("make a key for a device that signs its own token; prints the public half, to be registered")
    .requiredOption("--out <file>", "where to write the private key (mode 600); never over another file")
    .addOption(choice("--alg <name>", "what it signs", ALGORITHMS).default("ES256"))
    .option("--bits <n>", "size of an RS256 key (default: 2048)", number("--bits", RSA_BITS.least, RSA_BITS.most))
    .addOption(choice("--public <form>", "how to print the public half", PUBLIC_FORMS).default("pem"))
    .action((options) => keygenCommand(options, around));

  simkey
    .command("token")
    .description("print a token signed with a device's key; with --verify, check one by its public key")
    .requiredOption("--key <file>", "private key as PEM, DER or JWK; to verify: public key or certificate as such")
    .option("--verify <token>", "check this token; - reads it from stdin")
    .option("--audience <aud>", "claim aud; to verify: what it must be")
    .option("--lifetime <s>", "seconds from iat to exp", number("--lifetime", 1, LIFETIME_LIMIT_S), 3600)
    .option("--issuer <text>", "claim iss")
    .option("--subject <text>", "claim sub")
    .option("--scope <text>", "claim scope")
    .option("--jti <text>", "claim jti")
    .option("--nbf", "claim nbf, equal to iat", false)
    .option("--kid <text>", "names the key in the header")
    .option("--claim <name=value>", "another claim, its value JSON or text; repeat for more", collect, [])
    .action((options) => tokenCommand(options, around));
}
