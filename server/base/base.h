/* base.h - what every .c file of ours includes last: bugs, and the calls that do not compile. */
#ifndef HOTLINE_BASE_BASE_H
#define HOTLINE_BASE_BASE_H

#include "base/must.h"

#include "base/banned.h"

#endif
