// A UART on the ESP-IDF driver. See uart-port.h.

#include "uart-port.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "driver/uart.h"
#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

// Events that the driver may queue before one is lost; more than one of a kind tells nothing new.
enum { EVENTS = 16 };
enum { TASK_STACK = 2048, TASK_PRIORITY = 10 };
// Levels of the FIFO, of 128: where the driver moves it into the ring, and where RTS asks the modem to pause, which is when the
// ring is full. The driver's own level of 120 would come after that pause, and leaves an interrupt 90 µs at 921600 baud.
enum { FIFO_THRESHOLD = 64, RTS_THRESHOLD = 100 };
enum { DRAIN_MS = 500, RETRY_MS = 5 };
// Not an event of the driver: ends the task.
enum { CLOSE = UART_EVENT_MAX };

struct simkey_uart {
  uart_port_t port;
  QueueHandle_t queue;
  SemaphoreHandle_t ended;
  atomic_uint events;
  atomic_bool closing;
  int (*notify)(void *context);
  void *context;
};

static unsigned meaning_of(uart_event_type_t type) {
  switch (type) {
    case UART_DATA:
    // The ring is full. Nothing is lost yet: the FIFO behind it takes 128 bytes more, or RTS holds the modem.
    case UART_BUFFER_FULL:
      return SIMKEY_UART_ARRIVED;
    case UART_FIFO_OVF:
      return SIMKEY_UART_ARRIVED | SIMKEY_UART_OVERRUN;
    default:
      return 0;
  }
}

static void watch(void *context) {
  simkey_uart *uart = context;
  uart_event_t event;
  for (;;) {
    if (xQueueReceive(uart->queue, &event, portMAX_DELAY) != pdTRUE) continue;
    if ((int)event.type == CLOSE) break;
    unsigned news = meaning_of(event.type);
    if (news == 0 || atomic_fetch_or(&uart->events, news) != 0) continue;
    while (!atomic_load(&uart->closing) && uart->notify(uart->context) != 0) vTaskDelay(pdMS_TO_TICKS(RETRY_MS));
  }
  xSemaphoreGive(uart->ended);
  vTaskDelete(NULL);
}

static esp_err_t configure(const simkey_uart_options *options) {
  int flow = options->rts >= 0 && options->cts >= 0;
  const uart_config_t config = {
    .baud_rate = (int)options->baud,
    .data_bits = UART_DATA_8_BITS,
    .parity = UART_PARITY_DISABLE,
    .stop_bits = UART_STOP_BITS_1,
    .flow_ctrl = flow ? UART_HW_FLOWCTRL_CTS_RTS : UART_HW_FLOWCTRL_DISABLE,
    .rx_flow_ctrl_thresh = RTS_THRESHOLD,
    .source_clk = UART_SCLK_DEFAULT,
  };
  esp_err_t error = uart_param_config(options->port, &config);
  if (error != ESP_OK) return error;
  int rts = flow ? options->rts : UART_PIN_NO_CHANGE;
  int cts = flow ? options->cts : UART_PIN_NO_CHANGE;
  error = uart_set_pin(options->port, options->transmit, options->receive, rts, cts);
  if (error != ESP_OK) return error;
  return uart_set_rx_full_threshold(options->port, FIFO_THRESHOLD);
}

simkey_uart *simkey_uart_open(const simkey_uart_options *options) {
  if (uart_is_driver_installed(options->port)) return NULL;
  simkey_uart *uart = calloc(1, sizeof *uart);
  if (uart == NULL) return NULL;
  uart->port = options->port;
  uart->notify = options->notify;
  uart->context = options->context;
  uart->ended = xSemaphoreCreateBinary();
  if (uart->ended == NULL) goto no_semaphore;
  if (uart_driver_install(uart->port, SIMKEY_UART_RECEIVE_RING, SIMKEY_UART_TRANSMIT_RING, EVENTS, &uart->queue, 0) != ESP_OK)
    goto no_driver;
  if (configure(options) != ESP_OK) goto refused;
  if (xTaskCreate(watch, "simkey-uart", TASK_STACK, uart, TASK_PRIORITY, NULL) != pdPASS) goto refused;
  return uart;

refused:
  uart_driver_delete(uart->port);
no_driver:
  vSemaphoreDelete(uart->ended);
no_semaphore:
  free(uart);
  return NULL;
}

void simkey_uart_close(simkey_uart *uart) {
  const uart_event_t close = { .type = (uart_event_type_t)CLOSE };
  atomic_store(&uart->closing, true);
  xQueueSendToFront(uart->queue, &close, portMAX_DELAY);
  xSemaphoreTake(uart->ended, portMAX_DELAY);
  uart_driver_delete(uart->port);
  vSemaphoreDelete(uart->ended);
  free(uart);
}

unsigned simkey_uart_events(simkey_uart *uart) {
  return atomic_exchange(&uart->events, 0);
}

size_t simkey_uart_readable(const simkey_uart *uart) {
  size_t length = 0;
  uart_get_buffered_data_len(uart->port, &length);
  return length;
}

size_t simkey_uart_read(simkey_uart *uart, uint8_t *into, size_t most) {
  size_t before = simkey_uart_readable(uart);
  int count = uart_read_bytes(uart->port, into, (uint32_t)most, 0);
  if (count <= 0) return 0;
  // What the driver held while the ring was full has come into it, and the driver does not say so. A full queue is news enough.
  const uart_event_t news = { .type = UART_DATA };
  if (simkey_uart_readable(uart) + (size_t)count > before) xQueueSendToBack(uart->queue, &news, 0);
  return (size_t)count;
}

size_t simkey_uart_writable(const simkey_uart *uart) {
  size_t free = 0;
  uart_get_tx_buffer_free_size(uart->port, &free);
  return free;
}

size_t simkey_uart_write(simkey_uart *uart, const uint8_t *bytes, size_t length) {
  size_t room = simkey_uart_writable(uart);
  if (length > room) length = room;
  if (length == 0) return 0;
  int count = uart_write_bytes(uart->port, bytes, length);
  return count > 0 ? (size_t)count : 0;
}

int simkey_uart_set_baud(simkey_uart *uart, uint32_t baud) {
  uart_wait_tx_done(uart->port, pdMS_TO_TICKS(DRAIN_MS));
  return uart_set_baudrate(uart->port, baud) == ESP_OK ? 0 : -1;
}
