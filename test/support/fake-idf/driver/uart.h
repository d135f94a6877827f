// What uart-port.c uses of ESP-IDF's UART driver, over memory: fake-idf.c plays chip and modem.

#ifndef FAKE_DRIVER_UART_H
#define FAKE_DRIVER_UART_H

#include <stddef.h>
#include <stdint.h>

#include "freertos/FreeRTOS.h"
#include "freertos/queue.h"

typedef int esp_err_t;
enum { ESP_OK = 0, ESP_FAIL = -1 };

typedef int uart_port_t;
typedef enum {
  UART_DATA,
  UART_BREAK,
  UART_BUFFER_FULL,
  UART_FIFO_OVF,
  UART_FRAME_ERR,
  UART_PARITY_ERR,
  UART_DATA_BREAK,
  UART_PATTERN_DET,
  UART_WAKEUP,
  UART_EVENT_MAX,
} uart_event_type_t;
typedef struct {
  uart_event_type_t type;
  size_t size;
} uart_event_t;

enum { UART_DATA_8_BITS = 3, UART_PARITY_DISABLE = 0, UART_STOP_BITS_1 = 1, UART_SCLK_DEFAULT = 4, UART_PIN_NO_CHANGE = -1 };
enum { UART_HW_FLOWCTRL_DISABLE = 0, UART_HW_FLOWCTRL_CTS_RTS = 3 };
typedef struct {
  int baud_rate, data_bits, parity, stop_bits, flow_ctrl;
  uint8_t rx_flow_ctrl_thresh;
  int source_clk;
} uart_config_t;

int uart_is_driver_installed(uart_port_t port);
esp_err_t uart_driver_install(uart_port_t port, int receive, int transmit, int events, QueueHandle_t *queue, int flags);
esp_err_t uart_driver_delete(uart_port_t port);
esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config);
esp_err_t uart_set_pin(uart_port_t port, int transmit, int receive, int rts, int cts);
esp_err_t uart_get_buffered_data_len(uart_port_t port, size_t *length);
int uart_read_bytes(uart_port_t port, void *into, uint32_t most, TickType_t wait);
esp_err_t uart_get_tx_buffer_free_size(uart_port_t port, size_t *free);
int uart_write_bytes(uart_port_t port, const void *bytes, size_t length);
esp_err_t uart_wait_tx_done(uart_port_t port, TickType_t wait);
esp_err_t uart_set_baudrate(uart_port_t port, uint32_t baud);
esp_err_t uart_set_rx_full_threshold(uart_port_t port, int threshold);

// What the driver holds while its ring is full: one reading of the FIFO.
enum { FAKE_STASH = 120 };

// The far side, for tests.
struct fake_uart {
  uart_config_t config;
  int installed, rts, cts, full_threshold;
  uint8_t receive[16384];
  size_t received, receive_limit;
  size_t stashed;
  size_t transmitted, transmit_limit;
  QueueHandle_t queue;
};
extern struct fake_uart fake;
void fake_arrive(const char *bytes, size_t length);
void fake_event(uart_event_type_t type);

#endif
