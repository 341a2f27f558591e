/* endpoint.h - where Redis listens, and a socket on the way there. Private to storage. */
#ifndef HOTLINE_STORAGE_ENDPOINT_H
#define HOTLINE_STORAGE_ENDPOINT_H

#include <stddef.h>
#include <sys/socket.h>

#include "storage/link.h"

/* A socket path of the system holds no more (man 7 unix), with its NUL. */
enum { SOCKET_PATH_BYTES_MAX = 108 };

struct endpoint {
    struct sockaddr_storage address;
    socklen_t size;
};

/* Numeric hosts and "localhost" only, so nothing here ever waits for a name server. -EINVAL. */
int endpoint_of(const struct link_options *options, struct endpoint *ret_endpoint);
/* A non-blocking socket that connects or has connected. Negative errno. */
int endpoint_connect(const struct endpoint *endpoint, int *ret_fd);

#endif
