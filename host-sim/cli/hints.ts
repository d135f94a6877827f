// What to do about a failure, for the person at the desk. The firmware's messages say what happened; these say what helps.

const HINTS: Readonly<Record<string, string>> = {
  "tls-untrusted":
    "the server's certificate comes from another CA: check --ca, or that the endpoint's root is the one onboarding delivers",
  "tls-name": "the certificate is for another host: check the host name, and who answers there",
  "tls-expired": "renew the server's certificate, or check the device's clock",
  "tls-not-yet-valid": "check the device's clock and the server's certificate",
  "tls-alpn": "the server does not speak MQTT there: AWS IoT Core needs port 443 and ALPN mqtt",
  "tls-version": "the server is too old: TLS 1.2 or newer is needed",
  "mqtt-refused": "the token or client id is not accepted: look into the authorizer's log, and for the token's age",
  "mqtt-closed": "brokers close without a word when they refuse: check token, policy and topics",
  "sim-missing": "insert the SIM card before power-up",
  "sim-locked": "unlock the SIM card with its PIN or PUK in a phone",
  "sim-pin-refused": "the configured PIN is wrong; it is not tried again, since the third refusal locks the card",
  "modem-silent": "check the modem's power, its RX and TX lines and the line speed",
  "socket-dns":
    "the host name does not resolve: check its spelling; the simulated network knows only the simulated cloud's names",
  "socket-refused": "nothing listens at that host and port",
  "registration-denied": "the SIM may not use this network: check that it is active and has volume left",
  "jwt-audience": "check --audience against what the token's signer was told",
  "jwt-signature": "it was signed by another key, or changed on the way",
  "jwt-expired": "sign a new one; clocks may differ by 10 minutes",
  "jwt-not-yet-valid": "check the clock of whoever signed it; clocks may differ by 10 minutes",
  "serial-lost": "start the modem again, then this run",
};

/** The line for a failure: what happened, its code, and what to do where that is known. */
export function withHint(message: string, code: string): string {
  const hint = HINTS[code];
  return hint === undefined ? `${message} [${code}]` : `${message} [${code}]: ${hint}`;
}
