// As much of `bl` as mqtt-packet's parser has of it: bytes that come in pieces and are read from the front.

class Bytes {
  #bytes = Buffer.alloc(0);

  get length() {
    return this.#bytes.length;
  }
  append(bytes) {
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#bytes, bytes]);
    return this;
  }
  consume(count) {
    this.#bytes = this.#bytes.subarray(count);
  }
  slice(from, to) {
    return Buffer.from(this.#bytes.subarray(from, to));
  }
  toString(encoding, from, to) {
    return this.#bytes.toString(encoding, from, to);
  }
  readUInt8(at) {
    return this.#bytes[at];
  }
  readUInt16BE(at) {
    return this.#bytes.readUInt16BE(at);
  }
  readUInt32BE(at) {
    return this.#bytes.readUInt32BE(at);
  }
}

module.exports = () => new Bytes();
