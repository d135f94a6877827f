// What the cloud is told of an update, on the topic `<device>/update/state`: each a record of the outbox.
//
//   {"update":7,"version":"1.4.0","state":"accepted"}             the manifest holds; it is fetched when the gates open
//   {"update":7,"version":"1.4.0","state":"waiting","reason":"update-battery"}    a gate is shut, or the server does not serve
//   {"update":7,"version":"1.4.0","state":"downloading","percent":40}             at most one each 10 per cent
//   {"update":7,"version":"1.4.0","state":"trial"}                said by the new image; its PUBACK is part of the trial
//   {"update":7,"version":"1.4.0","state":"confirmed"}            said by the new image: it stays
//   {"update":7,"version":"1.4.0","state":"rolled-back","reason":"update-health"}  said by the old image
//   {"update":7,"version":"1.4.0","state":"refused","reason":"update-board","detail":"…"}
//
// `update` is the release's `seq`; it and `version` are left out where no manifest could be read. `confirmed`, `refused` and
// `rolled-back` are the last word on an update: each comes at least once.

import type { UpdateCode } from "./error.js";

/** In the order in which they are kept: new ones go to the end. */
export const REPORT_STATES = [
  "accepted",
  "waiting",
  "downloading",
  "trial",
  "confirmed",
  "rolled-back",
  "refused",
] as const;
export type ReportState = (typeof REPORT_STATES)[number];

export interface UpdateReport {
  /** The release's `seq`. */
  update?: number;
  version?: string;
  state: ReportState;
  /** Of the file that has been fetched, 0 to 100. */
  percent?: number;
  reason?: UpdateCode;
  /** One line for people. */
  detail?: string;
}
