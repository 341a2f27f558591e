/*
 * address.c - "unix:/run/redis/redis.sock", "redis://user:password@127.0.0.1:6379".
 *
 * User and password may be percent-encoded, as in every URI. A host that is not this machine is
 * refused: the protocol is plain text, and the records hold people's telephone numbers.
 */
#include <errno.h>
#include <stdlib.h>

#include "storage/endpoint.h"
#include "storage/redis.h"

#include "base/base.h"

static const char *const why_scheme =
    "a Redis address is unix:/path or redis://[user[:password]@]host:port";
static const char *const why_path = "unix: needs an absolute path of at most 107 bytes";
static const char *const why_long = "a Redis address has at most 400 bytes";
static const char *const why_percent = "a % in user or password is followed by two hex digits";
static const char *const why_port = "redis:// needs a port from 1 to 65535 and nothing behind it";
static const char *const why_host =
    "redis:// is plain text, so it goes to this machine only (127.x.x.x, [::1] or localhost); "
    "reach another one through a tunnel or a Unix socket";

enum { ADDRESS_BYTES_MAX = 400 }; /* so that its parts, each with a NUL, fit the storage */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes in place; a decoded NUL would cut the password short, so it is refused too. */
static bool percent_decode(char *text)
{
    char *to = text;

    for (; *text; text++, to++) {
        *to = *text;
        if (*text != '%')
            continue;
        if (hex_digit(text[1]) < 0 || hex_digit(text[2]) < 0)
            return false;
        *to = (char)(hex_digit(text[1]) << 4 | hex_digit(text[2]));
        if (!*to)
            return false;
        text += 2;
    }
    *to = '\0';
    return true;
}

static bool host_is_here(const char *host)
{
    struct link_options options = { .host = host, .port = 1 };
    struct endpoint endpoint;

    if (strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0)
        return true;
    return strncmp(host, "127.", 4) == 0 && endpoint_of(&options, &endpoint) == 0;
}

static bool port_of(const char *text, int *ret_port)
{
    int port = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        port = port * 10 + (*text - '0');
        if (port > 65535)
            return false;
    }
    *ret_port = port;
    return port > 0;
}

/* "user", "user:password" or ":password"; ends at its NUL. */
static const char *parse_credentials(char *text, struct link_options *options)
{
    char *colon = strchr(text, ':');

    if (colon)
        *colon = '\0';
    if (!percent_decode(text) || (colon && !percent_decode(colon + 1)))
        return why_percent;
    options->user = *text ? text : NULL;
    options->password = colon ? colon + 1 : ""; /* an ACL user with nopass takes any */
    return NULL;
}

static const char *parse_host(char *text, struct link_options *options)
{
    char *port = strrchr(text, ':'), *end;

    if (text[0] == '[') {
        end = strchr(text, ']');
        if (!end || end[1] != ':')
            return why_port;
        *end = '\0';
        port = end + 1;
        text++;
    }
    if (!port || !port_of(port + 1, &options->port))
        return why_port;
    *port = '\0';
    if (!host_is_here(text))
        return why_host;
    options->host = text;
    return NULL;
}

static const char *parse_address(char *text, struct link_options *options)
{
    const char *why;
    char *at;

    if (strncmp(text, "unix:", 5) == 0) {
        if (text[5] != '/' || strlen(text + 5) >= SOCKET_PATH_BYTES_MAX)
            return why_path;
        options->unix_path = text + 5;
        return NULL;
    }
    if (strncmp(text, "redis://", 8) != 0)
        return why_scheme;
    text += 8;
    at = strrchr(text, '@');
    if (at) {
        *at = '\0';
        why = parse_credentials(text, options);
        if (why)
            return why;
        text = at + 1;
    }
    return parse_host(text, options);
}

int redis_address_parse(const char *text, struct redis_address *ret_address, const char **ret_why)
{
    size_t size = strlen(text);

    *ret_address = (struct redis_address){ .options.port = 0 };
    if (size > ADDRESS_BYTES_MAX) {
        *ret_why = why_long;
        return -EINVAL;
    }
    memcpy(ret_address->storage, text, size + 1);
    *ret_why = parse_address(ret_address->storage, &ret_address->options);
    return *ret_why ? -EINVAL : 0;
}
