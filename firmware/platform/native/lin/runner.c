// Runs an app that was built for platform lin without a window: loads its mc.so, stands in for the simulator's screen, and keeps
// a GLib main loop. trace() goes to standard output. The app ends it with screen.postMessage("exit CODE").
// Usage: runner MC.SO [DIRECTORY]

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "screen.h"

// No app of ours draws; the launch wants a screen of some size.
enum { WIDTH = 8, HEIGHT = 8 };
enum { FAILED = 1, USAGE = 2 };

static GMainLoop *loop;
static int code = FAILED;
static guint ticker;

static void on_abort(txScreen *screen, int status) {
  (void)screen;
  fprintf(stderr, "runner: XS ended with status %d\n", status);
  code = FAILED;
  g_main_loop_quit(loop);
}

static void on_changed(txScreen *screen) {
  (void)screen;
}

static gboolean on_tick(gpointer screen) {
  txScreenIdleProc idle = ((txScreen *)screen)->idle;
  if (idle != NULL) idle(screen);
  return G_SOURCE_CONTINUE;
}

static void on_start(txScreen *screen, double interval) {
  if (ticker == 0) ticker = g_timeout_add(interval < 1 ? 1 : (guint)interval, on_tick, screen);
}

static void on_stop(txScreen *screen) {
  (void)screen;
  if (ticker != 0) g_source_remove(ticker);
  ticker = 0;
}

static void on_post(txScreen *screen, char *message, int size) {
  (void)screen;
  if (size == 0 && sscanf(message, "exit %d", &code) == 1) g_main_loop_quit(loop);
}

int main(int count, char **arguments) {
  if (count < 2 || count > 3) {
    fprintf(stderr, "usage: %s MC.SO [DIRECTORY]\n", arguments[0]);
    return USAGE;
  }
  void *library = dlopen(arguments[1], RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "runner: %s\n", dlerror());
    return FAILED;
  }
  txScreenLaunchProc launch = (txScreenLaunchProc)dlsym(library, "fxScreenLaunch");
  if (launch == NULL) {
    fprintf(stderr, "runner: %s is no app for platform lin\n", arguments[1]);
    return FAILED;
  }
  if (count == 3 && chdir(arguments[2]) != 0) {
    perror(arguments[2]);
    return FAILED;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);

  txScreen *screen = calloc(1, sizeof *screen + WIDTH * HEIGHT * screenBytesPerPixel);
  mxCreateMutex(&screen->workersMutex);
  screen->width = WIDTH;
  screen->height = HEIGHT;
  screen->abort = on_abort;
  screen->bufferChanged = on_changed;
  screen->formatChanged = on_changed;
  screen->post = on_post;
  screen->start = on_start;
  screen->stop = on_stop;

  loop = g_main_loop_new(NULL, FALSE);
  launch(screen);
  g_main_loop_run(loop);
  fflush(stdout);
  // The app's timers and sockets end with the process: taking the machine apart under them would gain nothing.
  return code;
}
