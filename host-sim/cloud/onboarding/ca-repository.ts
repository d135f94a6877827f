// Where root certificates can be fetched by the URL that onboarding gives, as from www.amazontrust.com.

import type { TlsDecision, TlsOffer, TlsPolicy } from "../../world/core.js";
import type { CloudFaults } from "../faults.js";
import { HttpCore, type HttpReply } from "../http/core.js";
import { httpsDecision } from "../http/https-policy.js";
import type { HttpRequest, HttpRequestError } from "../http/request.js";
import { type HttpResponse, httpDate } from "../http/response.js";
import { identityOf } from "../identities.js";

export class CaRepository extends HttpCore implements TlsPolicy {
  readonly #files: Readonly<Record<string, string>>;
  readonly #faults: CloudFaults;

  /** @param files texts by their paths; the certificate shown is that of the onboarding host */
  constructor(files: Readonly<Record<string, string>>, faults: CloudFaults) {
    super();
    this.#files = files;
    this.#faults = faults;
  }

  clientHello(offer: TlsOffer): TlsDecision {
    return httpsDecision(offer, identityOf("onboarding", this.#faults));
  }

  protected override answer(request: HttpRequest, _hello: unknown, now: number): HttpReply {
    const text = Object.hasOwn(this.#files, request.path) ? this.#files[request.path] : undefined;
    if (request.method !== "GET" || text === undefined) return { response: fileResponse(404, "", now) };
    return { response: fileResponse(200, text, now) };
  }

  protected override refuse(error: HttpRequestError, now: number): HttpResponse {
    return fileResponse(error.status, "", now);
  }
}

function fileResponse(status: number, text: string, now: number): HttpResponse {
  return {
    status,
    headers: [
      ["Date", httpDate(now)],
      ["Content-Type", "application/x-pem-file"],
    ],
    body: Buffer.from(text),
  };
}
