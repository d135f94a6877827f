// The cloud's side of compact records: the target of an AWS IoT rule, which hands on each record as JSON. docs/compact.md says how it
// is set up.
//
//   SQL of the rule:  SELECT encode(*, 'base64') AS data, topic() AS topic FROM '+/telemetry'
//   one file of it:   npx esbuild deploy/decode-lambda.mjs --bundle --platform=node --format=esm --outfile=index.mjs

import { decodeRecords } from "simkey-firmware/decode";

/**
 * @param event what the rule selects: `data`, the message in base64; `topic`
 * @returns the records in order, each with its topic; an error for bytes that hold none, which the rule's error action gets
 */
export async function handler({ data, topic }) {
  const records = decodeRecords(Buffer.from(data, "base64")).map((record) => ({ ...record, topic }));
  // In place of this: write them where they are to go.
  for (const record of records) console.log(JSON.stringify(record));
  return { records };
}
