// Commands about APN, PDP contexts and DNS (SIM7080 AT V1.07 §7, §8).

import type { CommandTable } from "../command.js";
import { CME } from "../errors.js";
import { isIP } from "../ip.js";
import type { Machine } from "../machine.js";
import { fail, later, type Outcome, ok, okThen } from "../outcome.js";
import type { Args } from "../parse.js";
import { PDP_COUNT } from "../pdp.js";
import { NO_IPV4, NO_IPV6 } from "../state.js";
import { waitFor } from "../waiting.js";

const TYPES = ["IP", "IPV6", "IPV4V6", "Non-IP"];
const APN_LENGTH = 150;
/** Address family of AT+CNCFG. */
const IPV6 = 2;
/** User name and password of AT+CNCFG. */
const NAME_LENGTH = 127;
/** Host names in AT+CDNSGIP. */
const HOST_LENGTH = 65;
/** DNS error: network. */
const DNS_NETWORK = 3;

export const PDP: CommandTable = {
  "+CGDCONT": {
    test: '+CGDCONT: (1-15),"IP",,,(0-2),(0-4),(0,1),(0-3),(0-2),(0,1),(0,1)',
    read: ({ settings }) =>
      ok(
        ...[...settings.contexts]
          .sort(([a], [b]) => a - b)
          .map(([cid, { type, apn }]) => `+CGDCONT: ${cid},"${type}","${apn}","0.0.0.0",0,0,0,0`),
      ),
    write: (m, args) => {
      const cid = args.int(0, 1, 15);
      if (args.count === 1) {
        m.settings.contexts.delete(cid);
        return ok();
      }
      const type = args.text(1, 8);
      if (!TYPES.includes(type)) return fail(CME.invalidValue);
      m.settings.contexts.set(cid, { type, apn: args.textOr(2, APN_LENGTH, "") });
      return ok();
    },
  },
  "+CGAUTH": {
    write: (_, args) => {
      args.int(0, 1, 15);
      args.intOr(1, 0, 3, 0);
      return ok();
    },
  },
  "+CNCFG": {
    test: `+CNCFG: (0-3),(0-4),${APN_LENGTH},${NAME_LENGTH},${NAME_LENGTH},(0-3)`,
    read: ({ session }) =>
      ok(
        ...session.apps.map(
          ({ ipType, apn, user, password, authentication }, i) =>
            `+CNCFG: ${i},${ipType},"${apn}","${user}","${password}",${authentication}`,
        ),
      ),
    write: (m, args) => {
      args.expect(2, 6);
      m.session.apps[args.int(0, 0, PDP_COUNT - 1)] = {
        ipType: args.int(1, 0, 4),
        apn: args.textOr(2, APN_LENGTH, ""),
        user: args.textOr(3, NAME_LENGTH, ""),
        password: args.textOr(4, NAME_LENGTH, ""),
        authentication: args.intOr(5, 0, 3, 0),
      };
      return ok();
    },
  },
  "+CGATT": {
    test: "+CGATT: (0,1)",
    read: ({ radio }) => ok(`+CGATT: ${radio.registered ? 1 : 0}`),
    needs: "radio",
    write: (m, args) => {
      if (args.int(0, 0, 1) === 1) {
        return waitFor(m, (finish) => m.radio.attach((done) => finish(done ? ok() : fail(CME.noNetwork))));
      }
      return m.session.detached
        ? ok()
        : later("cfun", () => {
            m.radio.detach();
            return ok();
          });
    },
  },
  "+CGNAPN": {
    test: "+CGNAPN: (0,1),(150)",
    exec: ({ radio, network }) => ok(radio.registered ? `+CGNAPN: 1,"${network.apn}"` : '+CGNAPN: 0,""'),
  },
  "+CGPADDR": {
    exec: (m) => ok(bearerAddress(m, 1), ...[...m.session.bearers].map((cid) => bearerAddress(m, cid))),
    write: (m, args) => ok(...Array.from({ length: args.count }, (_, i) => bearerAddress(m, args.int(i, 1, 15)))),
  },
  // OK at once; +APP PDP tells how it went. Already on, or on its way: refused.
  "+CNACT": {
    test: "+CNACT: (0-3),(0-2)",
    read: ({ pdp }) => ok(...pdp.lines()),
    write: (m, args) => {
      const index = args.int(0, 0, PDP_COUNT - 1);
      const action = args.int(1, 0, 2);
      m.card.demand();
      if (m.session.cfun !== 1) return fail(CME.radioOff);
      if (action === 0) return okThen(() => m.pdp.deactivate(index));
      m.pdp.check(index);
      return okThen(() => m.pdp.activate(index, action === 2));
    },
  },
  "+CDNSPDPID": {
    test: "+CDNSPDPID: (0-3)",
    read: ({ session }) => ok(`+CDNSPDPID: ${session.dnsPdp}`),
    write: (m, args) => {
      m.session.dnsPdp = args.int(0, 0, PDP_COUNT - 1);
      return ok();
    },
  },
  "+CDNSCFG": {
    test: '+CDNSCFG: ("Primary DNS"),("Secondary DNS")',
    read: ({ session: { dns } }) =>
      ok(
        `Ipv4PrimaryDns: ${dns.ipv4[0]}\r\nIpv4SecondaryDns: ${dns.ipv4[1]}\r\n` +
          `Ipv6PrimaryDns: ${dns.ipv6[0]}\r\nIpv6SecondaryDns: ${dns.ipv6[1]}`,
      ),
    write: (m, args) => {
      args.expect(1, 2);
      const servers = [args.text(0, 39), args.textOr(1, 39, "")];
      const kinds = servers.map((server) => isIP(server));
      if (kinds[0] === 0 || (servers[1] !== "" && kinds[1] === 0)) return fail(CME.invalidValue);
      m.session.dns = {
        ipv4: [0, 1].map((i) => (kinds[i] === 4 ? servers[i]! : NO_IPV4)),
        ipv6: [0, 1].map((i) => (kinds[i] === 6 ? servers[i]! : NO_IPV6)),
      };
      return ok();
    },
  },
  "+SNPDPID": {
    test: "+SNPDPID: (0-3)",
    write: (_, args) => {
      args.int(0, 0, PDP_COUNT - 1);
      return ok();
    },
  },
  "+SNPING4": {
    test: "+SNPING4: (255),(1-500),(1-1400),(1-60000)",
    write: (m, args) => ping(m, args, "+SNPING4", m.pdp.anyActive, documentationAddress),
  },
  // The network gives an IPv6 address to a context that asks for one (AT+CNCFG, type 2).
  "+SNPING6": {
    test: "+SNPING6: 512,(1-500),(1-1400),(1-60000)",
    write: (m, args) => {
      const has = m.session.apps.some(({ ipType }, i) => ipType === IPV6 && m.pdp.active(i));
      return ping(m, args, "+SNPING6", has, (host) => `2001:db8::${documentationAddress(host).split(".")[3]}`);
    },
  },
  "+CDNSGIP": {
    write: (m, args) => {
      const host = args.text(0, HOST_LENGTH);
      args.intOr(1, 0, 10, 0);
      args.intOr(2, 0, 60_000, 0);
      const answer = () => {
        const found = m.pdp.anyActive && !m.faults.strikes("dns-fails");
        return found ? `+CDNSGIP: 1,"${host}","${documentationAddress(host)}"` : `+CDNSGIP: 0,${DNS_NETWORK}`;
      };
      // A tracker's log had the result before its OK.
      if (m.faults.has("cdnsgip-first")) return later("dns", () => ok(answer()));
      return okThen(() => void m.after(m.delay("dns"), () => m.out.urc("TCPIP", answer())));
    },
  },
};

