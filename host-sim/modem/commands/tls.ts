// The module's own TLS settings (SIM7080 AT V1.07 §11), and the certificates that they name.

import type { CommandTable } from "../command.js";
import { CME, CommandError } from "../errors.js";
import type { Machine } from "../machine.js";
import { type Outcome, ok } from "../outcome.js";
import type { Args } from "../parse.js";

const CONTEXTS = 6;
const SNI_LENGTH = 253;
/** Names and passphrase of a conversion. */
const NAME_LENGTH = 50;

/** What each key takes behind the context number. */
const KEYS: Readonly<Record<string, (m: Machine, context: number, args: Args) => Outcome>> = {
  sslversion: (m, context, args) => {
    m.session.tls[context]!.version = args.int(2, 0, 6);
    return ok();
  },
  ciphersuite: (_, __, args) => {
    args.int(2, 0, 7);
    if (!/^0x[0-9a-f]{4}$/i.test(args.text(3, 6))) throw new CommandError(CME.invalidValue);
    return ok();
  },
  ignorertctime: (m, context, args) => {
    m.session.tls[context]!.ignoreTime = args.int(2, 0, 1);
    return ok();
  },
  protocol: (m, context, args) => {
    m.session.tls[context]!.protocol = args.int(2, 1, 2);
    return ok();
  },
  sni: (m, context, args) => {
    m.session.tls[context]!.sni = args.text(2, SNI_LENGTH);
    return ok();
  },
  maxfraglendisable: (_, __, args) => {
    args.int(2, 0, 1);
    return ok();
  },
  ctxindex: (m, context) => {
    const { version, ignoreTime, protocol, sni } = m.session.tls[context]!;
    return ok(`+CSSLCFG: ${context},${version},,,,,,,,,${ignoreTime},${protocol},"${sni}"`);
  },
};

/** `"CONVERT",<1 certificate | 2 roots | 3 PSK>,<file>[,<key file>[,<passphrase>]]`: out of /customer/. */
function convert(m: Machine, args: Args): Outcome {
  args.expect(3, 5);
  const kind = (["certificate", "roots", "psk"] as const)[args.int(1, 1, 3) - 1]!;
  const keyName = kind === "certificate" && args.has(3) ? args.text(3, NAME_LENGTH) : undefined;
  m.settings.files.convert(
    kind,
    args.text(2, NAME_LENGTH),
    keyName,
    args.has(4) ? args.text(4, NAME_LENGTH) : undefined,
  );
  return ok();
}

export const TLS: CommandTable = {
  "+CSSLCFG": {
    test: '+CSSLCFG: "SSLVERSION",(0-5),(0-5)',
    write: (m, args) => {
      const key = args.text(0, 20).toLowerCase();
      if (key === "convert") return convert(m, args);
      const handler = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
      if (!handler) throw new CommandError(CME.invalidValue);
      return handler(m, args.int(1, 0, CONTEXTS - 1), args);
    },
  },
};
