// Lives of a chip with two slots: its flash is a file; otadata, the boot loader and esp_ota_ops are as ESP-IDF v6.0 has
// them (bootloader_utility.c, esp_ota_ops.c). Prints what each order tells, one line each; ends with 9 on a restart.
//
//   program FILE boot ORDER...     state | choose | confirm | undo | chip | two

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "esp_ota_ops.h"
#include "esp_system.h"
#include "update-slots.h"

enum { SLOTS = 2, BLANK = -1, RESTARTED = 9 };

// An entry of otadata; a slot: what its image is.
typedef struct {
  int32_t seq;
  int32_t state;
} Entry;

typedef struct {
  int32_t slot_count;
  // 'g' good, 'b' broken or none, 'o' of an old secure version.
  int32_t images[SLOTS];
  Entry otadata[SLOTS];
  // Writes to otadata that still go well; below 0: all.
  int32_t writes_left;
} Flash;

static Flash flash;
static const char *path;
static const esp_partition_t partitions[SLOTS] = {{0}, {1}};
static int running;

static void keep(void) {
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(&flash, sizeof flash, 1, file) != 1 || fclose(file) != 0) exit(2);
}

static esp_err_t write_entry(int place, Entry entry) {
  if (flash.writes_left == 0) return ESP_ERR_FLASH_OP_FAIL;
  if (flash.writes_left > 0) flash.writes_left--;
  flash.otadata[place] = entry;
  return ESP_OK;
}

static int is_usable(Entry entry) {
  return entry.seq != BLANK && entry.state != ESP_OTA_IMG_INVALID && entry.state != ESP_OTA_IMG_ABORTED;
}

static int active(void) {
  int best = -1;
  for (int i = 0; i < SLOTS; i++)
    if (is_usable(flash.otadata[i]) && (best < 0 || flash.otadata[i].seq > flash.otadata[best].seq)) best = i;
  return best;
}

static int slot_of(Entry entry) {
  return (entry.seq - 1) % flash.slot_count;
}

// bootloader_utility_get_selected_boot_partition, and what it falls back to.
static void boot(void) {
  for (int i = 0; i < SLOTS; i++)
    if (flash.otadata[i].state == ESP_OTA_IMG_PENDING_VERIFY) flash.otadata[i].state = ESP_OTA_IMG_ABORTED;
  int chosen = active();
  if (chosen < 0) {
    running = 0;
    // Set to what has started, when nothing was ever said (set_actual_ota_seq).
    if (flash.otadata[0].seq == BLANK && flash.otadata[1].seq == BLANK) flash.otadata[0] = (Entry){1, ESP_OTA_IMG_VALID};
    return;
  }
  if (flash.otadata[chosen].state == ESP_OTA_IMG_NEW) flash.otadata[chosen].state = ESP_OTA_IMG_PENDING_VERIFY;
  running = slot_of(flash.otadata[chosen]);
}

const esp_partition_t *esp_ota_get_running_partition(void) {
  return &partitions[running];
}

const esp_partition_t *esp_ota_get_next_update_partition(const esp_partition_t *from) {
  (void)from;
  return flash.slot_count == 0 ? NULL : &partitions[(running + 1) % flash.slot_count];
}

esp_err_t esp_ota_get_state_partition(const esp_partition_t *partition, esp_ota_img_states_t *state) {
  if (flash.slot_count == 0) return ESP_ERR_NOT_SUPPORTED;
  for (int i = 0; i < SLOTS; i++) {
    if (flash.otadata[i].seq == BLANK || slot_of(flash.otadata[i]) != partition->slot) continue;
    *state = (esp_ota_img_states_t)flash.otadata[i].state;
    return ESP_OK;
  }
  return ESP_ERR_NOT_FOUND;
}

esp_err_t esp_ota_set_boot_partition(const esp_partition_t *partition) {
  if (flash.images[partition->slot] == 'b') return ESP_ERR_OTA_VALIDATE_FAILED;
  if (flash.images[partition->slot] == 'o') return ESP_ERR_OTA_SMALL_SEC_VER;
  int now = active();
  if (now < 0) return write_entry(0, (Entry){partition->slot + 1, ESP_OTA_IMG_NEW});
  int32_t seq = flash.otadata[now].seq;
  if (slot_of(flash.otadata[now]) == partition->slot) return write_entry(now, (Entry){seq, ESP_OTA_IMG_NEW});
  return write_entry(1 - now, (Entry){seq + 1, ESP_OTA_IMG_NEW});
}

esp_err_t esp_ota_mark_app_valid_cancel_rollback(void) {
  int now = active();
  if (now < 0) return ESP_FAIL;
  if (flash.otadata[now].state == ESP_OTA_IMG_VALID) return ESP_OK;
  return write_entry(now, (Entry){flash.otadata[now].seq, ESP_OTA_IMG_VALID});
}

esp_err_t esp_ota_mark_app_invalid_rollback(void) {
  int now = active();
  if (now < 0) return ESP_FAIL;
  // esp_ota_check_rollback_is_possible: another entry that holds, and an image that is whole.
  Entry other = flash.otadata[1 - now];
  if (!is_usable(other) || flash.images[slot_of(other)] == 'b') return ESP_ERR_OTA_ROLLBACK_FAILED;
  return write_entry(now, (Entry){flash.otadata[now].seq, ESP_OTA_IMG_INVALID});
}

void esp_restart(void) {
  keep();
  fflush(stdout);
  exit(RESTARTED);
}

int main(int count, char **arguments) {
  if (count < 2) return 2;
  path = arguments[1];
  FILE *file = fopen(path, "rb");
  if (file == NULL || fread(&flash, sizeof flash, 1, file) != 1) return 2;
  fclose(file);
  if (flash.slot_count > 0) boot();
  printf("slot %d\n", running);
  for (int i = 2; i < count; i++) {
    const char *order = arguments[i];
    if (strcmp(order, "state") == 0) printf("%s\n", simkey_slots_state());
    else if (strcmp(order, "choose") == 0) printf("choose %d\n", simkey_slots_choose());
    else if (strcmp(order, "confirm") == 0) printf("confirm %d\n", simkey_slots_confirm());
    else if (strcmp(order, "undo") == 0) simkey_slots_undo();
    else if (strcmp(order, "chip") == 0) printf("%s\n", simkey_slots_chip());
    else if (strcmp(order, "two") == 0) printf("%s\n", simkey_slots_are_two() ? "two" : "one");
    else return 2;
  }
  keep();
  return 0;
}
