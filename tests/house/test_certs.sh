#!/bin/bash
# ./dev certs: names as the principals need them, private keys private, made once, renewed in time.
set -euo pipefail
SOURCE=${HOTLINE_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
ROOT=$(mktemp -d)
trap 'rm -rf "$ROOT"' EXIT
. "$SOURCE/dev.d/certs.sh"

make_certificates >/dev/null 2>&1
for entry in "${CERTIFICATES[@]}"; do
    name=${entry%%=*}
    openssl verify -CAfile "$CERTS/ca.pem" "$CERTS/$name.pem" >/dev/null
    [ "$(stat -c %a "$CERTS/$name.key")" = 600 ]
done
openssl x509 -in "$CERTS/admin.pem" -noout -ext subjectAltName |
    grep -q 'URI:hotline://310113003/admin/dev$'
openssl x509 -in "$CERTS/server.pem" -noout -ext subjectAltName |
    grep -q 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1'
[ "$(stat -c %a "$KEYS/blind-index.key")" = 600 ]
grep -qxE '[0-9a-f]{64}' "$KEYS/page-token.key"

before=$(cat "$CERTS"/*.pem "$KEYS"/* | sha256sum)
make_certificates >/dev/null 2>&1
[ "$before" = "$(cat "$CERTS"/*.pem "$KEYS"/* | sha256sum)" ] # a second run changes nothing

certificate_good() { [ "$1" != district ]; } # as if only this one were about to end
make_certificates >/dev/null 2>&1
[ "$before" != "$(cat "$CERTS"/*.pem "$KEYS"/* | sha256sum)" ]
openssl verify -CAfile "$CERTS/ca.pem" "$CERTS/district.pem" >/dev/null
echo "certificates: as they should be"
