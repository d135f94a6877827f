// What TCP/IP adds to the payload of a socket, as far as the modem's commands let it be known. The modem's own stack
// counts nothing.
//
// A header is 40 bytes: 20 of IPv4 (RFC 791 §3.1) and 20 of TCP (RFC 9293 §3.1). Every transfer to or from the modem
// is 1,460 bytes at most, so a segment, and each segment is counted with an acknowledgement of its own (RFC 9293
// §3.8.6.3 lets one do for two, and data carry it). That is a bound from above for a peer that answers what it gets.
// Not in it: segments sent again on a lossy way, small ones that the modem hands over together, TCP's options (up to
// 20 bytes in a SYN).

const HEADER = 40;

/** Question and answer of a DNS lookup, with headers: a name of 50 characters and eight addresses take 320 bytes. */
const LOOKUP = 320;

/** An attempt to open, in bytes: lookup, SYN, SYN-ACK, ACK (RFC 9293 §3.5). One that fails takes about as much. */
export const OPEN_COST = LOOKUP + 3 * HEADER;
/** The end of an open one: FIN and ACK each way (RFC 9293 §3.6). In bytes. */
export const CLOSE_COST = 4 * HEADER;
/** One AT+CASEND or AT+CARECV that moved bytes: a segment and its ACK. In bytes. */
export const TRANSFER_COST = 2 * HEADER;
