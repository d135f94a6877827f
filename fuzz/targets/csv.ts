// CSV: fields and records keep their limits, only CsvErrors are thrown, and messages quote nothing of the text.

import { CsvError, CsvReader } from "../../firmware/csv/reader.js";
import { anySplit, attempt, cutSeeds, promise, type Target, words } from "../target.js";

const LIMITS = { field: 200, fields: 8 };

function read(pieces: readonly Uint8Array[]) {
  const records: number[][][] = [];
  let record: number[][] = [[]];
  const reader = new CsvReader(
    {
      onPiece: (field, piece) => {
        promise(field === record.length - 1, "a piece of another field than the one that is read");
        record[field]!.push(...piece);
        promise(record[field]!.length <= LIMITS.field, "a field is longer than its limit");
      },
      onField: (field) => {
        promise(field === record.length - 1, "the end of another field");
        record.push([]);
      },
      onRecord: (fields) => {
        promise(fields === record.length - 1 && fields <= LIMITS.fields, "a record of another length");
        records.push(record.slice(0, -1));
        record = [[]];
      },
    },
    LIMITS,
  );
  const outcome = attempt([CsvError], () => {
    for (const piece of pieces) reader.push(piece);
    reader.end();
    return "ended";
  });
  return { records, record, outcome };
}

export const csv: Target = {
  name: "csv",
  seeds: cutSeeds(
    'a,b,c\r\n1,"two, ""quoted""",3\r\n',
    '\xef\xbb\xbfusername,rootCa\n"u","-----BEGIN\\nMII\\r\\n-----END"\n',
    'x,\\n\\\\,"open',
    `${"f".repeat(210)},`,
    ",,,,,,,,",
  ),
  tokens: words('"', '""', ",", "\r\n", "\\n", "\\", "\xef\xbb\xbf", '","', "x".repeat(128), ",,,,"),
  work: { base: 400, perByte: 120 },
  run: (input) => anySplit(input, read),
  endless: () => {
    const sink = { onPiece: () => {}, onField: () => {}, onRecord: () => {} };
    let reader = new CsvReader(sink);
    return (bytes) => {
      if (attempt([CsvError], () => reader.push(bytes))) reader = new CsvReader(sink);
    };
  },
};
