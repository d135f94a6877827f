// ESP-IDF's UART driver and FreeRTOS, as far as uart-port.c uses them: one port, tasks as threads.

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/uart.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

struct fake_uart fake;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// ---------------------------------------------------------------- FreeRTOS

enum { QUEUE_LENGTH = 64 };
struct fake_queue {
  pthread_cond_t changed;
  size_t count;
  uart_event_t items[QUEUE_LENGTH];
};

BaseType_t xQueueReceive(QueueHandle_t queue, void *into, TickType_t wait) {
  (void)wait;
  pthread_mutex_lock(&lock);
  while (queue->count == 0) pthread_cond_wait(&queue->changed, &lock);
  memcpy(into, &queue->items[0], sizeof queue->items[0]);
  queue->count--;
  memmove(&queue->items[0], &queue->items[1], queue->count * sizeof queue->items[0]);
  pthread_mutex_unlock(&lock);
  return pdTRUE;
}

static void put(QueueHandle_t queue, const void *item, int front) {
  pthread_mutex_lock(&lock);
  if (front) memmove(&queue->items[1], &queue->items[0], queue->count * sizeof queue->items[0]);
  memcpy(&queue->items[front ? 0 : queue->count], item, sizeof queue->items[0]);
  queue->count++;
  pthread_cond_signal(&queue->changed);
  pthread_mutex_unlock(&lock);
}

BaseType_t xQueueSendToBack(QueueHandle_t queue, const void *item, TickType_t wait) {
  (void)wait;
  put(queue, item, 0);
  return pdTRUE;
}

BaseType_t xQueueSendToFront(QueueHandle_t queue, const void *item, TickType_t wait) {
  (void)wait;
  put(queue, item, 1);
  return pdTRUE;
}

struct fake_semaphore {
  pthread_cond_t given;
  int count;
};

SemaphoreHandle_t xSemaphoreCreateBinary(void) {
  SemaphoreHandle_t semaphore = calloc(1, sizeof *semaphore);
  pthread_cond_init(&semaphore->given, NULL);
  return semaphore;
}

BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t wait) {
  (void)wait;
  pthread_mutex_lock(&lock);
  while (semaphore->count == 0) pthread_cond_wait(&semaphore->given, &lock);
  semaphore->count = 0;
  pthread_mutex_unlock(&lock);
  return pdTRUE;
}

BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore) {
  pthread_mutex_lock(&lock);
  semaphore->count = 1;
  pthread_cond_signal(&semaphore->given);
  pthread_mutex_unlock(&lock);
  return pdTRUE;
}

void vSemaphoreDelete(SemaphoreHandle_t semaphore) {
  pthread_mutex_lock(&lock);
  pthread_mutex_unlock(&lock);
  free(semaphore);
}

struct start {
  void (*task)(void *);
  void *context;
};

static void *run(void *context) {
  struct start start = *(struct start *)context;
  free(context);
  start.task(start.context);
  return NULL;
}

BaseType_t xTaskCreate(void (*task)(void *), const char *name, uint32_t stack, void *context, unsigned priority,
                       TaskHandle_t *handle) {
  (void)name, (void)stack, (void)priority, (void)handle;
  struct start *start = malloc(sizeof *start);
  *start = (struct start){ task, context };
  pthread_t thread;
  pthread_create(&thread, NULL, run, start);
  pthread_detach(thread);
  return pdPASS;
}

void vTaskDelete(TaskHandle_t task) {
  (void)task;
  pthread_exit(NULL);
}

void vTaskDelay(TickType_t ticks) {
  usleep(ticks * 1000);
}

// ---------------------------------------------------------------- the driver

int uart_is_driver_installed(uart_port_t port) {
  (void)port;
  return fake.installed;
}

esp_err_t uart_driver_install(uart_port_t port, int receive, int transmit, int events, QueueHandle_t *queue, int flags) {
  (void)events, (void)flags;
  if (port != 1) return ESP_FAIL;
  fake = (struct fake_uart){ .installed = 1, .receive_limit = (size_t)receive, .transmit_limit = (size_t)transmit };
  fake.queue = *queue = calloc(1, sizeof **queue);
  pthread_cond_init(&fake.queue->changed, NULL);
  return ESP_OK;
}

esp_err_t uart_driver_delete(uart_port_t port) {
  (void)port;
  fake.installed = 0;
  free(fake.queue);
  return ESP_OK;
}

esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config) {
  (void)port;
  fake.config = *config;
  return ESP_OK;
}

esp_err_t uart_set_pin(uart_port_t port, int transmit, int receive, int rts, int cts) {
  (void)port, (void)receive;
  fake.rts = rts;
  fake.cts = cts;
  return transmit == 99 ? ESP_FAIL : ESP_OK;
}

esp_err_t uart_get_buffered_data_len(uart_port_t port, size_t *length) {
  (void)port;
  pthread_mutex_lock(&lock);
  *length = fake.received;
  pthread_mutex_unlock(&lock);
  return ESP_OK;
}

int uart_read_bytes(uart_port_t port, void *into, uint32_t most, TickType_t wait) {
  (void)port, (void)wait;
  pthread_mutex_lock(&lock);
  size_t count = most < fake.received ? most : fake.received;
  memcpy(into, fake.receive, count);
  fake.received -= count;
  memmove(fake.receive, fake.receive + count, fake.received);
  // As the driver does: what it held comes into the ring with the first reading that makes room, and no event tells of it.
  if (fake.stashed > 0 && fake.receive_limit - fake.received >= fake.stashed) {
    memset(fake.receive + fake.received, 's', fake.stashed);
    fake.received += fake.stashed;
    fake.stashed = 0;
  }
  pthread_mutex_unlock(&lock);
  return (int)count;
}

esp_err_t uart_get_tx_buffer_free_size(uart_port_t port, size_t *free) {
  (void)port;
  *free = fake.transmit_limit - fake.transmitted;
  return ESP_OK;
}

int uart_write_bytes(uart_port_t port, const void *bytes, size_t length) {
  (void)port, (void)bytes;
  fake.transmitted += length;
  return (int)length;
}

esp_err_t uart_wait_tx_done(uart_port_t port, TickType_t wait) {
  (void)port, (void)wait;
  fake.transmitted = 0;
  return ESP_OK;
}

esp_err_t uart_set_baudrate(uart_port_t port, uint32_t baud) {
  (void)port;
  if (baud == 0) return ESP_FAIL;
  fake.config.baud_rate = (int)baud;
  return ESP_OK;
}

esp_err_t uart_set_rx_full_threshold(uart_port_t port, int threshold) {
  (void)port;
  fake.full_threshold = threshold;
  return ESP_OK;
}

// ---------------------------------------------------------------- the far side

void fake_event(uart_event_type_t type) {
  put(fake.queue, &(uart_event_t){ .type = type }, 0);
}

// What does not fit is held, as far as that goes; the rest is lost, and the driver says so.
void fake_arrive(const char *bytes, size_t length) {
  pthread_mutex_lock(&lock);
  size_t room = fake.receive_limit - fake.received;
  size_t count = length < room ? length : room;
  memcpy(fake.receive + fake.received, bytes, count);
  fake.received += count;
  size_t left = length - count;
  if (fake.stashed == 0) fake.stashed = left < FAKE_STASH ? left : FAKE_STASH;
  pthread_mutex_unlock(&lock);
  fake_event(left == 0 ? UART_DATA : left <= FAKE_STASH ? UART_BUFFER_FULL : UART_FIFO_OVF);
}
