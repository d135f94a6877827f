// What to do about a failure, for the person at the desk. The firmware's messages say what happened; these say what helps.

const HINTS: Readonly<Record<string, string>> = {
  "tls-untrusted":
    "the server's certificate comes from another CA: check --ca, or that the endpoint's root is the one onboarding delivers",
  "tls-chain-length":
    "at most 8 certificates may stand between the server's own and the root: give the device a nearer root",
  "tls-critical-extension":
    "mbedTLS does not read it (critical name constraints are one such): the server needs a certificate of another authority",
  "tls-usage": "the server needs a certificate for servers (serverAuth, digitalSignature), from an authority for such",
  "tls-constraint":
    "the authority's certificate excludes these names (name constraints): the server needs a certificate of another authority",
  "tls-name":
    "the certificate is for another host, or names it in its subject alone: check the host name, and who answers there",
  "tls-expired": "renew the server's certificate, or check the device's clock",
  "tls-not-yet-valid": "check the device's clock and the server's certificate",
  "tls-alpn": "the server does not speak MQTT there: AWS IoT Core needs port 443 and ALPN mqtt",
  "tls-version": "the server is too old: TLS 1.2 or newer is needed",
  "mqtt-refused": "the token or client id is not accepted: look into the authorizer's log, and for the token's age",
  "mqtt-closed": "brokers close without a word when they refuse: check token, policy and topics",
  "onboarding-sim":
    "the service told another SIM's ICCID: check who answers under its name, and look the SIM up in 1NCE's portal",
  "onboarding-token-key":
    "go by MQTT (--transport mqtt, no HTTPS fallback), or have the authorizer's token key renamed in AWS, as token or x-auth",
  "sim-missing": "insert the SIM card before power-up",
  "sim-locked": 'name its PIN in the settings (--config FILE with {"pin": "…"}), or switch the PIN off in a phone',
  "sim-puk": "three wrong PINs have locked it: its operator tells the PUK, and a phone takes it",
  "sim-failed": "take the SIM card out, clean its contacts, and try it in a phone",
  "sim-busy": "switch the modem off and on; if that does not help, try the SIM card in a phone",
  "sim-pin-refused":
    "the configured PIN is wrong, or the line spoils it; once refused it is not tried again: a third refusal locks the card",
  "modem-silent": "check the modem's power, its RX and TX lines and the line speed",
  "modem-off": "its supply is too weak or too strong: it takes 2.7 to 4.8 V, and 0.5 A in bursts",
  "modem-supply": "check the I2C lines to the chip that feeds the modem",
  "at-timeout":
    "the modem has stopped answering, or bytes are lost on the line: check the wiring, switch it off and on",
  "at-malformed": "bytes are lost or turned over on the line: check its wiring, and its speed",
  "at-restarted": "the modem restarts by itself: check that its supply gives 0.5 A in bursts",
  "at-closed": "the port is gone: check the cable, and that no other program has it open",
  "socket-dns":
    "the host name does not resolve: check its spelling; the simulated network knows only the simulated cloud's names",
  "socket-refused": "nothing listens at that host and port: start what should answer there, or check the address",
  "socket-connect": "nobody answers at that host and port: check both, and that the SIM's operator lets it out there",
  "socket-timeout": "nobody answers at that host and port: check both, and that the SIM's operator lets it out there",
  "socket-memory": "check that the SIM has volume left; if it has, switch the modem off and on",
  "socket-send": "simkey run --trace at shows what the modem was asked and what it said",
  "socket-link": "the network took the address away meanwhile: try again",
  "registration-denied": "the SIM may not use this network: check that it is active and has volume left",
  "registration-timeout":
    "check the antenna; a first search may take longer, and fewer bands in the settings make it quicker",
  "pdp-failed": "check the APN in the settings, and that the SIM is active and has volume left",
  "pdp-lost": "the network took the address away: try again; if it does so often, ask the SIM's operator",
  "time-unknown":
    "neither the network nor NTP tells the time: check ntpHost in the settings, and that UDP port 123 gets out",
  "jwt-audience": "check --audience against what the token's signer was told",
  "jwt-algorithm": "--key must be the public half of the key that signed it",
  "jwt-syntax": "give the token as simkey token prints it, whole and on one line",
  "jwt-signature": "it was signed by another key, or changed on the way",
  "jwt-expired": "sign a new one; clocks may differ by 10 minutes",
  "jwt-not-yet-valid": "check the clock of whoever signed it; clocks may differ by 10 minutes",
  "serial-lost": "start the modem again, then this run",
};

/**
 * The line for a failure: what happened, its code, and what to do where that is known.
 * @param under codes of what is underneath it: the first that there is advice for counts
 */
export function withHint(message: string, code: string, ...under: readonly string[]): string {
  const hint = [code, ...under].map((each) => HINTS[each]).find((each) => each !== undefined);
  return hint === undefined ? `${message} [${code}]` : `${message} [${code}]: ${hint}`;
}
