// Options of `simkey run` that would do nothing beside others: refused, so that nobody takes them to have worked.

import type { CloudName } from "../../../firmware/clouds.js";
import { UsageError } from "../output/errors.js";

/** What decides. */
export interface Chosen {
  profile: CloudName;
  transport: string;
  modem: "sim" | "tcp" | "serial";
  /** There is a simulated cloud in this process. */
  simulated: boolean;
  /** Commands reach the device. */
  hears: boolean;
}

interface Rule {
  options: Readonly<Record<string, string>>;
  /** What they go with, as the message tells. */
  needs: string;
  met: (chosen: Chosen) => boolean;
}

const jwt = ({ profile }: Chosen) => profile === "jwt";
const oneNce = ({ profile }: Chosen) => profile === "1nce";

/** Options by commander's names, and as they are written. */
const RULES: readonly Rule[] = [
  {
    options: { publishForm: "--publish-form" },
    needs: "--profile 1nce --transport https",
    met: (chosen) => oneNce(chosen) && chosen.transport === "https",
  },
  {
    options: {
      audience: "--audience",
      tokenIn: "--token-in",
      username: "--username",
      alpn: "--alpn",
      topic: "--topic",
    },
    needs: "--profile jwt",
    met: jwt,
  },
  {
    options: { key: "--key", clientId: "--client-id", lifetime: "--lifetime" },
    needs: "--profile google, clearblade or jwt: with 1nce the SIM is the identity",
    met: (chosen) => !oneNce(chosen),
  },
  { options: { onboarding: "--onboarding" }, needs: "--profile 1nce", met: oneNce },
  { options: { delayScale: "--delay-scale" }, needs: "--modem sim", met: ({ modem }) => modem === "sim" },
  {
    options: { command: "--command" },
    needs: "a simulated cloud of this run (--modem sim, no --broker) and a transport that hears commands (mqtt, ws)",
    met: ({ modem, simulated, hears }) => modem === "sim" && simulated && hears,
  },
];

/** @param given whether the user has named an option @throws UsageError */
export function refuseIdle(given: (option: string) => boolean, chosen: Chosen): void {
  for (const { options, needs, met } of RULES) {
    if (met(chosen)) continue;
    const idle = Object.keys(options).find(given);
    if (idle !== undefined) throw new UsageError(`${options[idle]} goes with ${needs}`);
  }
}
