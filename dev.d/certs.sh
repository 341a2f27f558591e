# shellcheck shell=bash
# Development certificates and keys in build/dev, made once and renewed a week before they end.
# Sourced by ./dev. Not for production: there the office's own CA signs the same names.

CERTS=$ROOT/build/dev/certs
KEYS=$ROOT/build/dev/keys
SUBDISTRICT=310113003

# Everybody who may call, as NAME=SAN; NAME.pem and NAME.key are the files.
CERTIFICATES=(
    "server=DNS:localhost,IP:127.0.0.1,IP:::1"
    "admin=URI:hotline://$SUBDISTRICT/admin/dev"
    "district=URI:hotline://$SUBDISTRICT/district/sync"
    "backend=URI:hotline://$SUBDISTRICT/backend/app"
    "probe=URI:hotline://$SUBDISTRICT/probe/self"
)

# Signed by today's CA and good for another week?
certificate_good() {
    openssl x509 -in "$CERTS/$1.pem" -noout -checkend $((7 * 86400)) &&
        openssl verify -CAfile "$CERTS/ca.pem" "$CERTS/$1.pem" &&
        [ -s "$CERTS/$1.key" ]
}

new_key() {
    openssl ecparam -name prime256v1 -genkey -noout | openssl pkey -out "$1"
}

make_authority() {
    local dir=$CERTS/new
    new_key "$dir/ca.key"
    openssl req -x509 -new -key "$dir/ca.key" -sha256 -days 3650 -out "$dir/ca.pem" \
        -subj "/O=hotline development/CN=hotline development CA" \
        -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
        -addext "keyUsage=critical,keyCertSign,cRLSign"
    mv "$dir/ca.key" "$dir/ca.pem" "$CERTS/"
}

make_certificate() {
    local name=$1 san=$2 dir=$CERTS/new use=clientAuth
    [ "$name" != server ] || use=serverAuth
    new_key "$dir/$name.key"
    openssl req -new -key "$dir/$name.key" -subj "/O=hotline development/CN=$name" \
        -out "$dir/$name.csr"
    printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" \
        "extendedKeyUsage=$use" "subjectAltName=$san" \
        "subjectKeyIdentifier=hash" "authorityKeyIdentifier=keyid" >"$dir/$name.ext"
    openssl x509 -req -in "$dir/$name.csr" -CA "$CERTS/ca.pem" -CAkey "$CERTS/ca.key" \
        -sha256 -days 365 -set_serial "0x$(openssl rand -hex 8)" -extfile "$dir/$name.ext" \
        -out "$dir/$name.pem"
    mv "$dir/$name.key" "$dir/$name.pem" "$CERTS/"
}

make_certificates() {
    local entry lock
    umask 077
    mkdir -p "$CERTS/new" "$KEYS"
    exec {lock}<"$KEYS" # tests that run at the same time all begin here
    flock "$lock"
    mkdir -p "$CERTS/new"
    certificate_good ca || make_authority
    for entry in "${CERTIFICATES[@]}"; do
        certificate_good "${entry%%=*}" || make_certificate "${entry%%=*}" "${entry#*=}"
    done
    rm -r "$CERTS/new"
    for entry in blind-index page-token; do
        [ -s "$KEYS/$entry.key" ] || {
            openssl rand -hex 32 >"$KEYS/new"
            mv "$KEYS/new" "$KEYS/$entry.key"
        }
    done
    exec {lock}<&-
}
