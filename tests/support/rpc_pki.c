/* rpc_pki.c - runs openssl; elliptic curves, because they are quick to make. */
#include "tests/support/rpc_pki.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/base.h"

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void run(const char *format, ...)
{
    char command[2048];
    va_list values;
    int size, rc;

    va_start(values, format);
    size = vsnprintf(command, sizeof(command), format, values); /* NOLINT(clang-analyzer-valist*) */
    va_end(values);
    must(size > 0 && (size_t)size < sizeof(command));
    rc = system(command); /* NOLINT: a test's own command line */
    if (rc != 0)
        fail_msg("command failed (%d): %s", rc, command);
}

static void make_ca(const struct pki *pki, const char *name)
{
    run("cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
        "-subj '/CN=%s CA' -keyout %s-ca.key -out %s-ca.crt 2>openssl.log "
        "&& mkdir %s-db && touch %s-db/index && echo 01 > %s-db/serial",
        pki->folder, name, name, name, name, name, name);
}

void pki_init(struct pki *pki)
{
    (void)snprintf(pki->folder, sizeof(pki->folder), "/tmp/hotline-pki-XXXXXX");
    must(mkdtemp(pki->folder));
    make_ca(pki, "office");
    make_ca(pki, "foreign");
}

void pki_release(struct pki *pki)
{
    run("rm -rf '%s'", pki->folder);
}

/* A moment so many days from now, as `openssl ca` wants it. */
static void day_text(int days, char text[32])
{
    struct timespec now;
    struct tm parts;
    time_t at;

    must(clock_gettime(CLOCK_REALTIME, &now) == 0);
    at = now.tv_sec + (time_t)days * 86400;
    must(gmtime_r(&at, &parts));
    must(strftime(text, 32, "%Y%m%d%H%M%SZ", &parts) > 0);
}

void pki_issue(const struct pki *pki, const char *ca, const char *name, const char *sans, int days,
               struct pki_identity *ret_identity)
{
    char from[32], until[32];
    struct pki_identity *id = ret_identity;

    day_text(days < 0 ? days - 30 : -1, from);
    day_text(days, until);
    run("cd %s && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
        "-subj '/CN=%s' -keyout %s.key -out %s.csr 2>openssl.log && chmod 600 %s.key",
        pki->folder, name, name, name, name);
    run("cd %s && printf '[ca]\\ndefault_ca=one\\n[one]\\ndatabase=%s-db/index\\n"
        "serial=%s-db/serial\\nnew_certs_dir=%s-db\\ndefault_md=sha256\\npolicy=any\\n"
        "unique_subject=no\\n[any]\\ncommonName=supplied\\n[ext]\\nsubjectAltName=%s\\n' > %s.cnf "
        "&& openssl ca -batch -notext -config %s.cnf -extensions ext -cert %s-ca.crt "
        "-keyfile %s-ca.key -startdate %s -enddate %s -in %s.csr -out %s.crt 2>openssl.log",
        pki->folder, ca, ca, ca, sans, name, name, ca, ca, from, until, name, name);
    (void)snprintf(id->ca, sizeof(id->ca), "%.200s/office-ca.crt", pki->folder);
    (void)snprintf(id->certificate, sizeof(id->certificate), "%.200s/%.40s.crt", pki->folder, name);
    (void)snprintf(id->key, sizeof(id->key), "%.200s/%.40s.key", pki->folder, name);
}

struct rpc_certificates pki_files(const struct pki_identity *identity)
{
    return (struct rpc_certificates){ .ca_path = identity->ca,
                                      .certificate_path = identity->certificate,
                                      .key_path = identity->key };
}

char *pki_text(const char *path)
{
    char *text = calloc(1, 65536);
    FILE *f = fopen(path, "re");

    must(text && f);
    must(fread(text, 1, 65535, f) > 0);
    (void)fclose(f);
    return text;
}
