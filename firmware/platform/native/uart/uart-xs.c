// The UART as a class in XS: firmware/platform/moddable/esp32/uart-port.ts declares it.
// The port's task only posts a message to the machine; the object's onEvent is then called in the machine's own time.

#include "xsmc.h"
#include "xsHost.h"
#include "mc.xs.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "uart-port.h"

typedef struct {
  simkey_uart *uart;
  xsMachine *the;
  xsSlot object;
  // A message is under way. Only the machine's task frees the record, and not before it has come.
  atomic_bool posted;
} Record;

void xs_simkey_uart_destructor(void *data);
static const xsHostHooks hooks = { xs_simkey_uart_destructor, NULL, NULL };

static Record *record_of(xsMachine *the) {
  return xsmcGetHostDataValidate(xsThis, (void *)&hooks);
}

static void deliver(void *machine, void *context, uint8_t *message, uint16_t length) {
  xsMachine *the = machine;
  Record *record = context;
  (void)message, (void)length;
  atomic_store(&record->posted, false);
  if (record->uart == NULL) {
    free(record);
    return;
  }
  unsigned events = simkey_uart_events(record->uart);
  xsBeginHost(the);
  xsmcVars(1);
  xsmcSetInteger(xsVar(0), (int)events);
  xsmcCall(xsResult, record->object, xsID_onEvent, &xsVar(0), NULL);
  xsEndHost(the);
}

static int on_notify(void *context) {
  Record *record = context;
  atomic_store(&record->posted, true);
  int refused = modMessagePostToMachine(record->the, NULL, 0, deliver, record);
  if (refused) atomic_store(&record->posted, false);
  return refused;
}

static void shut(Record *record) {
  simkey_uart *uart = record->uart;
  record->uart = NULL;
  if (uart != NULL) simkey_uart_close(uart);
  if (!atomic_load(&record->posted)) free(record);
}

void xs_simkey_uart_destructor(void *data) {
  if (data != NULL) shut(data);
}

static int integer(xsMachine *the, xsIdentifier id, int otherwise) {
  if (!xsmcHas(xsArg(0), id)) return otherwise;
  xsmcGet(xsVar(0), xsArg(0), id);
  return xsmcTypeOf(xsVar(0)) == xsUndefinedType ? otherwise : xsmcToInteger(xsVar(0));
}

void xs_simkey_uart_constructor(xsMachine *the) {
  xsmcVars(1);
  Record *record = calloc(1, sizeof *record);
  if (record == NULL) xsUnknownError("no memory");
  xsmcSetHostData(xsThis, record);
  xsSetHostHooks(xsThis, (xsHostHooks *)&hooks);
  record->the = the;
  record->object = xsThis;
  record->uart = simkey_uart_open(&(simkey_uart_options){
    .port = integer(the, xsID_port, 1),
    .transmit = integer(the, xsID_tx, -1),
    .receive = integer(the, xsID_rx, -1),
    .rts = integer(the, xsID_rts, -1),
    .cts = integer(the, xsID_cts, -1),
    .baud = (uint32_t)integer(the, xsID_baud, 115200),
    .notify = on_notify,
    .context = record,
  });
  if (record->uart == NULL) xsUnknownError("the UART driver refuses: port in use, no such pin, or no memory");
  xsRemember(record->object);
}

void xs_simkey_uart_close(xsMachine *the) {
  if (xsmcGetHostData(xsThis) == NULL) return;
  Record *record = record_of(the);
  xsForget(record->object);
  xsmcSetHostData(xsThis, NULL);
  xsmcSetHostDestructor(xsThis, NULL);
  shut(record);
}

void xs_simkey_uart_get_readable(xsMachine *the) {
  xsmcSetInteger(xsResult, (int)simkey_uart_readable(record_of(the)->uart));
}

void xs_simkey_uart_read(xsMachine *the) {
  simkey_uart *uart = record_of(the)->uart;
  size_t count = simkey_uart_readable(uart);
  xsNumberValue most = xsmcToNumber(xsArg(0));
  if (most < (xsNumberValue)count) count = (size_t)most;
  if (count > 0) simkey_uart_read(uart, xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)count), count);
}

void xs_simkey_uart_get_writable(xsMachine *the) {
  xsmcSetInteger(xsResult, (int)simkey_uart_writable(record_of(the)->uart));
}

void xs_simkey_uart_write(xsMachine *the) {
  simkey_uart *uart = record_of(the)->uart;
  void *bytes;
  xsUnsignedValue length;
  xsmcGetBufferReadable(xsArg(0), &bytes, &length);
  if (simkey_uart_write(uart, bytes, length) < length) xsRangeError("output full");
}

void xs_simkey_uart_setBaud(xsMachine *the) {
  if (simkey_uart_set_baud(record_of(the)->uart, (uint32_t)xsmcToInteger(xsArg(0))) != 0) xsRangeError("no such speed");
}
