// From what Node and OpenSSL say about a failed handshake to the codes of TlsError.

import { type TlsCode, TlsError } from "../../firmware/platform/tls.js";

/** Codes of Node's errors: X509_V_ERR_… of the verification, ERR_SSL_… of the protocol. */
const BY_CODE: Readonly<Record<string, TlsCode>> = {
  CERT_HAS_EXPIRED: "tls-expired",
  CERT_NOT_YET_VALID: "tls-not-yet-valid",
  ERR_TLS_CERT_ALTNAME_INVALID: "tls-name",
  ERR_TLS_CERT_ALTNAME_FORMAT: "tls-name",
  HOSTNAME_MISMATCH: "tls-name",
  UNABLE_TO_GET_ISSUER_CERT: "tls-untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "tls-untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls-untrusted",
  UNABLE_TO_DECRYPT_CERT_SIGNATURE: "tls-untrusted",
  UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: "tls-untrusted",
  CERT_SIGNATURE_FAILURE: "tls-untrusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "tls-untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "tls-untrusted",
  PATH_LENGTH_EXCEEDED: "tls-untrusted",
  INVALID_CA: "tls-untrusted",
  CERT_UNTRUSTED: "tls-untrusted",
  CERT_REJECTED: "tls-untrusted",
  CERT_REVOKED: "tls-untrusted",
  ERROR_IN_CERT_NOT_BEFORE_FIELD: "tls-untrusted",
  ERROR_IN_CERT_NOT_AFTER_FIELD: "tls-untrusted",
  // Node's word for any verification result that it has no name for, such as a key that is too small. See BY_TEXT.
  UNSPECIFIED: "tls-untrusted",
  CERT_CHAIN_TOO_LONG: "tls-chain-length",
  INVALID_PURPOSE: "tls-usage",
  ERR_SSL_KEY_USAGE_BIT_INCORRECT: "tls-usage",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "tls-version",
  ERR_SSL_WRONG_SSL_VERSION: "tls-version",
  ERR_SSL_BAD_SIGNATURE: "tls-untrusted",
  ERR_SSL_WRONG_SIGNATURE_TYPE: "tls-untrusted",
};

/** OpenSSL's texts (X509_verify_cert_error_string) of results that Node has no name for. */
const BY_TEXT: Readonly<Record<string, TlsCode>> = {
  "unhandled critical extension": "tls-critical-extension",
  "permitted subtree violation": "tls-constraint",
  "excluded subtree violation": "tls-constraint",
  "name constraints minimum and maximum not supported": "tls-constraint",
  "unsupported name constraint type": "tls-constraint",
  "unsupported or invalid name constraint syntax": "tls-constraint",
  "unsupported or invalid name syntax": "tls-constraint",
};

/** Alerts by number (RFC 8446 §6) that mean more than "the server refused". */
const BY_ALERT: Readonly<Record<number, TlsCode>> = {
  70: "tls-version", // protocol_version
  120: "tls-alpn", // no_application_protocol
};

/** OpenSSL's reason codes above this are alerts that the peer sent (SSL_AD_REASON_OFFSET). */
const ALERT_OFFSET = 1000;
/** OpenSSL 3 error word: 8 bits of library (0x0a: SSL), 23 bits of reason. */
const SSL_ERROR = /error:0A([0-9A-F]{6}):/i;

/** The TlsError for an error that a TLSSocket gave within or after its handshake with `host`. */
export function tlsErrorOf(error: NodeJS.ErrnoException, host: string): TlsError {
  const alert = alertOf(error);
  if (alert !== undefined)
    return new TlsError(BY_ALERT[alert] ?? "tls-alert", `${host} refused the TLS handshake with alert ${alert}`, error);
  const unnamed = BY_TEXT[error.message];
  const code = unnamed ?? BY_CODE[error.code ?? ""] ?? "tls-protocol";
  const why = unnamed === undefined && error.code !== "UNSPECIFIED" ? error.code : undefined;
  return new TlsError(code, `TLS with ${host} failed: ${why ?? error.message}`, error);
}

/** Number of the alert that the peer sent, if that is what the error is. */
function alertOf(error: Error): number | undefined {
  const word = SSL_ERROR.exec(error.message)?.[1];
  const reason = word === undefined ? 0 : Number.parseInt(word, 16);
  return reason > ALERT_OFFSET ? reason - ALERT_OFFSET : undefined;
}
