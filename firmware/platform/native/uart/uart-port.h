// A UART on the ESP-IDF driver, with its receive and transmit rings. Knows nothing of JavaScript.
// One small task waits for the driver's events and says so, once until it is asked; all else runs where it is called.

#ifndef SIMKEY_UART_PORT_H
#define SIMKEY_UART_PORT_H

#include <stddef.h>
#include <stdint.h>

// At 115200 bits per second 0.7 s of input: a garbage collection or a signature may take that long.
#define SIMKEY_UART_RECEIVE_RING 8192
#define SIMKEY_UART_TRANSMIT_RING 4096

// What has happened since simkey_uart_events was last called.
#define SIMKEY_UART_ARRIVED 1
// Bytes were lost: nobody read in time.
#define SIMKEY_UART_OVERRUN 2

typedef struct simkey_uart simkey_uart;

typedef struct {
  // UART number of the chip.
  int port;
  // GPIO numbers; `rts` and `cts` are -1 without hardware flow control.
  int transmit, receive, rts, cts;
  uint32_t baud;
  // Called from another task when there are events, and not again before simkey_uart_events was called.
  // Returns 0; anything else has it called again.
  int (*notify)(void *context);
  void *context;
} simkey_uart_options;

// NULL when the driver refuses: no such port or pin, port in use, no memory.
simkey_uart *simkey_uart_open(const simkey_uart_options *options);
// Returns when the task has ended: `notify` is not called any more.
void simkey_uart_close(simkey_uart *uart);

// The events since the last call, as bits.
unsigned simkey_uart_events(simkey_uart *uart);
size_t simkey_uart_readable(const simkey_uart *uart);
// Returns how many bytes were read, at most `most`; never waits.
size_t simkey_uart_read(simkey_uart *uart, uint8_t *into, size_t most);
size_t simkey_uart_writable(const simkey_uart *uart);
// Takes over at most simkey_uart_writable bytes; never waits. Returns how many.
size_t simkey_uart_write(simkey_uart *uart, const uint8_t *bytes, size_t length);
// Waits until what was written has left, at most half a second, then changes the speed. Returns 0 when done.
int simkey_uart_set_baud(simkey_uart *uart, uint32_t baud);

#endif