/** `=<host>,<times>,<size>,<timeout>`: a line for each answer, then OK. */
function ping(m: Machine, args: Args, name: string, bound: boolean, addressOf: (host: string) => string): Outcome {
  const host = args.text(0, 255);
  const times = args.int(1, 1, 500);
  args.int(2, 1, 1400);
  args.int(3, 1, 60_000);
  if (!bound) return ok(`${name}: Bind failed for provided src`);
  const address = isIP(host) > 0 ? host : addressOf(host);
  const pings = Array.from({ length: times }, (_, i) => [i + 1, m.delay("dns")] as const);
  const total = pings.reduce((sum, [, ms]) => sum + ms, 0);
  return later(total, () => ok(...pings.map(([id, ms]) => `${name}: ${id},${address},${ms}`)));
}

/** A line of AT+CGPADDR: the default context is up while registered, others by AT+CGACT. */
function bearerAddress(m: Machine, cid: number): string {
  const up = m.radio.registered && (cid === 1 || m.session.bearers.has(cid));
  return `+CGPADDR: ${cid},${up ? m.pdp.address : "0.0.0.0"}`;
}

/** An address of RFC 5737's documentation block, always the same for a name: the modem never dials it. */
function documentationAddress(host: string): string {
  let sum = 0;
  for (let i = 0; i < host.length; i++) sum = (sum * 31 + host.charCodeAt(i)) & 0xff;
  return `192.0.2.${sum}`;
}
