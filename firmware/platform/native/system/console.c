// The console of the chip, for XS: what ESP-IDF's stdio leads to (sdkconfig: UART 0 or the USB serial port).
// In a debug build that line is xsbug's, so output goes there and there is no input.
//
// ESP-IDF's stdio sends CR LF for each LF (uart_write in esp_driver_uart/src/uart_vfs.c, and its like for USB): a CR in the text
// would be one too many.

#include "xsmc.h"
#include "mc.xs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void xs_simkey_console_write(xsMachine *the) {
  const char *text = xsmcToString(xsArg(0));
#ifdef mxDebug
  xsTrace((char *)text);
#else
  fputs(text, stdout);
  fflush(stdout);
#endif
}

// Never waits. Undefined when nothing was typed.
void xs_simkey_console_read(xsMachine *the) {
#ifndef mxDebug
  uint8_t bytes[128];
  fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
  ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  if (count > 0) xsmcSetArrayBuffer(xsResult, bytes, (xsIntegerValue)count);
#else
  (void)the;
#endif
}
