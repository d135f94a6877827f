// Scenarios of the native UART port on the fake driver. Prints one line a scenario that holds, and what failed otherwise.

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/uart.h"
#include "uart-port.h"

static atomic_int notified;
static atomic_int refusals;

static int on_notify(void *context) {
  (void)context;
  if (atomic_load(&refusals) > 0) {
    atomic_fetch_sub(&refusals, 1);
    return -1;
  }
  atomic_fetch_add(&notified, 1);
  return 0;
}

#define CHECK(what)                             \
  do {                                          \
    if (!(what)) {                              \
      printf("line %d: %s\n", __LINE__, #what); \
      exit(1);                                  \
    }                                           \
  } while (0)

static simkey_uart *opened(void) {
  atomic_store(&notified, 0);
  atomic_store(&refusals, 0);
  return simkey_uart_open(&(simkey_uart_options){
    .port = 1, .transmit = 5, .receive = 4, .rts = -1, .cts = -1, .baud = 115200, .notify = on_notify,
  });
}

// The task runs beside this one: it is given time, not a fixed moment.
static int becomes(int count) {
  for (int i = 0; i < 2000 && atomic_load(&notified) < count; i++) usleep(500);
  return atomic_load(&notified) == count;
}

static void says_once_that_bytes_arrived(void) {
  simkey_uart *uart = opened();
  fake_arrive("OK\r\n", 4);
  CHECK(becomes(1));
  fake_arrive("RDY\r\n", 5);
  usleep(20000);
  CHECK(atomic_load(&notified) == 1);
  CHECK(simkey_uart_events(uart) == SIMKEY_UART_ARRIVED);
  uint8_t bytes[16];
  CHECK(simkey_uart_readable(uart) == 9);
  CHECK(simkey_uart_read(uart, bytes, 4) == 4 && memcmp(bytes, "OK\r\n", 4) == 0);
  CHECK(simkey_uart_read(uart, bytes, sizeof bytes) == 5);
  CHECK(simkey_uart_read(uart, bytes, sizeof bytes) == 0);
  fake_arrive("AT", 2);
  CHECK(becomes(2));
  simkey_uart_close(uart);
}

static void tells_of_bytes_that_were_lost(void) {
  simkey_uart *uart = opened();
  static char much[SIMKEY_UART_RECEIVE_RING + FAKE_STASH + 1];
  fake_arrive(much, sizeof much);
  CHECK(becomes(1));
  CHECK(simkey_uart_events(uart) == (SIMKEY_UART_ARRIVED | SIMKEY_UART_OVERRUN));
  CHECK(simkey_uart_readable(uart) == SIMKEY_UART_RECEIVE_RING);
  CHECK(simkey_uart_events(uart) == 0);
  simkey_uart_close(uart);
}

static void a_full_ring_alone_is_no_loss(void) {
  simkey_uart *uart = opened();
  fake_event(UART_BUFFER_FULL);
  CHECK(becomes(1));
  CHECK(simkey_uart_events(uart) == SIMKEY_UART_ARRIVED);
  fake_event(UART_FRAME_ERR);
  usleep(20000);
  CHECK(simkey_uart_events(uart) == 0);
  simkey_uart_close(uart);
}

static void tells_of_bytes_that_waited_behind_a_full_ring(void) {
  simkey_uart *uart = opened();
  static char much[SIMKEY_UART_RECEIVE_RING + 5];
  static uint8_t bytes[SIMKEY_UART_RECEIVE_RING];
  fake_arrive(much, sizeof much);
  CHECK(becomes(1));
  CHECK(simkey_uart_events(uart) == SIMKEY_UART_ARRIVED);
  CHECK(simkey_uart_read(uart, bytes, sizeof bytes) == sizeof bytes);
  CHECK(becomes(2));
  CHECK(simkey_uart_events(uart) == SIMKEY_UART_ARRIVED);
  CHECK(simkey_uart_read(uart, bytes, sizeof bytes) == 5);
  usleep(20000);
  CHECK(atomic_load(&notified) == 2);
  simkey_uart_close(uart);
}

static void empties_the_fifo_before_the_modem_is_asked_to_pause(void) {
  simkey_uart *uart = opened();
  CHECK(fake.full_threshold > 0 && fake.full_threshold < fake.config.rx_flow_ctrl_thresh);
  simkey_uart_close(uart);
}

static void asks_again_when_a_notice_is_refused(void) {
  simkey_uart *uart = opened();
  atomic_store(&refusals, 3);
  fake_arrive("A", 1);
  CHECK(becomes(1));
  CHECK(atomic_load(&refusals) == 0);
  simkey_uart_close(uart);
}

static void closes_though_its_notice_is_refused(void) {
  simkey_uart *uart = opened();
  atomic_store(&refusals, 1 << 30);
  fake_arrive("A", 1);
  usleep(20000);
  simkey_uart_close(uart);
  CHECK(!fake.installed);
}

static void takes_no_more_than_its_transmit_ring(void) {
  simkey_uart *uart = opened();
  static uint8_t much[SIMKEY_UART_TRANSMIT_RING + 1];
  CHECK(simkey_uart_writable(uart) == SIMKEY_UART_TRANSMIT_RING);
  CHECK(simkey_uart_write(uart, much, sizeof much) == SIMKEY_UART_TRANSMIT_RING);
  CHECK(simkey_uart_write(uart, much, 1) == 0);
  CHECK(simkey_uart_set_baud(uart, 921600) == 0 && fake.config.baud_rate == 921600);
  CHECK(simkey_uart_writable(uart) == SIMKEY_UART_TRANSMIT_RING);
  CHECK(simkey_uart_set_baud(uart, 0) != 0);
  simkey_uart_close(uart);
}

static void flow_control_needs_both_lines(void) {
  simkey_uart_options options = { .port = 1, .transmit = 5, .receive = 4, 
                                  .rts = 6, .cts = -1, .baud = 115200, .notify = on_notify };
  simkey_uart *uart = simkey_uart_open(&options);
  CHECK(fake.config.flow_ctrl == UART_HW_FLOWCTRL_DISABLE && fake.rts == UART_PIN_NO_CHANGE);
  simkey_uart_close(uart);
  options.cts = 7;
  uart = simkey_uart_open(&options);
  CHECK(fake.config.flow_ctrl == UART_HW_FLOWCTRL_CTS_RTS && fake.rts == 6 && fake.cts == 7);
  simkey_uart_close(uart);
}

static void what_the_driver_refuses_is_refused(void) {
  simkey_uart_options options = { .port = 7, .transmit = 5, .receive = 4, 
                                  .rts = -1, .cts = -1, .baud = 115200, .notify = on_notify };
  CHECK(simkey_uart_open(&options) == NULL);
  options.port = 1;
  options.transmit = 99;
  CHECK(simkey_uart_open(&options) == NULL);
  CHECK(!fake.installed);
  simkey_uart *uart = opened();
  CHECK(opened() == NULL);
  simkey_uart_close(uart);
}

static const struct {
  const char *name;
  void (*run)(void);
} scenarios[] = {
  { "says once that bytes arrived, until it is asked", says_once_that_bytes_arrived },
  { "tells of bytes that were lost", tells_of_bytes_that_were_lost },
  { "a full ring alone is no loss, nor is a framing error", a_full_ring_alone_is_no_loss },
  { "tells of bytes that waited behind a full ring", tells_of_bytes_that_waited_behind_a_full_ring },
  { "empties the FIFO before the modem is asked to pause", empties_the_fifo_before_the_modem_is_asked_to_pause },
  { "asks again when its notice is refused", asks_again_when_a_notice_is_refused },
  { "closes though its notice is refused", closes_though_its_notice_is_refused },
  { "takes no more than its transmit ring, and changes its speed", takes_no_more_than_its_transmit_ring },
  { "flow control needs both lines", flow_control_needs_both_lines },
  { "what the driver refuses is refused", what_the_driver_refuses_is_refused },
};

int main(int count, char **arguments) {
  for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
    if (count == 1) {
      puts(scenarios[i].name);
    } else if (strcmp(arguments[1], scenarios[i].name) == 0) {
      scenarios[i].run();
      return 0;
    }
  }
  return count == 1 ? 0 : 2;
}
