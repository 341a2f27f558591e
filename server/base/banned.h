/*
 * banned.h - calls that hide a length, a locale, a global or a clock do not compile here.
 * Included last by every .c file of ours (through base/base.h).
 */
#ifndef HOTLINE_BASE_BANNED_H
#define HOTLINE_BASE_BANNED_H

#define BANNED(name) banned_call_##name

#undef strcpy
#define strcpy(a, b) BANNED(strcpy)
#undef strcat
#define strcat(a, b) BANNED(strcat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef strtok
#define strtok(a, b) BANNED(strtok)
#undef localtime
#define localtime(a) BANNED(localtime)
#undef gmtime
#define gmtime(a) BANNED(gmtime)
#undef rand
#define rand() BANNED(rand)
#undef atoi
#define atoi(a) BANNED(atoi)
#undef alloca
#define alloca(a) BANNED(alloca)

#endif
