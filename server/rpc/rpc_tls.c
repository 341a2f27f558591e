/*
 * rpc_tls.c - mutual TLS with certificates that may change while we run.
 *
 * gRPC asks the fetcher before every handshake, on a CQ thread; so the fetcher only hands over
 * what was prepared elsewhere. TLS 1.2 is the least and 1.3 the rule: both are gRPC's defaults,
 * which a rude test holds it to.
 */
#include "rpc/rpc_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <grpc/grpc_security.h>
#include <grpc/support/time.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

#include "base/base.h"

enum { PEM_BYTES_MAX = 1024 * 1024 };

struct rpc_tls {
    char *ca_path, *certificate_path, *key_path;
    pthread_mutex_t lock;
    grpc_ssl_server_certificate_config *fresh; /* guarded; not yet fetched */
};

/* files ------------------------------------------------------------------------------------------ */

static void pem_wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    memory_free(text);
}

/* The whole of an open file as text. */
static int read_all(int fd, char **ret_text)
{
    struct stat status;
    size_t size, filled = 0;
    char *text;

    if (fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode) || status.st_size <= 0 || status.st_size > PEM_BYTES_MAX)
        return -EINVAL;
    size = (size_t)status.st_size;
    text = memory_alloc(size + 1);
    if (!text)
        return -ENOMEM;
    while (filled < size) {
        ssize_t n = read(fd, text + filled, size - filled);

        if (n <= 0) {
            pem_wipe(text);
            return -EINVAL;
        }
        filled += (size_t)n;
    }
    *ret_text = text;
    return 0;
}

/* secret: nobody but the owner and the group may touch it. */
static int pem_read(const char *path, bool secret, char **ret_text)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int r;

    if (fd < 0 || fstat(fd, &status) < 0)
        r = -errno;
    else if (secret && (status.st_mode & S_IRWXO))
        r = -EACCES;
    else
        r = read_all(fd, ret_text);
    if (fd >= 0)
        close(fd);
    if (r == 0 || r == -EMFILE || r == -ENFILE || r == -ENOMEM)
        return r;
    return secret && (r == -EACCES || r == -ENOENT || r == -EPERM) ? -EACCES : -EINVAL;
}

int rpc_pem_read(const struct rpc_certificates *certificates, struct rpc_pem *ret_pem,
                 const char **ret_file)
{
    struct rpc_pem pem = { NULL, NULL, NULL };
    int r;

    *ret_file = certificates->ca_path;
    r = pem_read(certificates->ca_path, false, &pem.ca);
    if (r < 0)
        goto out;
    *ret_file = certificates->certificate_path;
    r = pem_read(certificates->certificate_path, false, &pem.certificate);
    if (r < 0)
        goto out;
    *ret_file = certificates->key_path;
    r = pem_read(certificates->key_path, true, &pem.key);
    if (r < 0)
        goto out;
    *ret_pem = pem;
    return 0;
out:
    rpc_pem_release(&pem);
    return r;
}

void rpc_pem_release(struct rpc_pem *pem)
{
    memory_free(pem->ca);
    memory_free(pem->certificate);
    pem_wipe(pem->key);
    *pem = (struct rpc_pem){ NULL, NULL, NULL };
}

/* trial ------------------------------------------------------------------------------------------ */

static grpc_ssl_server_certificate_config *config_of(const struct rpc_pem *pem)
{
    grpc_ssl_pem_key_cert_pair pair = { .private_key = pem->key, .cert_chain = pem->certificate };

    return grpc_ssl_server_certificate_config_create(pem->ca, &pair, 1);
}

/* Whether a server can be made of these. gRPC checks key, certificate and CA only when a port is
 * added, and after a reload would say so nowhere but in its log: so a port is added here, on a
 * server that never starts. */
