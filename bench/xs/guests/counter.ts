// Takes the fields of a record and counts them.

import type { CsvSink } from "../../../firmware/csv/reader.js";

export class Counter implements CsvSink {
  bytes = 0;
  fields = 0;
  onPiece(_field: number, piece: Uint8Array): void {
    this.bytes += piece.length;
  }
  onField(): void {}
  onRecord(fields: number): void {
    this.fields = fields;
  }
}
