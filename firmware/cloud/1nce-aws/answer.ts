// The body of the onboarding answer as it arrives: CSV or JSON into bounded fields, the root straight from PEM to DER.
// The content type tells which; without a telling one, the first byte does. Anything else is refused by its beginning.

import { isCertificate } from "../../bytes/certificate.js";
import { Collector } from "../../bytes/collector.js";
import { JsonFields } from "../../bytes/json-fields.js";
import { PemReader } from "../../bytes/pem-reader.js";
import { decodeUtf8, excerpt } from "../../bytes/utf8.js";
import { CsvReader } from "../../csv/reader.js";
import { asFailure, Failure } from "../../platform/failure.js";
import { OnboardingError } from "./errors.js";
import { FIELD_LIMITS, FIELDS, type FieldName, type OneNceToken, ROOT_CA_DER_LIMIT, tokenOf } from "./token.js";

/** Forms of the answer. */
export type AnswerFormat = "csv" | "json";

/** Members of the JSON form, in lower case: the documentation and the live service spell them differently. */
const JSON_NAMES: Readonly<Record<string, FieldName>> = {
  username: "username",
  clientid: "clientId",
  iotcoreendpointurl: "endpoint",
  amazonrootcaurl: "rootCaUrl",
  amazonrootca: "rootCa",
};

/** Fields without which there is no token; the others may be missing. */
const LEAST_FIELDS = 4;
/** Characters shown of a body that is not understood. */
const EXCERPT = 60;

/** Where fields go, whichever form they come in. They become text at the end, where the stack is shallow. */
class Fields {
  readonly #texts: Partial<Record<FieldName, Collector>> = {};
  readonly #ended: Partial<Record<FieldName, boolean>> = {};
  readonly #pem = new PemReader(ROOT_CA_DER_LIMIT);
  #pemBytes = 0;

  add(name: FieldName, piece: Uint8Array): void {
    if (this.#ended[name]) throw field(`the field ${name} comes twice`);
    if (name === "rootCa") {
      this.#pemBytes += piece.length;
      if (this.#pemBytes > FIELD_LIMITS.rootCa) throw tooLong(name);
      this.#pem.push(piece);
      return;
    }
    this.#texts[name] ??= new Collector(FIELD_LIMITS[name]);
    if (!this.#texts[name].add(piece)) throw tooLong(name);
  }

  end(name: FieldName): void {
    this.#ended[name] = true;
  }

  token(receivedAt: number): OneNceToken {
    const texts: Partial<Record<FieldName, string>> = {};
    for (const name of FIELDS) {
      const text = this.#texts[name];
      if (text !== undefined) texts[name] = decodeUtf8(text.bytes);
      delete this.#texts[name];
    }
    const rootCa = this.#pemBytes > 0 ? this.#pem.end() : undefined;
    if (rootCa !== undefined && !(this.#pem.label === "CERTIFICATE" && isCertificate(rootCa))) {
      throw new OnboardingError("onboarding-root", "onboarding: the root is not a certificate", "back-off");
    }
    return tokenOf(texts, rootCa, receivedAt);
  }
}

/** Takes the body in pieces of any size and yields the token. */
export class AnswerReader {
  readonly #fields = new Fields();
  #format: AnswerFormat | undefined;
  #reader: { push(bytes: Uint8Array): void; end(): void } | undefined;
  #records = 0;

  /**
   * @param contentType value of the Content-Type header, if there was one
   * @throws OnboardingError `onboarding-body` for a type that cannot be the answer
   */
  constructor(contentType: string | undefined) {
    const type = (contentType ?? "").split(";", 1)[0]!.trim().toLowerCase();
    if (type === "text/csv") this.begin("csv");
    else if (type === "application/json") this.begin("json");
    else if (type === "text/html") throw body("a web page, not a token: is this 1NCE's network and APN?");
  }

  /** The form the answer came in; undefined before its first byte told. */
  get format(): AnswerFormat | undefined {
    return this.#format;
  }

  /** @throws OnboardingError */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    let from = 0;
    if (this.#format === undefined) {
      // Blanks in front belong to nothing, however they come.
      from = bytes.findIndex((byte) => byte > 0x20);
      if (from < 0) return;
      const first = bytes[from]!;
      if (first === 0x3c) throw body(`neither CSV nor JSON: ${excerpt(bytes.subarray(from), EXCERPT)}`);
      this.begin(first === 0x7b ? "json" : "csv");
    }
    try {
      this.#reader!.push(bytes.subarray(from));
    } catch (error) {
      throw typed(error);
    }
  }

  /**
   * The end of the body.
   * @param receivedAt wall time, ms since 1970
   * @throws OnboardingError
   */
  end(receivedAt: number): OneNceToken {
    try {
      if (this.#reader === undefined) throw body("the answer is empty");
      this.#reader.end();
      if (this.#format === "csv" && this.#records === 0) throw body("the answer is empty");
      return this.#fields.token(receivedAt);
    } catch (error) {
      throw typed(error);
    }
  }

  private begin(format: AnswerFormat): void {
    this.#format = format;
    this.#reader = format === "csv" ? this.csv() : this.json();
  }

  private csv(): CsvReader {
    return new CsvReader({
      onPiece: (index, piece) => {
        if (this.#records > 0) throw body("more than one CSV record");
        const name = FIELDS[index];
        if (name !== undefined) this.#fields.add(name, piece);
      },
      onField: (index) => {
        const name = FIELDS[index];
        if (name !== undefined) this.#fields.end(name);
      },
      onRecord: (count) => {
        this.#records++;
        if (count < LEAST_FIELDS) throw body(`a CSV record of ${count} fields instead of ${FIELDS.length}`);
      },
    });
  }

  private json(): JsonFields {
    return new JsonFields(Object.keys(JSON_NAMES), {
      onPiece: (name, piece, kind) => {
        if (kind === "string") this.#fields.add(JSON_NAMES[name]!, piece);
      },
      onValue: (name, kind) => {
        if (kind !== "string" && kind !== "null") throw field(`the field ${JSON_NAMES[name]} is no string`);
        this.#fields.end(JSON_NAMES[name]!);
      },
    });
  }
}

/** What the parsers in bytes/ and csv/ throw, as an OnboardingError. Their messages hold no content. */
function typed(error: unknown): OnboardingError {
  if (error instanceof OnboardingError) return error;
  const { message } = error instanceof Failure ? error : asFailure(error);
  return new OnboardingError("onboarding-body", `onboarding: ${message}`, "back-off", error);
}

function body(what: string): OnboardingError {
  return new OnboardingError("onboarding-body", `onboarding: ${what}`, "back-off");
}

function field(what: string): OnboardingError {
  return new OnboardingError("onboarding-field", `onboarding: ${what}`, "back-off");
}

function tooLong(name: FieldName): OnboardingError {
  return field(`the field ${name} is longer than ${FIELD_LIMITS[name]} bytes`);
}