static bool config_works(grpc_ssl_server_certificate_config *take_config)
{
    grpc_ssl_server_credentials_options *options =
        grpc_ssl_server_credentials_create_options_using_config(
            GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY, take_config);
    grpc_server_credentials *credentials = grpc_ssl_server_credentials_create_with_options(options);
    grpc_completion_queue *cq = grpc_completion_queue_create_for_next(NULL);
    grpc_server *server = grpc_server_create(NULL, NULL);
    int port;

    grpc_server_register_completion_queue(server, cq, NULL);
    port = grpc_server_add_http2_port(server, "127.0.0.1:0", credentials);
    grpc_server_shutdown_and_notify(server, cq, NULL);
    grpc_completion_queue_shutdown(cq);
    while (grpc_completion_queue_next(cq, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type !=
           GRPC_QUEUE_SHUTDOWN)
        ;
    grpc_server_destroy(server);
    grpc_completion_queue_destroy(cq);
    grpc_server_credentials_release(credentials);
    return port > 0;
}

static const char *trouble_text(int r)
{
    switch (r) {
    case -EACCES:
        return "the key must be readable for us and for nobody outside its group (chmod o-rwx)";
    case -EMFILE:
    case -ENFILE:
        return "out of file descriptors";
    case -ENOMEM:
        return "out of memory";
    default:
        return "missing, empty, or not a file";
    }
}

int rpc_tls_reload(struct rpc_tls *tls)
{
    struct rpc_certificates certificates = { .ca_path = tls->ca_path,
                                             .certificate_path = tls->certificate_path,
                                             .key_path = tls->key_path };
    grpc_ssl_server_certificate_config *old, *fresh;
    struct rpc_pem pem;
    const char *file;
    int r = rpc_pem_read(&certificates, &pem, &file);

    if (r < 0) {
        log_event(LOG_LEVEL_ERROR, "certificates_unusable", "file=%s why=\"%s\"", file,
                  trouble_text(r));
        return r;
    }
    if (!config_works(config_of(&pem))) {
        log_event(LOG_LEVEL_ERROR, "certificates_unusable",
                  "ca=%s certificate=%s key=%s why=\"no server can be made of them: not PEM, or "
                  "the key is not the certificate's\"",
                  tls->ca_path, tls->certificate_path, tls->key_path);
        rpc_pem_release(&pem);
        return -EINVAL;
    }
    fresh = config_of(&pem);
    rpc_pem_release(&pem);
    pthread_mutex_lock(&tls->lock);
    old = tls->fresh;
    tls->fresh = fresh;
    pthread_mutex_unlock(&tls->lock);
    if (old)
        grpc_ssl_server_certificate_config_destroy(old);
    return 0;
}

/* credentials ------------------------------------------------------------------------------------ */

int rpc_tls_create(const struct rpc_certificates *certificates, struct rpc_tls **ret_tls)
{
    struct rpc_tls *tls;
    int r = -ENOMEM;

    if (!certificates->ca_path || !certificates->certificate_path || !certificates->key_path)
        return -EINVAL;
    tls = memory_alloc(sizeof(*tls));
    if (!tls)
        return -ENOMEM;
    pthread_mutex_init(&tls->lock, NULL);
    tls->ca_path = memory_strdup(certificates->ca_path);
    tls->certificate_path = memory_strdup(certificates->certificate_path);
    tls->key_path = memory_strdup(certificates->key_path);
    if (tls->ca_path && tls->certificate_path && tls->key_path)
        r = rpc_tls_reload(tls);
    if (r < 0) {
        rpc_tls_free(tls);
        return r;
    }
    *ret_tls = tls;
    return 0;
}

struct rpc_tls *rpc_tls_free(struct rpc_tls *tls)
{
    if (!tls)
        return NULL;
    if (tls->fresh)
        grpc_ssl_server_certificate_config_destroy(tls->fresh);
    memory_free(tls->ca_path);
    memory_free(tls->certificate_path);
    memory_free(tls->key_path);
    pthread_mutex_destroy(&tls->lock);
    return memory_free(tls);
}

/* gRPC, before a handshake: is there something new? */
static grpc_ssl_certificate_config_reload_status fetch(
    void *user, grpc_ssl_server_certificate_config **take_config)
{
    struct rpc_tls *tls = user;
    grpc_ssl_server_certificate_config *fresh;

    pthread_mutex_lock(&tls->lock);
    fresh = tls->fresh;
    tls->fresh = NULL;
    pthread_mutex_unlock(&tls->lock);
    if (!fresh)
        return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    *take_config = fresh;
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

grpc_server_credentials *rpc_tls_credentials(struct rpc_tls *tls)
{
    return grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY, fetch, tls));
}
