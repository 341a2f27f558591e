/* must.c - prints the broken promise and aborts. */
#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

void must_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "level=error event=bug where=%s:%d broken=\"%s\"\n", file, line, condition);
    abort();
}
