/* endpoint.c - Unix socket, IPv4, IPv6. */
#include "storage/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/base.h"

static int endpoint_of_path(const char *path, struct endpoint *ret_endpoint)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t size = strlen(path);

    if (size == 0 || size >= sizeof(address.sun_path))
        return -EINVAL;
    memcpy(address.sun_path, path, size + 1);
    memcpy(&ret_endpoint->address, &address, sizeof(address));
    ret_endpoint->size = sizeof(address);
    return 0;
}

int endpoint_of(const struct link_options *options, struct endpoint *ret_endpoint)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    const char *host = options->host;

    *ret_endpoint = (struct endpoint){ .size = 0 };
    if (options->unix_path)
        return endpoint_of_path(options->unix_path, ret_endpoint);
    if (!host || options->port < 1 || options->port > 65535)
        return -EINVAL;
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    v4.sin_port = v6.sin6_port = htons((uint16_t)options->port);
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        memcpy(&ret_endpoint->address, &v4, sizeof(v4));
        ret_endpoint->size = sizeof(v4);
        return 0;
    }
    if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        memcpy(&ret_endpoint->address, &v6, sizeof(v6));
        ret_endpoint->size = sizeof(v6);
        return 0;
    }
    return -EINVAL;
}

int endpoint_connect(const struct endpoint *endpoint, int *ret_fd)
{
    int family = endpoint->address.ss_family, one = 1, r;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if (family != AF_UNIX)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* only slower without */
    if (connect(fd, (const struct sockaddr *)&endpoint->address, endpoint->size) < 0 &&
        errno != EINPROGRESS) {
        r = -errno;
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}
