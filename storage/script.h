/*
 * script.h - commit.lua and the name Redis gives it.
 *
 * EVALSHA names a script by the SHA-1 of its text. The name is needed before the first connection
 * stands, so it is computed here; base/crypto.h has no SHA-1, and rightly so: this is a name, not
 * a protection. Private to storage.
 */
#ifndef HOTLINE_STORAGE_SCRIPT_H
#define HOTLINE_STORAGE_SCRIPT_H

#include "base/slice.h"

enum { SCRIPT_NAME_BYTES = 40 };

struct script_name {
    char hex[SCRIPT_NAME_BYTES];
};

struct slice script_text(void); /* commit.lua */
struct script_name script_name_of(struct slice text);

#endif
